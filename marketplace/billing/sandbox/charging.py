"""What follows from an attempt to pay: paid, declined, to be authenticated, or on its way?"""

from marketplace.billing.sandbox import switches
from marketplace.billing.sandbox.calls import Answer, Call, public
from marketplace.billing.sandbox.charges import book_charge, new_charge
from marketplace.billing.sandbox.disputes import open_dispute
from marketplace.billing.sandbox.errors import Json, Refusal
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.payment_methods import attach, specimen_of
from marketplace.billing.sandbox.specimens import DECLINES, Decline, Specimen

_DEBIT_FAILURE = "The customer's bank could not process the debit."


def attempt(
    call: Call,
    intent: Json,
    method: Json,
    *,
    may_authenticate: bool,
    is_off_session: bool,
    mandate: str | None,
) -> Json | Answer:
    """Pay the intent with the method; a declined card is an answer 402 whose effects stay."""
    call.save(intent, payment_method=method["id"], last_payment_error=None, next_action=None)
    if method["type"] == "sepa_debit":
        return _start_debit(call, intent, method, mandate)
    if not _must_authenticate(specimen_of(method), method, is_off_session):
        return charge_card(call, intent, method)
    if not may_authenticate:
        return _decline(call, intent, method, DECLINES["authentication_required"])
    return _ask_authentication(call, intent)


def _must_authenticate(specimen: Specimen, method: Json, is_off_session: bool) -> bool:
    return {
        "": False,
        "always": True,
        "unless_set_up": not method["_is_set_up"],
        "on_session": not is_off_session,
    }[specimen.authentication]


def charge_card(call: Call, intent: Json, method: Json) -> Json | Answer:
    """Charge the card, authenticated or not in need of it."""
    specimen = specimen_of(method)
    if specimen.decline:
        return _decline(call, intent, method, DECLINES[specimen.decline])
    charge = new_charge(call, intent, method, "succeeded")
    _succeed(call, intent, charge, method)
    return intent


def _succeed(call: Call, intent: Json, charge: Json, method: Json) -> None:
    book_charge(call, charge, method)
    call.save(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        processing=None,
    )
    _keep_method(call, intent, method)
    announce(call, "charge.succeeded", charge)
    announce(call, "payment_intent.succeeded", intent)
    specimen = specimen_of(method)
    if specimen.dispute:
        open_dispute(call, charge, specimen.dispute)


def _keep_method(call: Call, intent: Json, method: Json) -> None:
    """Save the method to the customer where the intent asks for it; one that nobody keeps is spent."""
    if intent["setup_future_usage"] and intent["customer"]:
        attach(call, method, intent["customer"])
        call.save(method, _is_set_up=True)
    elif not method["customer"]:
        call.save(method, _is_spent=True)


def _decline(call: Call, intent: Json, method: Json, decline: Decline) -> Answer:
    charge = new_charge(call, intent, method, "failed", decline=decline)
    error = _fail(call, intent, charge, method, decline)
    return Answer(402, {"error": {**error, "payment_intent": public(intent)}})


def _fail(call: Call, intent: Json, charge: Json, method: Json, decline: Decline) -> Json:
    error = {**decline.error(), "charge": charge["id"], "payment_method": public(method)}
    call.save(
        intent,
        status="requires_payment_method",
        last_payment_error=error,
        latest_charge=charge["id"],
        next_action=None,
        payment_method=None,
        processing=None,
    )
    announce(call, "charge.failed", charge)
    announce(call, "payment_intent.payment_failed", intent)
    return error


def _ask_authentication(call: Call, intent: Json) -> Json:
    url = f"{call.base_url}authenticate/{intent['id']}"
    if intent["_return_url"]:
        action = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": intent["_return_url"], "url": url},
        }
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url},
        }
    call.save(intent, status="requires_action", next_action=action)
    announce(call, "payment_intent.requires_action", intent)
    return intent


def finish_authentication(call: Call, intent: Json, *, is_authenticated: bool) -> None:
    """The customer came back from the bank's page."""
    if intent["status"] != "requires_action":
        raise Refusal(
            "This PaymentIntent is not waiting for authentication.", code="payment_intent_unexpected_state"
        )
    method = call.found("payment_method", intent["payment_method"])
    call.save(intent, next_action=None)
    if is_authenticated:
        charge_card(call, intent, method)
        return
    error = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "message": "The provided PaymentMethod has failed authentication. Provide another one to pay.",
        "payment_method": public(method),
    }
    call.save(intent, status="requires_payment_method", payment_method=None, last_payment_error=error)
    announce(call, "payment_intent.payment_failed", intent)


def _start_debit(call: Call, intent: Json, method: Json, mandate: str | None) -> Json:
    """The debit is on its way to the bank; whether it will fail is decided (and hidden) now."""
    charge = new_charge(call, intent, method, "pending", mandate=mandate)
    failure = specimen_of(method).decline
    if switches.take_one(call.work, "fail_next_sepa_payments"):
        failure = failure or "generic_could_not_process"
    call.save(charge, _failure=failure)
    call.save(intent, status="processing", latest_charge=charge["id"])
    call.schedule("sepa_delay_seconds", "settle_debit", charge["id"])
    announce(call, "charge.pending", charge)
    announce(call, "payment_intent.processing", intent)
    return intent


def settle_debit(call: Call, identity: str) -> None:
    """The bank's answer to a debit has come."""
    charge = call.found("charge", identity)
    intent = call.found("payment_intent", charge["payment_intent"])
    method = call.found("payment_method", charge["payment_method"])
    if not charge["_failure"]:
        _succeed(call, intent, charge, method)
        return
    decline = Decline(charge["_failure"], "", _DEBIT_FAILURE)
    call.save(
        charge,
        status="failed",
        paid=False,
        captured=False,
        failure_code=decline.code,
        failure_message=decline.message,
        outcome={**charge["outcome"], "type": "issuer_declined", "network_status": "declined_by_network"},
    )
    _fail(call, intent, charge, method, decline)
