"""How does money leave for a bank account, and what if the bank sends it back?"""

from marketplace.billing.sandbox import switches
from marketplace.billing.sandbox.accounts import own_account
from marketplace.billing.sandbox.balances import available_funds, book, insufficient_funds
from marketplace.billing.sandbox.calls import PLATFORM, Call
from marketplace.billing.sandbox.currencies import currency_code
from marketplace.billing.sandbox.endpoints import Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.parameters import METADATA, POSITIVE, TEXT, one_of, required

_FAILURE = ("account_closed", "The bank account has been closed.")


def create_payout(call: Call) -> Json:
    """Send usable funds to the account's bank; it arrives, or fails, after the switch's delay."""
    currency, amount = currency_code(call.params["currency"]), call.params["amount"]
    destination = _bank(call, currency)
    if amount > available_funds(call, currency):
        raise insufficient_funds(currency)
    payout = call.add("payout", "po", _members(call, currency, destination))
    entry = book(call, "payout", -amount, currency=currency, source=payout["id"])
    arrival = call.schedule("payout_delay_seconds", "finish_payout", payout["id"])
    is_failing = switches.take_one(call.work, "fail_next_payouts")
    call.save(payout, balance_transaction=entry["id"], arrival_date=arrival, _is_failing=is_failing)
    announce(call, "payout.created", payout)
    return payout


def _bank(call: Call, currency: str) -> str | None:
    if call.account == PLATFORM:
        return None
    holder = own_account(call)
    if not holder["payouts_enabled"]:
        raise Refusal(
            "Cannot create payouts: payouts are disabled on this account.", code="payouts_not_allowed"
        )
    for bank in holder["external_accounts"]["data"]:
        if bank["currency"] == currency:
            return str(bank["id"])
    message = f"Sorry, you don't have any external accounts in that currency ({currency})."
    raise Refusal(message, param="currency")


def _members(call: Call, currency: str, destination: str | None) -> Json:
    return {
        "amount": call.params["amount"],
        "automatic": False,
        "currency": currency,
        "description": call.params.get("description"),
        "destination": destination,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "metadata": call.metadata(),
        "method": call.params.get("method") or "standard",
        "original_payout": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": call.params.get("statement_descriptor"),
        "status": "pending",
        "type": "bank_account",
    }


def finish_payout(call: Call, identity: str) -> None:
    """The payout has arrived, or the bank refuses it."""
    payout = call.found("payout", identity)
    if payout["status"] != "pending":
        return
    if payout["_is_failing"]:
        fail_payout(call, payout)
        return
    call.save(payout, status="paid")
    announce(call, "payout.paid", payout)


def fail_payout(call: Call, payout: Json) -> Json:
    """The bank sends the money back, even days after it was shown as paid."""
    if payout["status"] not in ("pending", "paid"):
        raise Refusal(f"Payout {payout['id']} has a status of {payout['status']}: it cannot fail.")
    code, message = _FAILURE
    _return(call, payout, "payout_failure", status="failed", failure_code=code, failure_message=message)
    announce(call, "payout.failed", payout)
    return payout


def _return(call: Call, payout: Json, kind: str, **changes: str) -> None:
    entry = book(call, kind, payout["amount"], currency=payout["currency"], source=payout["id"])
    call.save(payout, failure_balance_transaction=entry["id"], **changes)


def cancel_payout(call: Call, identity: str) -> Json:
    """Stop a payout that is still pending."""
    payout = call.found("payout", identity)
    if payout["status"] != "pending":
        raise Refusal(f"Payouts can only be canceled while they are pending: this one is {payout['status']}.")
    _return(call, payout, "payout_cancel", status="canceled")
    announce(call, "payout.canceled", payout)
    return payout


def update_payout(call: Call, identity: str) -> Json:
    """Other metadata."""
    payout = call.found("payout", identity)
    call.save(payout, metadata=call.metadata(payout["metadata"]))
    announce(call, "payout.updated", payout)
    return payout


_URL = "/v1/payouts"
ENDPOINTS = (
    Endpoint(
        "POST",
        _URL,
        create_payout,
        {
            "amount": required(POSITIVE),
            "currency": required(TEXT),
            "description": TEXT,
            "metadata": METADATA,
            "method": one_of("standard"),
            "statement_descriptor": TEXT,
        },
    ),
    listing("payout", _URL, status="status", destination="destination"),
    retrieving("payout", _URL),
    Endpoint("POST", f"{_URL}/<identity>", update_payout, {"metadata": METADATA}),
    Endpoint("POST", f"{_URL}/<identity>/cancel", cancel_payout),
)
