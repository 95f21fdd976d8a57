"""What happens when the payer's bank takes the money back?"""

from marketplace.billing.sandbox.balances import book
from marketplace.billing.sandbox.calls import Call
from marketplace.billing.sandbox.currencies import CURRENCIES
from marketplace.billing.sandbox.endpoints import Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.parameters import BOOLEAN, METADATA, TABLE
from marketplace.billing.sandbox.presenting import visible

DISPUTE_FEE_UNITS = 20
RESPONSE_SECONDS = 21 * 24 * 60 * 60
# Stripe's test values of `evidence[uncategorized_text]`.
_VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}
_OPEN = ("needs_response", "under_review")


def open_dispute(call: Call, charge: Json, reason: str) -> Json:
    """Withdraw what is left of the charge, and a fee; a direct debit is lost at once, as in its scheme."""
    amount = charge["amount_captured"] - charge["amount_refunded"]
    if charge["status"] != "succeeded" or charge["disputed"] or charge["source_transfer"] or amount < 1:
        raise Refusal(f"Charge {charge['id']} has nothing left to dispute.")
    dispute = call.add("dispute", "du", _members(call, charge, amount, reason))
    fee = DISPUTE_FEE_UNITS * 10 ** CURRENCIES[charge["currency"]].exponent
    _move(call, dispute, -amount, fee)
    call.save(charge, disputed=True)
    announce(call, "charge.dispute.created", dispute)
    announce(call, "charge.dispute.funds_withdrawn", dispute)
    if charge["payment_method_details"]["type"] == "sepa_debit":
        return close(call, dispute, "lost")
    call.work.schedule(call.now + RESPONSE_SECONDS, "lapse_dispute", dispute["id"], call.account)
    return dispute


def _members(call: Call, charge: Json, amount: int, reason: str) -> Json:
    return {
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": call.now + RESPONSE_SECONDS,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": charge["payment_method_details"]["type"]},
        "reason": reason,
        "status": "needs_response",
    }


def _move(call: Call, dispute: Json, amount: int, fee: int) -> None:
    entry = book(call, "adjustment", amount, currency=dispute["currency"], source=dispute["id"], fee=fee)
    call.save(dispute, balance_transactions=[*dispute["balance_transactions"], visible(call, entry)])


def close(call: Call, dispute: Json, verdict: str) -> Json:
    """The bank's verdict: won gives the amount back (never the fee), lost leaves everything as it is."""
    if dispute["status"] not in _OPEN:
        raise Refusal(f"Dispute {dispute['id']} is already closed.")
    call.save(dispute, status=verdict)
    if verdict == "won":
        _move(call, dispute, dispute["amount"], 0)
    announce(call, "charge.dispute.closed", dispute)
    if verdict == "won":
        announce(call, "charge.dispute.funds_reinstated", dispute)
    return dispute


def lapse_dispute(call: Call, identity: str) -> None:
    """Nobody answered in time: lost."""
    dispute = call.found("dispute", identity)
    if dispute["status"] == "needs_response":
        close(call, dispute, "lost")


def update_dispute(call: Call, identity: str) -> Json:
    """Evidence, submitted unless `submit` is false; Stripe's test evidence brings the verdict at once."""
    dispute = call.found("dispute", identity)
    sent = call.params.get("evidence") or {}
    if sent and dispute["status"] != "needs_response":
        raise Refusal("This dispute no longer takes evidence.")
    is_submitted = bool(sent) and call.params.get("submit", True)
    evidence = {**dispute["evidence"], **sent}
    details = {
        **dispute["evidence_details"],
        "has_evidence": bool(evidence),
        "submission_count": dispute["evidence_details"]["submission_count"] + is_submitted,
    }
    call.save(
        dispute, evidence=evidence, evidence_details=details, metadata=call.metadata(dispute["metadata"])
    )
    if is_submitted:
        call.save(dispute, status="under_review")
    announce(call, "charge.dispute.updated", dispute)
    verdict = _VERDICTS.get(evidence.get("uncategorized_text", ""))
    return close(call, dispute, verdict) if is_submitted and verdict else dispute


def accept_dispute(call: Call, identity: str) -> Json:
    """The platform gives in: lost."""
    return close(call, call.found("dispute", identity), "lost")


_URL = "/v1/disputes"
ENDPOINTS = (
    listing("dispute", _URL, charge="charge", payment_intent="payment_intent"),
    retrieving("dispute", _URL),
    Endpoint(
        "POST",
        f"{_URL}/<identity>",
        update_dispute,
        {"evidence": TABLE, "submit": BOOLEAN, "metadata": METADATA},
    ),
    Endpoint("POST", f"{_URL}/<identity>/close", accept_dispute),
)
