"""What is to be paid, and how far has it come?"""

from marketplace.billing.sandbox import charging
from marketplace.billing.sandbox.calls import Answer, Call, new_id
from marketplace.billing.sandbox.currencies import check_chargeable, currency_code
from marketplace.billing.sandbox.endpoints import Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal, bad_parameter
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.intents import (
    COMMON_FIELDS,
    CONFIRM_FIELDS,
    TYPE_FIELDS,
    automatic_methods,
    checked_customer,
    mandate_for,
    method_types,
)
from marketplace.billing.sandbox.parameters import (
    BOOLEAN,
    LIST,
    POSITIVE,
    TABLE,
    TEXT,
    Fields,
    one_of,
    required,
)
from marketplace.billing.sandbox.payment_methods import usable_method

# Before one of these, nothing has been taken: the intent can still be changed, confirmed or cancelled.
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_TEXTS = (
    "description",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


def create_intent(call: Call) -> Json | Answer:
    """A new intent, confirmed at once if the caller says so."""
    currency = currency_code(call.params["currency"])
    check_chargeable(call.params["amount"], currency)
    if call.params.get("off_session") and not call.params.get("confirm"):
        message = "The parameter `off_session` cannot be used without `confirm`=true."
        raise bad_parameter(message, "off_session", "parameter_invalid")
    intent = call.add("payment_intent", "pi", _members(call, currency))
    call.save(intent, client_secret=new_id(f"{intent['id']}_secret"))
    if call.params.get("payment_method"):
        _choose_method(call, intent, call.params["payment_method"])
    announce(call, "payment_intent.created", intent)
    return _confirm(call, intent) if call.params.get("confirm") else intent


def _members(call: Call, currency: str) -> Json:
    return {
        "amount": call.params["amount"],
        "amount_capturable": 0,
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": automatic_methods(call),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": call.params.get("capture_method", "automatic_async"),
        "confirmation_method": "automatic",
        "currency": currency,
        "customer": checked_customer(call),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": call.metadata(),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_types": method_types(call, currency),
        "processing": None,
        "setup_future_usage": call.params.get("setup_future_usage"),
        "status": "requires_payment_method",
        "transfer_data": None,
        **{name: call.params.get(name) for name in _TEXTS},
        "_return_url": call.params.get("return_url"),
    }


def _choose_method(call: Call, intent: Json, identity: str) -> Json:
    method = usable_method(call, identity, customer=intent["customer"], types=intent["payment_method_types"])
    call.save(intent, payment_method=method["id"], status="requires_confirmation")
    return method


def confirm_intent(call: Call, identity: str) -> Json | Answer:
    """Try to pay the intent."""
    intent = call.found("payment_intent", identity)
    _check_open(intent, "confirmed")
    if call.params.get("payment_method"):
        _choose_method(call, intent, call.params["payment_method"])
    call.save(intent, **call.changes("receipt_email", "setup_future_usage"))
    return _confirm(call, intent)


def _confirm(call: Call, intent: Json) -> Json | Answer:
    if not intent["payment_method"]:
        raise Refusal(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    if call.params.get("return_url"):
        call.save(intent, _return_url=call.params["return_url"])
    method = call.found("payment_method", intent["payment_method"])
    is_off_session = bool(call.params.get("off_session"))
    return charging.attempt(
        call,
        intent,
        method,
        may_authenticate=not is_off_session and not call.params.get("error_on_requires_action"),
        is_off_session=is_off_session,
        mandate=mandate_for(call, method),
    )


def _check_open(intent: Json, verb: str) -> None:
    if intent["status"] not in _OPEN:
        raise Refusal(
            f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )


def update_intent(call: Call, identity: str) -> Json:
    """Other terms while nothing has been taken; metadata and description at any time."""
    intent = call.found("payment_intent", identity)
    if set(call.params) - {"description", "metadata", "expand"}:
        _check_open(intent, "updated")
    changes = call.changes(*_TEXTS, "setup_future_usage")
    changes["metadata"] = call.metadata(intent["metadata"])
    currency = currency_code(call.params.get("currency") or intent["currency"])
    amount = call.params.get("amount") or intent["amount"]
    check_chargeable(amount, currency)
    if "customer" in call.params:
        changes["customer"] = checked_customer(call)
    if currency != intent["currency"] or any(call.params.get(name) for name in TYPE_FIELDS):
        changes["payment_method_types"] = method_types(call, currency)
    call.save(intent, amount=amount, currency=currency, **changes)
    if call.params.get("payment_method"):
        _choose_method(call, intent, call.params["payment_method"])
    return intent


def cancel_intent(call: Call, identity: str) -> Json:
    """Nothing will be taken any more."""
    intent = call.found("payment_intent", identity)
    _check_open(intent, "canceled")
    reason = call.params.get("cancellation_reason")
    call.save(intent, status="canceled", canceled_at=call.now, cancellation_reason=reason, next_action=None)
    announce(call, "payment_intent.canceled", intent)
    return intent


_URL = "/v1/payment_intents"
_TERMS: Fields = {
    **COMMON_FIELDS,
    "allowed_payment_method_types": LIST,
    "excluded_payment_method_types": LIST,
    "payment_method": TEXT,
    "receipt_email": TEXT,
    "setup_future_usage": one_of("on_session", "off_session"),
    "shipping": TABLE,
    "statement_descriptor": TEXT,
    "statement_descriptor_suffix": TEXT,
    "transfer_group": TEXT,
}
_CONFIRMATION: Fields = {
    **CONFIRM_FIELDS,
    "error_on_requires_action": BOOLEAN,
    "mandate": TEXT,
    "off_session": BOOLEAN,
    "receipt_email": TEXT,
    "setup_future_usage": one_of("on_session", "off_session"),
}
_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
ENDPOINTS = (
    Endpoint(
        "POST",
        _URL,
        create_intent,
        {
            **_TERMS,
            **TYPE_FIELDS,
            **_CONFIRMATION,
            "amount": required(POSITIVE),
            "currency": required(TEXT),
            "capture_method": one_of("automatic", "automatic_async"),
            "confirm": BOOLEAN,
            "confirmation_method": one_of("automatic"),
        },
    ),
    listing("payment_intent", _URL, customer="customer"),
    retrieving("payment_intent", _URL),
    Endpoint("POST", f"{_URL}/<identity>", update_intent, {**_TERMS, "amount": POSITIVE, "currency": TEXT}),
    Endpoint("POST", f"{_URL}/<identity>/confirm", confirm_intent, _CONFIRMATION),
    Endpoint("POST", f"{_URL}/<identity>/cancel", cancel_intent, {"cancellation_reason": one_of(*_REASONS)}),
)
