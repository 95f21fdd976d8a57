"""With what is paid, and may it be used here?"""

from hashlib import sha256

from marketplace.billing.sandbox.calls import Answer, Call
from marketplace.billing.sandbox.endpoints import PAGE_FIELDS, Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal, bad_parameter, no_such
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.parameters import METADATA, TABLE, TEXT, one_of, required
from marketplace.billing.sandbox.specimens import BY_NUMBER, DECLINES, SPECIMENS, Specimen

EXPIRY = (12, 2034)
_NOBODY: Json = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
_HOLDER: Json = {**_NOBODY, "email": "jenny.rosen@example.com", "name": "Jenny Rosen"}
_SPENT = (
    "The provided PaymentMethod was previously used without being attached to a Customer, or was detached "
    "from one. It may not be used again. To use a PaymentMethod many times, attach it to a Customer first."
)


def specimen_of(method: Json) -> Specimen:
    """The test card or account behind the payment method."""
    return SPECIMENS[method["_specimen"]]


def new_method(call: Call, specimen: Specimen, billing_details: Json) -> Json:
    """A payment method over this test card or account, attached to nobody."""
    details = _card(specimen) if specimen.type == "card" else _account(specimen)
    members = {
        "allow_redisplay": "unspecified",
        "billing_details": {**_NOBODY, **billing_details},
        "customer": None,
        "metadata": call.metadata(),
        "type": specimen.type,
        specimen.type: details,
        "_specimen": specimen.token,
        "_is_set_up": False,
        "_is_spent": False,
        "_mandate": None,
    }
    return call.add("payment_method", "pm", members)


def _fingerprint(number: str) -> str:
    return sha256(number.encode()).hexdigest()[:16]


def _card(specimen: Specimen) -> Json:
    month, year = EXPIRY
    return {
        "brand": specimen.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": specimen.country,
        "display_brand": specimen.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": _fingerprint(specimen.number),
        "funding": specimen.funding,
        "generated_from": None,
        "last4": specimen.number[-4:],
        "networks": {"available": [specimen.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _account(specimen: Specimen) -> Json:
    return {
        "bank_code": specimen.number[4:9],
        "branch_code": "",
        "country": specimen.country,
        "fingerprint": _fingerprint(specimen.number),
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": specimen.number[-4:],
    }


def method_or_token(call: Call, identity: str, *, param: str = "") -> Json:
    """The payment method of that id, or a new one for a test token such as `pm_card_visa`."""
    if identity in SPECIMENS:
        specimen = SPECIMENS[identity]
        return new_method(call.with_params({}), specimen, _HOLDER if specimen.type == "sepa_debit" else {})
    return call.found("payment_method", identity, param=param)


def usable_method(call: Call, identity: str, *, customer: str | None, types: list[str]) -> Json:
    """The payment method to pay with; raises Refusal when it is spent, another customer's, or not allowed."""
    method = method_or_token(call, identity, param="payment_method")
    if method["_is_spent"]:
        raise Refusal(_SPENT, param="payment_method")
    if method["customer"] and method["customer"] != customer:
        raise Refusal(
            f"The PaymentMethod {identity} is attached to a Customer: you must provide that Customer.",
            param="payment_method",
        )
    if method["type"] not in types:
        raise Refusal(
            f"The PaymentMethod provided ({method['type']}) is not allowed. Allowed: {', '.join(types)}.",
            param="payment_method",
        )
    return method


def create_method(call: Call) -> Json:
    """A payment method from a test card's token or a test account's IBAN."""
    read = _specimen_of_token if call.params["type"] == "card" else _specimen_of_iban
    return new_method(call, read(call), call.params.get("billing_details") or {})


def _specimen_of_token(call: Call) -> Specimen:
    sent = call.params.get("card") or {}
    if "number" in sent:
        raise Refusal(
            "Sending credit card numbers directly to the API is unsafe: use a test token.", status=402
        )
    token = str(sent.get("token", ""))
    specimen = SPECIMENS.get(f"pm_card_{token.removeprefix('tok_')}")
    if specimen is None:
        raise no_such("token", token, param="card[token]")
    return specimen


def _specimen_of_iban(call: Call) -> Specimen:
    holder = call.params.get("billing_details") or {}
    for name in ("name", "email"):
        if not holder.get(name):
            missing = f"billing_details[{name}]"
            raise bad_parameter(f"Missing required param: {missing}.", missing, "parameter_missing")
    iban = str((call.params.get("sepa_debit") or {}).get("iban", "")).replace(" ", "").upper()
    specimen = BY_NUMBER.get(iban)
    if specimen is None or specimen.type != "sepa_debit":
        message = f"Not one of the sandbox's test IBANs: {iban}"
        raise bad_parameter(message, "sepa_debit[iban]", "invalid_bank_account_iban")
    return specimen


def attach_method(call: Call, identity: str) -> Json | Answer:
    """The payment method saved to the customer; a card that declines is refused."""
    customer = call.found("customer", call.params["customer"], param="customer")
    specimen = SPECIMENS.get(identity) or specimen_of(call.found("payment_method", identity))
    if not specimen.is_attachable:
        return Answer(402, {"error": DECLINES[specimen.decline].error()})
    return attach(call, method_or_token(call, identity), customer["id"])


def attach(call: Call, method: Json, customer: str) -> Json:
    """Attach to the customer; attaching again to the same one changes nothing."""
    if method["customer"] == customer:
        return method
    if method["customer"]:
        raise Refusal(
            "The payment method you provided has already been attached to a customer.",
            code="payment_method_unexpected_state",
        )
    if method["_is_spent"]:
        raise Refusal(_SPENT)
    call.save(method, customer=customer)
    announce(call, "payment_method.attached", method)
    return method


def detach_method(call: Call, identity: str) -> Json:
    """The payment method taken from its customer, for good."""
    method = call.found("payment_method", identity)
    if not method["customer"]:
        raise Refusal(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    call.save(method, customer=None, _is_spent=True)
    announce(call, "payment_method.detached", method)
    return method


def update_method(call: Call, identity: str) -> Json:
    """Other billing details or metadata."""
    method = call.found("payment_method", identity)
    details = {**method["billing_details"], **(call.params.get("billing_details") or {})}
    return call.save(method, billing_details=details, metadata=call.metadata(method["metadata"]))


def new_mandate(call: Call, method: Json, acceptance: Json) -> str:
    """The id of a new mandate by which the account's holder lets it be debited."""
    members = {
        "customer_acceptance": {"accepted_at": call.now, "type": acceptance.get("type", "online")},
        "multi_use": {},
        "payment_method": method["id"],
        "payment_method_details": {
            "sepa_debit": {
                "reference": f"SANDBOX{method['id'][-10:].upper()}",
                "url": f"{call.base_url}sandbox/",
            },
            "type": "sepa_debit",
        },
        "status": "active",
        "type": "multi_use",
    }
    return str(call.add("mandate", "mandate", members)["id"])


_URL = "/v1/payment_methods"
ENDPOINTS = (
    Endpoint(
        "POST",
        _URL,
        create_method,
        {
            "type": required(one_of("card", "sepa_debit")),
            "card": TABLE,
            "sepa_debit": TABLE,
            "billing_details": TABLE,
            "metadata": METADATA,
        },
    ),
    listing("payment_method", _URL, fields=PAGE_FIELDS, customer="customer", type="type"),
    retrieving("payment_method", _URL),
    Endpoint("POST", f"{_URL}/<identity>", update_method, {"billing_details": TABLE, "metadata": METADATA}),
    Endpoint("POST", f"{_URL}/<identity>/attach", attach_method, {"customer": required(TEXT)}),
    Endpoint("POST", f"{_URL}/<identity>/detach", detach_method),
    retrieving("mandate", "/v1/mandates"),
)
