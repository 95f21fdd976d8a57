"""What goes into a parcel, and what is left after it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from marketplace.events.sellers import GoodsShipped, ShippedLine
from marketplace.foundation.db import new_id
from marketplace.foundation.errors import Conflict, Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.quantity import checked_quantity
from marketplace.sellers.fulfilment.lifecycle import FulfilmentState
from marketplace.sellers.fulfilment.models import FulfilmentLine, FulfilmentOrder, Shipment, ShipmentLine
from marketplace.sellers.stock.actions import StockLine

NOTHING = Decimal(0)


class Overshipped(Conflict):
    """More would leave than is still to be shipped."""


@dataclass(frozen=True)
class Taken:
    """So much was taken from a certain bin, or of a certain batch."""

    quantity: Decimal
    bin_id: UUID | None = None
    batch_id: UUID | None = None


@dataclass(frozen=True)
class Packed:
    """So much of one line of the work leaves in this parcel; `taken` from there, or as it was proposed."""

    line: FulfilmentLine
    quantity: Decimal
    taken: Sequence[Taken] = ()

    @property
    def first(self) -> Decimal:
        """The part that was ordered, and is reserved for the order."""
        line = self.line
        return min(self.quantity, max(line.ordered - line.dropped - line.shipped, NOTHING))

    @property
    def again(self) -> Decimal:
        """The part that replaces goods sent before; it was never reserved."""
        return self.quantity - self.first


def packed(
    known: Sequence[FulfilmentLine],
    wanted: Mapping[UUID, Decimal],
    taken: Mapping[UUID, Sequence[Taken]] = MappingProxyType({}),
) -> list[Packed]:
    """What leaves, in the order of the lines, of the quantities that are wanted by order line.

    Raises Invalid for nothing, or a wrong quantity; Overshipped for too much.
    """
    by_id = {line.order_line_id: line for line in known}
    if wanted.keys() - by_id.keys():
        raise Invalid(_l("This line is not of this order."))
    leaving = [
        _packed(by_id[line_id], quantity, taken.get(line_id, ()))
        for line_id, quantity in wanted.items()
        if quantity
    ]
    if not leaving:
        raise Invalid(_l("Please say how much leaves: at least one quantity."))
    return sorted(leaving, key=lambda part: part.line.position)


def state_after(known: Sequence[FulfilmentLine], leaving: Sequence[Packed]) -> FulfilmentState:
    """How far the work is once the parcel has left."""
    gone = {part.line.id: part.quantity for part in leaving}
    is_left = any(line.remainder > gone.get(line.id, NOTHING) for line in known)
    return FulfilmentState.PARTLY_SHIPPED if is_left else FulfilmentState.SHIPPED


def reserved_part(leaving: Sequence[Packed]) -> list[StockLine]:
    """What the order's reservation gives."""
    return [line for part in leaving for line in _cut(part, NOTHING, part.first)]


def free_part(leaving: Sequence[Packed]) -> list[StockLine]:
    """What comes from goods that nobody has reserved."""
    return [line for part in leaving for line in _cut(part, part.first, part.quantity)]


def shipment_of(
    order: FulfilmentOrder,
    *,
    number: str,
    request_id: UUID,
    carrier: str,
    tracking_number: str,
    expected_on: date,
    shipped_by: str,
) -> Shipment:
    """The shipment as it will be written."""
    return Shipment(
        id=new_id(),
        fulfilment_id=order.id,
        order_id=order.order_id,
        order_number=order.number,
        **order.parties,
        number=number,
        request_id=request_id,
        ship_to=order.ship_to,
        carrier=carrier,
        tracking_number=tracking_number,
        expected_on=expected_on,
        promised_on=order.promised_on,
        shipped_by=shipped_by,
    )


def line_of(shipment: Shipment, part: Packed) -> ShipmentLine:
    """One line of the shipment as it will be written."""
    line = part.line
    return ShipmentLine(
        shipment_id=shipment.id,
        fulfilment_line_id=line.id,
        **shipment.parties,
        order_line_id=line.order_line_id,
        product_id=line.product_id,
        position=line.position,
        sku=line.sku,
        name=line.name,
        unit_code=line.unit_code,
        quantity=part.quantity,
    )


def goods_shipped(shipment: Shipment, leaving: Sequence[Packed]) -> GoodsShipped:
    """The ship notice."""
    return GoodsShipped(
        subject_id=shipment.order_id,
        **shipment.parties,
        shipment_id=shipment.id,
        shipment_number=shipment.number,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        expected_on=shipment.expected_on,
        lines=[ShippedLine(part.line.order_line_id, part.line.product_id, part.quantity) for part in leaving],
    )


def sent_again(line: FulfilmentLine, replacements: Mapping[UUID, Decimal]) -> Decimal:
    """How much of the line is sent again in all, after a settlement; never more than was ordered of it."""
    return min(line.replacing + replacements.get(line.order_line_id, NOTHING), line.ordered)


def _packed(line: FulfilmentLine, quantity: Decimal, taken: Sequence[Taken]) -> Packed:
    field = f"line-{line.order_line_id}"
    checked_quantity(quantity, line.unit_code, field=field)
    if quantity > line.remainder:
        raise Overshipped(_l("Of “%(name)s” less is left to ship than that.", name=line.name), field=field)
    if taken and sum(part.quantity for part in taken) != quantity:
        raise Invalid(
            _l("What was taken of “%(name)s” does not add up to what leaves.", name=line.name),
            field=f"from-{line.order_line_id}",
        )
    return Packed(line, quantity, taken)


def _cut(part: Packed, since: Decimal, until: Decimal) -> list[StockLine]:
    """The lines of stock for what is between `since` and `until` of the part, along what it was taken from."""
    found, begin = [], NOTHING
    for taken in part.taken or [Taken(part.quantity)]:
        amount = min(begin + taken.quantity, until) - max(begin, since)
        if amount > 0:
            found.append(StockLine(part.line.product_id, amount, taken.bin_id, taken.batch_id))
        begin += taken.quantity
    return found
