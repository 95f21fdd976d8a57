"""How does a payer get money back?"""

from marketplace.billing.sandbox.balances import book
from marketplace.billing.sandbox.calls import Call
from marketplace.billing.sandbox.charges import available_on
from marketplace.billing.sandbox.currencies import written
from marketplace.billing.sandbox.endpoints import Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal, bad_parameter
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.parameters import METADATA, POSITIVE, TEXT, one_of
from marketplace.billing.sandbox.payment_methods import specimen_of


def create_refund(call: Call) -> Json:
    """Give back a part or the rest of a charge; never more than was captured and not yet refunded."""
    charge = _charge(call)
    amount = _checked_amount(call, charge)
    is_late = (
        charge["payment_method_details"]["type"] == "sepa_debit" or _behaviour(call, charge) == "pending"
    )
    refund = call.add("refund", "re" if _is_card(charge) else "pyr", _members(call, charge, amount, is_late))
    _move(call, charge, refund)
    if is_late or _behaviour(call, charge) == "failed":
        call.schedule("refund_delay_seconds", "finish_refund", refund["id"])
    announce(call, "refund.created", refund)
    announce(call, "charge.refunded", charge)
    return refund


def _charge(call: Call) -> Json:
    if call.params.get("charge"):
        return call.found("charge", call.params["charge"], param="charge")
    if not call.params.get("payment_intent"):
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise bad_parameter(message, "payment_intent", "parameter_missing")
    intent = call.found("payment_intent", call.params["payment_intent"], param="payment_intent")
    if not intent["amount_received"]:
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise Refusal(message, param="payment_intent", code="payment_intent_unexpected_state")
    return call.found("charge", intent["latest_charge"])


def _checked_amount(call: Call, charge: Json) -> int:
    if charge["source_transfer"]:
        raise Refusal("A payment that came by a transfer is given back by reversing the transfer.")
    if charge["status"] != "succeeded":
        message = f"Charge {charge['id']} has a status of {charge['status']}: there is nothing to refund."
        raise Refusal(message, code="charge_not_refundable")
    if charge["disputed"]:
        raise Refusal(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = int(call.params.get("amount") or left)
    if amount > left:
        raise Refusal(
            f"Refund amount ({written(amount, charge['currency'])}) is greater than unrefunded amount on "
            f"charge ({written(left, charge['currency'])})",
            param="amount",
        )
    return amount


def _behaviour(call: Call, charge: Json) -> str:
    return specimen_of(call.found("payment_method", charge["payment_method"])).refund


def _is_card(charge: Json) -> bool:
    return bool(charge["payment_method_details"]["type"] == "card")


def _members(call: Call, charge: Json, amount: int, is_late: bool) -> Json:
    return {
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "currency": charge["currency"],
        "destination_details": {"type": charge["payment_method_details"]["type"]},
        "metadata": call.metadata(),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": call.params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if is_late else "succeeded",
        "transfer_reversal": None,
        **({"pending_reason": "processing"} if is_late else {}),
    }


def _move(call: Call, charge: Json, refund: Json) -> None:
    """Money that is itself still on its way is given back from what is on its way."""
    entry = book(
        call,
        "refund" if _is_card(charge) else "payment_refund",
        -refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
        available_on=available_on(call, charge),
    )
    call.save(refund, balance_transaction=entry["id"])
    _count(call, charge, refund["amount"])


def _count(call: Call, charge: Json, amount: int) -> None:
    refunded = charge["amount_refunded"] + amount
    call.save(charge, amount_refunded=refunded, refunded=refunded == charge["amount_captured"])


def finish_refund(call: Call, identity: str) -> None:
    """The refund has arrived, or has come back."""
    refund = call.found("refund", identity)
    charge = call.found("charge", refund["charge"])
    if _behaviour(call, charge) == "failed":
        _fail(call, refund, charge)
    else:
        refund.pop("pending_reason", None)
        call.save(refund, status="succeeded")
    announce(call, "charge.refund.updated", refund)
    announce(call, "refund.failed" if refund["status"] == "failed" else "refund.updated", refund)


def _fail(call: Call, refund: Json, charge: Json) -> None:
    entry = book(call, "refund_failure", refund["amount"], currency=refund["currency"], source=refund["id"])
    call.save(
        refund,
        status="failed",
        failure_balance_transaction=entry["id"],
        failure_reason="expired_or_canceled_card",
    )
    _count(call, charge, -refund["amount"])


def update_refund(call: Call, identity: str) -> Json:
    """Other metadata."""
    refund = call.found("refund", identity)
    call.save(refund, metadata=call.metadata(refund["metadata"]))
    announce(call, "charge.refund.updated", refund)
    announce(call, "refund.updated", refund)
    return refund


_URL = "/v1/refunds"
ENDPOINTS = (
    Endpoint(
        "POST",
        _URL,
        create_refund,
        {
            "amount": POSITIVE,
            "charge": TEXT,
            "metadata": METADATA,
            "payment_intent": TEXT,
            "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
        },
    ),
    listing("refund", _URL, charge="charge", payment_intent="payment_intent"),
    retrieving("refund", _URL),
    Endpoint("POST", f"{_URL}/<identity>", update_refund, {"metadata": METADATA}),
)
