"""What do a payment and the setup of a payment method have in common?"""

from marketplace.billing.sandbox.calls import Call
from marketplace.billing.sandbox.errors import Json, Refusal, bad_parameter
from marketplace.billing.sandbox.parameters import LIST, METADATA, TABLE, TEXT, Fields
from marketplace.billing.sandbox.payment_methods import new_mandate

TYPE_FIELDS: Fields = {
    "allowed_payment_method_types": LIST,
    "excluded_payment_method_types": LIST,
    "automatic_payment_methods": TABLE,
}
CONFIRM_FIELDS: Fields = {"payment_method": TEXT, "mandate_data": TABLE, "return_url": TEXT}
COMMON_FIELDS: Fields = {"customer": TEXT, "description": TEXT, "metadata": METADATA}


def method_types(call: Call, currency: str | None) -> list[str]:
    """The types that may pay: those the sandbox has for the currency, narrowed by what the caller allows."""
    narrowing = [name for name in TYPE_FIELDS if call.params.get(name)]
    if len(narrowing) > 1:
        message = f"You may only specify one of these parameters: {', '.join(narrowing)}."
        raise bad_parameter(message, narrowing[0], "parameter_invalid")
    types = ["card", "sepa_debit"] if currency in (None, "eur") else ["card"]
    allowed = call.params.get("allowed_payment_method_types") or types
    excluded = call.params.get("excluded_payment_method_types") or []
    left = [kind for kind in types if kind in allowed and kind not in excluded]
    if not left:
        message = "No valid payment method types. The sandbox has card and, for EUR, sepa_debit."
        raise bad_parameter(message, "allowed_payment_method_types", "parameter_invalid")
    return left


def automatic_methods(call: Call) -> Json | None:
    """The member `automatic_payment_methods`: on, unless the caller names the types."""
    if call.params.get("allowed_payment_method_types"):
        return None
    sent = call.params.get("automatic_payment_methods") or {}
    return {"allow_redirects": sent.get("allow_redirects", "always"), "enabled": True}


def checked_customer(call: Call) -> str | None:
    """The id of the customer that was sent, if any; raises Refusal for one that is not there."""
    customer = call.params.get("customer")
    return str(call.found("customer", customer, param="customer")["id"]) if customer else None


def mandate_for(call: Call, method: Json) -> str | None:
    """The mandate by which an account is debited: the one named, a new one, or the one given at its setup."""
    if method["type"] != "sepa_debit":
        return None
    if call.params.get("mandate"):
        return _named_mandate(call, method)
    data = call.params.get("mandate_data")
    if data:
        return new_mandate(call.with_params({}), method, data.get("customer_acceptance") or {})
    if method["_mandate"]:
        return str(method["_mandate"])
    raise bad_parameter(
        "A sepa_debit PaymentMethod needs `mandate_data`, or a mandate from an earlier setup.",
        "mandate_data",
        "parameter_missing",
    )


def _named_mandate(call: Call, method: Json) -> str:
    mandate = call.found("mandate", call.params["mandate"], param="mandate")
    if mandate["payment_method"] != method["id"]:
        message = "The provided mandate is for another PaymentMethod."
        raise Refusal(message, code="payment_intent_mandate_invalid", param="mandate")
    return str(mandate["id"])
