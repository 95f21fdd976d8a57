"""How does money go from the platform to a connected account, and back?"""

from typing import NoReturn

from marketplace.billing.sandbox.balances import available_funds, book, insufficient_funds
from marketplace.billing.sandbox.calls import Call, new_id
from marketplace.billing.sandbox.charges import available_on
from marketplace.billing.sandbox.currencies import currency_code, written
from marketplace.billing.sandbox.endpoints import PAGE_FIELDS, Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal, no_such
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.parameters import METADATA, POSITIVE, TEXT, required
from marketplace.billing.sandbox.presenting import page

_TRANSFERRED = (
    "SELECT coalesce(sum(json_extract(body, '$.amount') - json_extract(body, '$.amount_reversed')), 0)"
    " AS total FROM objects WHERE kind = 'transfer' AND json_extract(body, '$.source_transaction') = ?"
)


def create_transfer(call: Call) -> Json:
    """Move money to a connected account: from usable funds or, with `source_transaction`, from one charge."""
    currency, amount = currency_code(call.params["currency"]), call.params["amount"]
    destination = _checked_destination(call)
    source = call.params.get("source_transaction")
    charge = call.found("charge", source, param="source_transaction") if source else None
    if charge:
        _check_charge(call, charge, amount, currency)
    elif amount > available_funds(call, currency):
        raise insufficient_funds(currency)
    usable_from = available_on(call, charge) if charge else call.now
    transfer = call.add("transfer", "tr", _members(call, charge, currency))
    entry = book(
        call, "transfer", -amount, currency=currency, source=transfer["id"], available_on=usable_from
    )
    payment = _pay_in(call.as_account(destination), transfer, usable_from)
    call.save(transfer, balance_transaction=entry["id"], destination_payment=payment["id"])
    announce(call, "transfer.created", transfer)
    return transfer


def _checked_destination(call: Call) -> str:
    identity = str(call.params["destination"])
    body = call.work.by_id(identity)
    if body is None or body["object"] != "account":
        raise no_such("destination", identity, param="destination")
    if body["capabilities"].get("transfers") != "active":
        raise Refusal(
            "Your destination account needs to have at least one of these capabilities enabled: transfers",
            code="insufficient_capabilities_for_transfer",
        )
    return identity


def _check_charge(call: Call, charge: Json, amount: int, currency: str) -> None:
    if charge["status"] != "succeeded":
        _refuse(f"Charge {charge['id']} has a status of {charge['status']}: its money has not come.")
    if charge["currency"] != currency:
        _refuse(
            f"The currency of source_transaction's balance transaction ({charge['currency']}) must be used."
        )
    moved = int(call.work.rows(_TRANSFERRED, charge["id"])[0]["total"])
    left = charge["amount_captured"] - charge["amount_refunded"] - moved
    if amount > left:
        _refuse(
            f"Transfer amount ({written(amount, currency)}) exceeds what is left of the source charge "
            f"({written(left, currency)})."
        )


def _refuse(message: str) -> NoReturn:
    raise Refusal(message, param="source_transaction")


def _members(call: Call, charge: Json | None, currency: str) -> Json:
    group = charge and (charge["transfer_group"] or f"group_{charge['payment_intent'] or charge['id']}")
    return {
        "amount": call.params["amount"],
        "amount_reversed": 0,
        "balance_transaction": None,
        "currency": currency,
        "description": call.params.get("description"),
        "destination": call.params["destination"],
        "destination_payment": None,
        "metadata": call.metadata(),
        "reversed": False,
        "source_transaction": charge["id"] if charge else None,
        "source_type": "card",
        "transfer_group": call.params.get("transfer_group") or group or None,
        "_account": call.account,
    }


def _pay_in(receiver: Call, transfer: Json, usable_from: int) -> Json:
    members = {
        "amount": transfer["amount"],
        "amount_captured": transfer["amount"],
        "amount_refunded": 0,
        "captured": True,
        "currency": transfer["currency"],
        "customer": None,
        "disputed": False,
        "metadata": {},
        "paid": True,
        "payment_intent": None,
        "payment_method": None,
        "refunded": False,
        "source_transfer": transfer["id"],
        "status": "succeeded",
        "transfer_group": transfer["transfer_group"],
    }
    payment = receiver.add("charge", "py", members)
    entry = book(
        receiver,
        "payment",
        transfer["amount"],
        currency=transfer["currency"],
        source=payment["id"],
        available_on=usable_from,
    )
    return receiver.save(payment, balance_transaction=entry["id"])


def update_transfer(call: Call, identity: str) -> Json:
    """Another description or metadata."""
    transfer = call.found("transfer", identity)
    changes = call.changes("description")
    call.save(transfer, metadata=call.metadata(transfer["metadata"]), **changes)
    announce(call, "transfer.updated", transfer)
    return transfer


def reverse_transfer(call: Call, identity: str) -> Json:
    """Take a part or the rest of a transfer back; the connected account must have it."""
    transfer = call.found("transfer", identity)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = int(call.params.get("amount") or left)
    if amount > left or left == 0:
        raise Refusal(
            f"Reversal amount ({written(amount, transfer['currency'])}) is greater than unreversed amount on "
            f"transfer ({written(left, transfer['currency'])})",
            param="amount",
        )
    receiver = call.as_account(transfer["destination"])
    payment = receiver.found("charge", transfer["destination_payment"])
    usable_from = available_on(receiver, payment)
    if usable_from <= call.now and amount > available_funds(receiver, transfer["currency"]):
        raise insufficient_funds(transfer["currency"])
    reversal = _give_back(call, transfer, payment, amount, usable_from)
    reversed_amount = transfer["amount_reversed"] + amount
    call.save(transfer, amount_reversed=reversed_amount, reversed=reversed_amount == transfer["amount"])
    announce(call, "transfer.reversed", transfer)
    return reversal


def _give_back(call: Call, transfer: Json, payment: Json, amount: int, usable_from: int) -> Json:
    receiver = call.as_account(transfer["destination"])
    currency = transfer["currency"]
    refund_id = new_id("pyr")
    out = book(
        receiver, "payment_refund", -amount, currency=currency, source=refund_id, available_on=usable_from
    )
    receiver.save(payment, amount_refunded=payment["amount_refunded"] + amount)
    members = {
        "amount": amount,
        "currency": currency,
        "destination_payment_refund": refund_id,
        "metadata": call.metadata(),
        "source_refund": None,
        "transfer": transfer["id"],
        "_destination_transaction": out["id"],
    }
    reversal = call.add("transfer_reversal", "trr", members)
    entry = book(
        call, "transfer_refund", amount, currency=currency, source=reversal["id"], available_on=usable_from
    )
    return call.save(reversal, balance_transaction=entry["id"])


def list_reversals(call: Call, identity: str) -> Json:
    """The reversals of one transfer."""
    call.found("transfer", identity)
    return page(call, "transfer_reversal", f"{_URL}/{identity}/reversals", {"transfer": identity})


def retrieve_reversal(call: Call, identity: str, reversal: str) -> Json:
    """One reversal of the transfer."""
    found = call.found("transfer_reversal", reversal)
    if found["transfer"] != identity:
        raise no_such("transfer reversal", reversal)
    return found


_URL = "/v1/transfers"
ENDPOINTS = (
    Endpoint(
        "POST",
        _URL,
        create_transfer,
        {
            "amount": required(POSITIVE),
            "currency": required(TEXT),
            "destination": required(TEXT),
            "description": TEXT,
            "metadata": METADATA,
            "source_transaction": TEXT,
            "transfer_group": TEXT,
        },
    ),
    listing("transfer", _URL, destination="destination", transfer_group="transfer_group"),
    retrieving("transfer", _URL),
    Endpoint("POST", f"{_URL}/<identity>", update_transfer, {"description": TEXT, "metadata": METADATA}),
    Endpoint(
        "POST", f"{_URL}/<identity>/reversals", reverse_transfer, {"amount": POSITIVE, "metadata": METADATA}
    ),
    Endpoint("GET", f"{_URL}/<identity>/reversals", list_reversals, PAGE_FIELDS),
    Endpoint("GET", f"{_URL}/<identity>/reversals/<reversal>", retrieve_reversal),
)
