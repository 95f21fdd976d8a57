"""What is contested, and how much of the order's money is that?"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.receiving.models import Receipt, ReceiptLine
from marketplace.disputes.cases.models import DisputeReason
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_money, write_quantity
from marketplace.foundation.quantity import checked_quantity


@dataclass(frozen=True)
class ContestedLine:
    """So much of one order line is wrong; without a quantity, the line as a whole."""

    order_line_id: UUID
    quantity: Decimal | None = None


@dataclass(frozen=True)
class Claim:
    """What a receipt says is wrong, ready to be opened as a dispute."""

    lines: list[ContestedLine]
    amount: Money
    reason: DisputeReason
    body: str


def chosen_lines(
    order_lines: Sequence[PurchaseOrderLine], contested: Sequence[ContestedLine]
) -> list[tuple[PurchaseOrderLine, Decimal | None]]:
    """The order lines at issue with their quantities, by position. Raises NotFound, Invalid, WrongQuantity."""
    known = {line.id: line for line in order_lines}
    wanted = {line.order_line_id: line.quantity for line in contested}
    if not set(wanted) <= set(known):
        raise NotFound(_l("There is nothing here that you may see."))
    if not wanted or len(wanted) < len(contested):
        raise Invalid(_l("Please choose what the dispute is about."), field="lines")
    for line_id, quantity in wanted.items():
        if quantity is not None:
            _check_quantity(known[line_id], quantity)
    return [(line, wanted[line.id]) for line in order_lines if line.id in wanted]


def contested_amount(
    order: PurchaseOrder, chosen: Sequence[tuple[PurchaseOrderLine, Decimal | None]], amount: Decimal | None
) -> Money:
    """What is contested: `amount`, or what the chosen quantities cost. Raises Invalid beyond the lines' own total."""
    currency = order.total.currency
    most = Money.total((line.line_total for line, _quantity in chosen), currency)
    computed = Money.total((worth(line, quantity) for line, quantity in chosen), currency)
    found = min(computed, most) if amount is None else Money(amount, currency)
    if found.rounded() != found:
        raise Invalid(_l("This amount has too many decimals."), field="amount")
    if found.amount <= 0 or found > most:
        raise Invalid(
            _l("More than nothing and no more than %(amount)s can be contested.", amount=write_money(most)),
            field="amount",
        )
    return found


def worth(line: PurchaseOrderLine, quantity: Decimal | None) -> Money:
    """What so much of a line costs."""
    return line.line_total if quantity is None else line.unit_price.times(quantity)


def claim_of(
    receipt: Receipt, counted: Sequence[ReceiptLine], order_lines: Sequence[PurchaseOrderLine]
) -> Claim:
    """What was damaged and missing in a receipt, and what that costs. Raises Invalid where nothing was."""
    wrong = {line.order_line_id: line for line in counted if line.damaged + line.missing > 0}
    if not wrong:
        raise Invalid(_l("Nothing was damaged or missing in this receipt."))
    priced = [
        (line, wrong[line.id].damaged + wrong[line.id].missing) for line in order_lines if line.id in wrong
    ]
    currency = priced[0][0].unit_price.currency
    is_damaged = any(line.damaged for line in wrong.values())
    return Claim(
        lines=[ContestedLine(line.id, quantity) for line, quantity in priced],
        amount=Money.total((worth(line, quantity) for line, quantity in priced), currency),
        reason=DisputeReason.DAMAGED if is_damaged else DisputeReason.SHORT,
        body="\n".join(
            [_("As counted in receipt %(number)s:", number=receipt.number), *map(_told, wrong.values())]
        ),
    )


def _told(line: ReceiptLine) -> str:
    told = []
    if line.damaged:
        told.append(_("%(number)s damaged", number=write_quantity(line.damaged, line.unit_code)))
    if line.missing:
        told.append(_("%(number)s missing", number=write_quantity(line.missing, line.unit_code)))
    return f"– {line.name} ({line.sku}): {', '.join(told)}"


def _check_quantity(line: PurchaseOrderLine, quantity: Decimal) -> None:
    checked_quantity(quantity, line.unit_code, field="lines")
    if quantity > line.quantity:
        ordered = write_quantity(line.quantity, line.unit_code)
        raise Invalid(
            _l("“%(name)s”: no more than the %(number)s ordered.", name=line.name, number=ordered),
            field="lines",
        )
