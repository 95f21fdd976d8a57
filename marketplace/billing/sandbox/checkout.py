"""How does a customer give a payment method on a page of the sandbox's own?"""

from urllib.parse import urlsplit

from marketplace.billing.sandbox import setup_intents
from marketplace.billing.sandbox.calls import Answer, Call
from marketplace.billing.sandbox.endpoints import Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal, bad_parameter
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.intents import checked_customer, method_types
from marketplace.billing.sandbox.parameters import LIST, METADATA, TABLE, TEXT, one_of, required
from marketplace.billing.sandbox.payment_methods import new_method
from marketplace.billing.sandbox.specimens import SPECIMENS

LIFE_SECONDS = 24 * 60 * 60


def create_session(call: Call) -> Json:
    """A new page, open for a day, on which a payment method is set up."""
    currency = call.params.get("currency")
    if not currency and not call.params.get("allowed_payment_method_types"):
        message = "`currency` is required in setup mode when `allowed_payment_method_types` is not set."
        raise bad_parameter(message, "currency", "parameter_missing")
    for name in ("success_url", "cancel_url"):
        _check_url(name, call.params.get(name))
    types = method_types(call, currency)
    setup = _setup_of(call, types)
    session = call.add("checkout.session", "cs_test", _members(call, setup, types))
    call.save(session, url=f"{call.base_url}checkout/{session['id']}")
    call.save(setup, _session=session["id"])
    call.work.schedule(session["expires_at"], "expire_session", session["id"], call.account)
    return session


def _check_url(name: str, url: str | None) -> None:
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise bad_parameter(f"Not a valid URL: {url}", name, "url_invalid")


def _setup_of(call: Call, types: list[str]) -> Json:
    data = call.params.get("setup_intent_data") or {}
    sent = {name: data[name] for name in ("description", "metadata") if name in data}
    customer = checked_customer(call)
    return setup_intents.new_setup(call.with_params(sent), customer=customer, types=types)


def _members(call: Call, setup: Json, types: list[str]) -> Json:
    return {
        "amount_subtotal": None,
        "amount_total": None,
        "cancel_url": call.params.get("cancel_url"),
        "client_reference_id": call.params.get("client_reference_id"),
        "currency": call.params.get("currency"),
        "customer": setup["customer"],
        "customer_details": None,
        "customer_email": call.params.get("customer_email"),
        "expires_at": call.now + LIFE_SECONDS,
        "locale": call.params.get("locale"),
        "metadata": call.metadata(),
        "mode": "setup",
        "payment_intent": None,
        "payment_method_types": types,
        "payment_status": "no_payment_required",
        "setup_intent": setup["id"],
        "status": "open",
        "success_url": call.params["success_url"],
        "ui_mode": "hosted_page",
        "url": None,
    }


def save_method(call: Call, session: Json, token: str, holder: Json) -> Json | Answer:
    """The customer has chosen a test card or account: its setup, or an answer 402 if it declines."""
    check_open(session)
    specimen = SPECIMENS.get(token)
    if specimen is None or specimen.type not in session["payment_method_types"]:
        raise bad_parameter(
            f"Not a payment method of this page: {token}", "payment_method", "parameter_invalid"
        )
    setup = call.found("setup_intent", session["setup_intent"])
    method = new_method(call.with_params({}), specimen, holder)
    call.save(setup, payment_method=method["id"], status="requires_confirmation")
    acceptance = {"mandate_data": {"customer_acceptance": {"type": "online"}}}
    outcome = setup_intents.confirm(call.with_params(acceptance), setup)
    finish_session(call, setup)
    return outcome


def check_open(session: Json) -> None:
    """Raises Refusal when the page has been used or has run out."""
    if session["status"] != "open":
        raise Refusal(f"This Checkout Session is {session['status']}.", code="checkout_session_not_open")


def finish_session(call: Call, setup: Json) -> None:
    """The page is done when its setup has succeeded."""
    if setup["status"] != "succeeded" or "_session" not in setup:
        return
    session = call.found("checkout.session", setup["_session"])
    method = call.found("payment_method", setup["payment_method"])
    holder = method["billing_details"]
    details = {
        "address": None,
        "email": holder["email"],
        "name": holder["name"],
        "phone": None,
        "tax_ids": None,
    }
    call.save(session, status="complete", customer_details=details, url=None)
    announce(call, "checkout.session.completed", session)


def success_address(session: Json) -> str:
    """Where the customer goes when the page is done."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def expire_session(call: Call, identity: str) -> None:
    """Nobody has used the page in time."""
    session = call.found("checkout.session", identity)
    if session["status"] == "open":
        call.save(session, status="expired", url=None)
        announce(call, "checkout.session.expired", session)


def expire_now(call: Call, identity: str) -> Json:
    """The platform closes the page."""
    check_open(call.found("checkout.session", identity))
    expire_session(call, identity)
    return call.found("checkout.session", identity)


_URL = "/v1/checkout/sessions"
ENDPOINTS = (
    Endpoint(
        "POST",
        _URL,
        create_session,
        {
            "mode": required(one_of("setup")),
            "success_url": required(TEXT),
            "allowed_payment_method_types": LIST,
            "cancel_url": TEXT,
            "client_reference_id": TEXT,
            "currency": TEXT,
            "customer": TEXT,
            "customer_email": TEXT,
            "excluded_payment_method_types": LIST,
            "locale": TEXT,
            "metadata": METADATA,
            "setup_intent_data": TABLE,
        },
    ),
    listing("checkout.session", _URL, customer="customer", status="status"),
    retrieving("checkout.session", _URL),
    Endpoint("POST", f"{_URL}/<identity>/expire", expire_now),
)
