"""How is a payment method made ready for later payments?"""

from marketplace.billing.sandbox.calls import Answer, Call, new_id, public
from marketplace.billing.sandbox.endpoints import Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal
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
from marketplace.billing.sandbox.parameters import BOOLEAN, Fields, one_of
from marketplace.billing.sandbox.payment_methods import attach, specimen_of, usable_method
from marketplace.billing.sandbox.specimens import DECLINES

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_FAILED: Json = {
    "type": "invalid_request_error",
    "code": "setup_intent_authentication_failure",
    "message": "The provided PaymentMethod has failed authentication. Provide another one to set up.",
}


def create_setup(call: Call) -> Json | Answer:
    """A new setup, confirmed at once if the caller says so."""
    setup = new_setup(call, customer=checked_customer(call), types=method_types(call, None))
    if call.params.get("payment_method"):
        _choose_method(call, setup, call.params["payment_method"])
    return confirm(call, setup) if call.params.get("confirm") else setup


def new_setup(call: Call, *, customer: str | None, types: list[str]) -> Json:
    """A setup that has no payment method yet."""
    members = {
        "application": None,
        "automatic_payment_methods": automatic_methods(call),
        "cancellation_reason": None,
        "customer": customer,
        "description": call.params.get("description"),
        "last_setup_error": None,
        "latest_attempt": None,
        "mandate": None,
        "metadata": call.metadata(),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_types": types,
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": call.params.get("usage", "off_session"),
        "_return_url": call.params.get("return_url"),
    }
    setup = call.add("setup_intent", "seti", members)
    call.save(setup, client_secret=new_id(f"{setup['id']}_secret"))
    announce(call, "setup_intent.created", setup)
    return setup


def _choose_method(call: Call, setup: Json, identity: str) -> None:
    method = usable_method(call, identity, customer=setup["customer"], types=setup["payment_method_types"])
    call.save(setup, payment_method=method["id"], status="requires_confirmation")


def confirm_setup(call: Call, identity: str) -> Json | Answer:
    """Try to set the payment method up."""
    setup = call.found("setup_intent", identity)
    _check_open(setup)
    if call.params.get("payment_method"):
        _choose_method(call, setup, call.params["payment_method"])
    return confirm(call, setup)


def _check_open(setup: Json) -> None:
    if setup["status"] not in _OPEN:
        message = f"This SetupIntent has a status of {setup['status']}: it can no longer be changed."
        raise Refusal(message, code="setup_intent_unexpected_state")


def confirm(call: Call, setup: Json) -> Json | Answer:
    """Set up the chosen method: done, declined (402), or to be authenticated by the customer first."""
    if not setup["payment_method"]:
        message = "You cannot confirm this SetupIntent because it's missing a payment method."
        raise Refusal(message, code="setup_intent_unexpected_state")
    method = call.found("payment_method", setup["payment_method"])
    specimen = specimen_of(method)
    call.save(setup, mandate=mandate_for(call, method), last_setup_error=None)
    if not specimen.is_attachable:
        return _declined(call, setup, method, DECLINES[specimen.decline].error())
    if specimen.authentication:
        return _ask_authentication(call, setup)
    return _succeed(call, setup, method)


def _declined(call: Call, setup: Json, method: Json, error: Json) -> Answer:
    _fail(call, setup, {**error, "payment_method": public(method)})
    return Answer(402, {"error": {**setup["last_setup_error"], "setup_intent": public(setup)}})


def _fail(call: Call, setup: Json, error: Json) -> None:
    call.save(
        setup, status="requires_payment_method", payment_method=None, last_setup_error=error, next_action=None
    )
    announce(call, "setup_intent.setup_failed", setup)


def _ask_authentication(call: Call, setup: Json) -> Json:
    target = {"return_url": setup["_return_url"], "url": f"{call.base_url}authenticate/{setup['id']}"}
    call.save(
        setup, status="requires_action", next_action={"type": "redirect_to_url", "redirect_to_url": target}
    )
    announce(call, "setup_intent.requires_action", setup)
    return setup


def finish_authentication(call: Call, setup: Json, *, is_authenticated: bool) -> None:
    """The customer came back from the bank's page."""
    if setup["status"] != "requires_action":
        message = "This SetupIntent is not waiting for authentication."
        raise Refusal(message, code="setup_intent_unexpected_state")
    method = call.found("payment_method", setup["payment_method"])
    if is_authenticated:
        _succeed(call, setup, method)
    else:
        _fail(call, setup, {**_FAILED, "payment_method": public(method)})


def _succeed(call: Call, setup: Json, method: Json) -> Json:
    if setup["customer"]:
        attach(call, method, setup["customer"])
    call.save(method, _is_set_up=True, _mandate=setup["mandate"])
    call.save(setup, status="succeeded", next_action=None)
    announce(call, "setup_intent.succeeded", setup)
    return setup


def cancel_setup(call: Call, identity: str) -> Json:
    """Nothing will be set up any more."""
    setup = call.found("setup_intent", identity)
    _check_open(setup)
    reason = call.params.get("cancellation_reason")
    call.save(setup, status="canceled", cancellation_reason=reason, next_action=None)
    announce(call, "setup_intent.canceled", setup)
    return setup


_URL = "/v1/setup_intents"
_CREATION: Fields = {
    **COMMON_FIELDS,
    **TYPE_FIELDS,
    **CONFIRM_FIELDS,
    "confirm": BOOLEAN,
    "usage": one_of("off_session", "on_session"),
}
_REASONS = ("abandoned", "requested_by_customer", "duplicate")
ENDPOINTS = (
    Endpoint("POST", _URL, create_setup, _CREATION),
    listing("setup_intent", _URL, customer="customer", payment_method="payment_method"),
    retrieving("setup_intent", _URL),
    Endpoint("POST", f"{_URL}/<identity>/confirm", confirm_setup, CONFIRM_FIELDS),
    Endpoint("POST", f"{_URL}/<identity>/cancel", cancel_setup, {"cancellation_reason": one_of(*_REASONS)}),
)
