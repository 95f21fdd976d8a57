"""What was taken from the customer in one attempt?"""

from marketplace.billing.sandbox import switches
from marketplace.billing.sandbox.balances import book
from marketplace.billing.sandbox.calls import Call
from marketplace.billing.sandbox.currencies import processing_fee
from marketplace.billing.sandbox.endpoints import Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json
from marketplace.billing.sandbox.parameters import METADATA, TEXT
from marketplace.billing.sandbox.payment_methods import specimen_of
from marketplace.billing.sandbox.specimens import Decline

_OUTCOMES = {
    "succeeded": ("authorized", "approved_by_network", "Payment complete."),
    "pending": ("authorized", "approved_by_network", "Payment pending."),
    "failed": ("issuer_declined", "declined_by_network", "The bank declined the payment."),
}


def new_charge(
    call: Call,
    intent: Json,
    method: Json,
    status: str,
    *,
    decline: Decline | None = None,
    mandate: str | None = None,
) -> Json:
    """The charge of one attempt to pay the intent, in status succeeded, pending or failed."""
    outcome = {
        "captured": status != "failed",
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "outcome": _outcome(status, decline),
        "paid": status != "failed",
        "payment_method_details": _method_details(method, mandate),
        "status": status,
    }
    members = {
        **_terms(intent),
        **outcome,
        "billing_details": method["billing_details"],
        "payment_method": method["id"],
    }
    return call.add("charge", "ch" if method["type"] == "card" else "py", members)


def _terms(intent: Json) -> Json:
    """What the charge has from its intent, and what it has not got yet."""
    return {
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "metadata": intent["metadata"],
        "payment_intent": intent["id"],
        "receipt_email": intent["receipt_email"],
        "receipt_url": None,
        "refunded": False,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


def _outcome(status: str, decline: Decline | None) -> Json:
    kind, network_status, message = _OUTCOMES[status]
    return {
        "type": kind,
        "network_status": network_status,
        "reason": decline.decline_code or None if decline else None,
        "risk_level": "normal",
        "seller_message": message,
    }


def _method_details(method: Json, mandate: str | None) -> Json:
    details = dict(method[method["type"]])
    if method["type"] == "sepa_debit":
        details["mandate"] = mandate
    return {"type": method["type"], method["type"]: details}


def book_charge(call: Call, charge: Json, method: Json) -> Json:
    """The charge as succeeded: its money, less the fee, is on the way to the account's balance."""
    is_card = method["type"] == "card"
    is_at_once = specimen_of(method).is_available_at_once
    delay = 0 if is_at_once else int(switches.position(call.work, "funds_delay_seconds"))
    entry = book(
        call,
        "charge" if is_card else "payment",
        charge["amount"],
        currency=charge["currency"],
        source=charge["id"],
        fee=processing_fee(charge["amount"], charge["currency"], method["type"]),
        available_on=call.now + delay,
    )
    return call.save(
        charge,
        status="succeeded",
        amount_captured=charge["amount"],
        balance_transaction=entry["id"],
        outcome=_outcome("succeeded", None),
    )


def available_on(call: Call, charge: Json) -> int:
    """The second of the test clock from which the charge's money can be used."""
    entry = call.found("balance_transaction", charge["balance_transaction"])
    return int(entry["available_on"])


def update_charge(call: Call, identity: str) -> Json:
    """Another description, receipt address, transfer group or metadata."""
    charge = call.found("charge", identity)
    changes = call.changes("description", "receipt_email", "transfer_group")
    return call.save(charge, metadata=call.metadata(charge["metadata"]), **changes)


_URL = "/v1/charges"
ENDPOINTS = (
    listing(
        "charge", _URL, customer="customer", payment_intent="payment_intent", transfer_group="transfer_group"
    ),
    retrieving("charge", _URL),
    Endpoint(
        "POST",
        f"{_URL}/<identity>",
        update_charge,
        {"description": TEXT, "receipt_email": TEXT, "transfer_group": TEXT, "metadata": METADATA},
    ),
)
