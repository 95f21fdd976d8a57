"""What money does an account have, when can it be used, and what moved it?"""

from marketplace.billing.sandbox.calls import Call
from marketplace.billing.sandbox.endpoints import Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal

_CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "transfer_refund": "transfer_reversal",
    "payout_failure": "payout_reversal",
    "payout_cancel": "payout_reversal",
    "adjustment": "dispute",
}
_FUNDS = (
    "SELECT coalesce(sum(json_extract(body, '$.net')), 0) AS total FROM objects"
    " WHERE kind = 'balance_transaction' AND account = ? AND json_extract(body, '$.currency') = ?"
    " AND json_extract(body, '$.available_on') {} ?"
)


def book(
    call: Call,
    kind: str,
    amount: int,
    *,
    currency: str,
    source: str,
    fee: int = 0,
    available_on: int | None = None,
) -> Json:
    """Move `amount` minor units (negative: out), less the fee; usable from `available_on` (default: now)."""
    fees = [
        {"amount": fee, "application": None, "currency": currency, "description": "Fee", "type": "stripe_fee"}
    ]
    members = {
        "amount": amount,
        "available_on": max(call.now, available_on or 0),
        "balance_type": "payments",
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fees if fee else [],
        "net": amount - fee,
        "reporting_category": _CATEGORIES.get(kind, kind),
        "source": source,
        "type": kind,
    }
    return call.add("balance_transaction", "txn", members)


def available_funds(call: Call, currency: str) -> int:
    """Minor units that the account can use now; negative when it owes."""
    return int(call.work.rows(_FUNDS.format("<="), call.account, currency, call.now)[0]["total"])


def pending_funds(call: Call, currency: str) -> int:
    """Minor units that are on their way to the account's usable funds."""
    return int(call.work.rows(_FUNDS.format(">"), call.account, currency, call.now)[0]["total"])


def insufficient_funds(currency: str) -> Refusal:
    """400 for a movement that the account's usable funds do not cover."""
    return Refusal(
        f"You have insufficient available funds in your Stripe account ({currency.upper()}). In the sandbox, "
        "advance the test clock until charges are available, or charge the card 4000000000000077.",
        code="balance_insufficient",
    )


def retrieve_balance(call: Call) -> Json:
    """The account's funds by currency."""
    statement = (
        "SELECT DISTINCT json_extract(body, '$.currency') AS currency FROM objects"
        " WHERE kind = 'balance_transaction' AND account = ? ORDER BY 1"
    )
    currencies = [row["currency"] for row in call.work.rows(statement, call.account)] or ["eur"]
    return {
        "object": "balance",
        "available": [_amount(available_funds(call, currency), currency) for currency in currencies],
        "livemode": False,
        "pending": [_amount(pending_funds(call, currency), currency) for currency in currencies],
    }


def _amount(amount: int, currency: str) -> Json:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


_URL = "/v1/balance_transactions"
ENDPOINTS = (
    Endpoint("GET", "/v1/balance", retrieve_balance),
    listing("balance_transaction", _URL, currency="currency", source="source", type="type"),
    retrieving("balance_transaction", _URL),
)
