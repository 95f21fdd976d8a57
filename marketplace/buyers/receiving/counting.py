"""What follows from a count: how much of it is accepted, too many, and to be paid for?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.orders.models import PurchaseOrderLine
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.quantity import checked_quantity

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Count:
    """What a person has counted of one line: whole, damaged or wrong, and missing for good."""

    order_line_id: UUID
    accepted: Decimal
    damaged: Decimal = NOTHING
    missing: Decimal = NOTHING


@dataclass(frozen=True)
class Counted:
    """What that means for the line; `amount` is what was accepted, at the line's price."""

    line: PurchaseOrderLine
    accepted: Decimal
    damaged: Decimal
    missing: Decimal
    over: Decimal
    amount: Money


def counted(line: PurchaseOrderLine, count: Count) -> Counted:
    """`count` held against the order: never more than is still to come, the rest is too many. Raises WrongQuantity.

    Whole goods count first, then damaged ones. Raises Invalid where more is missing than is still to come.
    """
    whole, damaged, missing = (
        _checked(figure, line.unit_code) for figure in (count.accepted, count.damaged, count.missing)
    )
    accepted = min(whole, line.owed)
    kept_damaged = min(damaged, line.owed - accepted)
    if missing > line.owed - accepted - kept_damaged:
        raise Invalid(
            _l("“%(name)s”: more is declared missing than is still to come.", name=line.name), field="missing"
        )
    over = whole + damaged - accepted - kept_damaged
    return Counted(line, accepted, kept_damaged, missing, over, _amount(line, accepted))


def expected(
    lines: Sequence[PurchaseOrderLine], announced: Mapping[UUID, Decimal] | None
) -> dict[UUID, Decimal]:
    """How much of each line is expected now: what the shipment announces, or what has left and is not counted yet.

    An order of which nothing has left is expected as a whole.
    """
    if announced is not None:
        return {line.id: announced.get(line.id, NOTHING) for line in lines}
    if not any(line.shipped for line in lines):
        return {line.id: line.owed for line in lines}
    return {line.id: min(max(_under_way(line), NOTHING), line.owed) for line in lines}


def _under_way(line: PurchaseOrderLine) -> Decimal:
    return line.shipped - line.accepted - line.damaged - line.missing


def _checked(figure: Decimal, unit_code: str) -> Decimal:
    return checked_quantity(figure, unit_code) if figure else figure


def _amount(line: PurchaseOrderLine, accepted: Decimal) -> Money:
    """The growth of the rounded total, so that the parts of a line add up to the line's own total."""
    before = min(line.accepted, line.quantity)
    after = min(line.accepted + accepted, line.quantity)
    return line.unit_price.times(after) - line.unit_price.times(before)
