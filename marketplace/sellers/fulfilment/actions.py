"""What can be done with what is to be shipped?

Opening, agreeing, closing and replacing follow the news of an order; the seller ships and notes where a parcel is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from marketplace.events.buyers import OrderConfirmed, OrderLineNews, OrderPlaced
from marketplace.events.sellers import ShipmentTracked
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, new_id, save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.files import store_file
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.numbering import next_number
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.permissions import Permission
from marketplace.sellers.fulfilment import parcels, queries
from marketplace.sellers.fulfilment.lifecycle import FULFILMENT, SHIPMENT, FulfilmentState, ShipmentState
from marketplace.sellers.fulfilment.models import FulfilmentLine, FulfilmentOrder, Shipment, ShipmentEvent
from marketplace.sellers.fulfilment.picking import Scanned, read_scanned
from marketplace.sellers.stock.actions import Paper, consume_reservation

CLOSE = "select doors.close_fulfilment(:order_id)"


@dataclass(frozen=True)
class ShipLine:
    """So much of one order line leaves now, from where it was proposed, or from what was `scanned` (picking.py)."""

    order_line_id: UUID
    quantity: Decimal
    scanned: Sequence[str] = ()


def open_fulfilment(news: OrderPlaced) -> FulfilmentOrder:
    """Open the seller's work on a new order, as the platform; nothing may be shipped before it is agreed."""
    row = save(
        FulfilmentOrder(
            order_id=news.subject_id,
            buyer_id=news.buyer_id,
            seller_id=news.seller_id,
            number=news.number,
            version=news.version,
            ship_to=news.ship_to,
            promised_on=news.requested_on,
        )
    )
    session().add_all([_line(row, line) for line in news.lines])
    return row


def agree_fulfilment(news: OrderConfirmed) -> FulfilmentOrder:
    """Let the seller ship the quantities of the version that both parties agree on, as the platform."""
    row = queries.fulfilment_for_update(news.subject_id)
    known = {line.order_line_id: line for line in queries.lines_of(row.id)}
    agreed = {line.order_line_id: line for line in news.lines}
    for line_id, line in known.items():
        line.ordered = agreed[line_id].quantity if line_id in agreed else Decimal(0)
    session().add_all([_line(row, agreed[line_id]) for line_id in agreed if line_id not in known])
    row.version, row.promised_on = news.version, news.confirmed_on
    if row.status == FulfilmentState.NEW:
        FULFILMENT.move(row, FulfilmentState.READY)
    return row


def close_fulfilment(*, order_id: UUID) -> bool:
    """Let nothing leave for this order any more, as its buyer or its seller, in the transaction that ends the order.

    To be called before stock is released: it waits for a shipment that is being written in the same moment, which
    takes the work first and stock after it, too. Returns False where goods have left: then it is not
    closed, and the order cannot be taken back. An order that is not open here yet, or closed already, gives True.
    """
    return bool(session().scalar(text(CLOSE), {"order_id": order_id}))


def cancel_fulfilment(*, order_id: UUID) -> None:
    """Close the work on an order that was refused or cancelled, as the platform, where that is not done already."""
    row = queries.fulfilment_for_update(order_id)
    if row.status in (FulfilmentState.NEW, FulfilmentState.READY):
        FULFILMENT.move(row, FulfilmentState.CANCELLED)


def drop_remainder(*, order_id: UUID, order_line_id: UUID) -> None:
    """Let nothing more of what was ordered of this line leave, as the platform: the buyer awaits no more of it."""
    row = queries.fulfilment_for_update(order_id)
    lines = queries.lines_of(row.id)
    for line in lines:
        if line.order_line_id == order_line_id:
            line.dropped = max(line.ordered - line.shipped, Decimal(0))
    if row.is_open and not any(line.remainder for line in lines):
        FULFILMENT.move(row, FulfilmentState.CANCELLED)


def replace_goods(*, order_id: UUID, replacements: Mapping[UUID, Decimal]) -> None:
    """Let quantities (by order line) be shipped again, as the platform; never more than was ordered of a line."""
    row = queries.fulfilment_for_update(order_id)
    for line in queries.lines_of(row.id):
        line.replacing = parcels.sent_again(line, replacements)
    if row.status in (FulfilmentState.SHIPPED, FulfilmentState.CANCELLED):
        FULFILMENT.move(row, FulfilmentState.PARTLY_SHIPPED)


def ship(
    *,
    order_id: UUID,
    lines: Sequence[ShipLine],
    carrier: str,
    tracking_number: str,
    expected_on: date,
    request_id: UUID | None = None,
) -> Shipment:
    """Write that these quantities have left; what is left of the order stays to be shipped.

    The same `request_id` gives the same shipment: a second click ships nothing. Raises Overshipped, Invalid,
    OutOfStock, NotThere, ReservationLost, WrongState, NotYourMove.
    """
    order = queries.fulfilment_for_update(order_id)
    request_id = request_id or new_id()
    earlier = queries.shipment_of_request(request_id)
    if earlier is not None:
        return earlier
    if expected_on < clock.today():
        raise Invalid(_l("The goods cannot arrive before they have left."), field="expected_on")
    known = queries.lines_of(order.id)
    leaving = parcels.packed(known, _by_line(lines), _taken(known, lines))
    shipment = parcels.shipment_of(
        order,
        number=next_number(order.seller_id, "DN"),
        request_id=request_id,
        carrier=carrier,
        tracking_number=tracking_number,
        expected_on=expected_on,
        shipped_by=current_actor().person_name,
    )
    FULFILMENT.move(order, parcels.state_after(known, leaving), news=parcels.goods_shipped(shipment, leaving))
    order.pick_list_asked_at = order.pick_list_file_id = None
    _write(shipment, leaving)
    return shipment


def ask_for_pick_list(*, order_id: UUID) -> FulfilmentOrder:
    """Have the pick list of what is to be shipped now drawn up, as its seller. Raises NotYourMove, WrongState."""
    order = queries.fulfilment_for_update(order_id)
    _check_may_ship()
    if not order.is_open:
        raise WrongState(_l("Nothing of this order is to be shipped now."))
    order.pick_list_asked_at, order.pick_list_file_id = clock.now(), None
    session().flush()
    return order


def track_shipment(
    *, shipment_id: UUID, happened_at: datetime, place: str, remark: str, is_delivered: bool = False
) -> ShipmentEvent:
    """Note where a parcel was seen, for both sides; with `is_delivered` it has arrived. Raises Invalid, WrongState."""
    shipment = fetch(Shipment, shipment_id, lock=True)
    if not shipment.shipped_at.replace(second=0, microsecond=0) <= happened_at <= clock.now():
        raise Invalid(_l("A parcel is seen after it has left, and not in the future."), field="happened_at")
    news = ShipmentTracked(
        subject_id=shipment.order_id,
        **shipment.parties,
        shipment_id=shipment.id,
        shipment_number=shipment.number,
        place=place,
        comment=remark,
        is_delivered=is_delivered,
    )
    if is_delivered:
        SHIPMENT.move(shipment, ShipmentState.DELIVERED, news=news)
    else:
        _check_may_ship()
        announce(news)
    return save(
        ShipmentEvent(
            shipment_id=shipment.id,
            **shipment.parties,
            happened_at=happened_at,
            place=place,
            remark=remark,
            noted_by=current_actor().person_name,
        )
    )


def file_packing_slip(*, shipment_id: UUID, content: bytes, name: str) -> None:
    """Keep the packing slip of a shipment with both parties; a second one of the same shipment is dropped."""
    shipment = fetch(Shipment, shipment_id, lock=True)
    if shipment.file_id is None:
        file = store_file(
            content,
            name=name,
            media_type="application/pdf",
            owner_id=shipment.seller_id,
            counterparty_id=shipment.buyer_id,
        )
        shipment.file_id = file.id


def file_pick_list(*, order_id: UUID, asked_at: datetime, content: bytes, name: str) -> None:
    """Keep the pick list that was asked for then, for its seller; one that has been overtaken is dropped."""
    order = queries.fulfilment_for_update(order_id)
    if order.pick_list_asked_at == asked_at and order.pick_list_file_id is None:
        file = store_file(content, name=name, media_type="application/pdf", owner_id=order.seller_id)
        order.pick_list_file_id = file.id


def _line(order: FulfilmentOrder, line: OrderLineNews) -> FulfilmentLine:
    return FulfilmentLine(
        fulfilment_id=order.id,
        **order.parties,
        order_line_id=line.order_line_id,
        position=line.position,
        product_id=line.product_id,
        sku=line.sku,
        name=line.name,
        unit_code=line.unit_code,
        ordered=line.quantity,
    )


def _by_line(lines: Sequence[ShipLine]) -> dict[UUID, Decimal]:
    wanted: dict[UUID, Decimal] = {}
    for line in lines:
        wanted[line.order_line_id] = wanted.get(line.order_line_id, Decimal(0)) + line.quantity
    return wanted


def _taken(known: Sequence[FulfilmentLine], lines: Sequence[ShipLine]) -> dict[UUID, list[parcels.Taken]]:
    """From where the goods were taken, by order line, where somebody scanned it. Raises Invalid."""
    products = {line.order_line_id: line.product_id for line in known}
    scanned = {
        line.order_line_id: read_scanned(line.scanned, line.quantity, field=f"from-{line.order_line_id}")
        for line in lines
        if line.scanned and line.order_line_id in products
    }
    codes = {entry.code for entries in scanned.values() for entry in entries}
    places = queries.places_called({products[line_id] for line_id in scanned}, codes) if codes else {}
    return {
        line_id: [_place(places, products[line_id], entry, f"from-{line_id}") for entry in entries]
        for line_id, entries in scanned.items()
    }


def _place(
    places: Mapping[tuple[UUID | None, str], parcels.Taken], product_id: UUID, entry: Scanned, field: str
) -> parcels.Taken:
    place = places.get((product_id, entry.code)) or places.get((None, entry.code))
    if place is None:
        sentence = _l("“%(code)s” is neither a bin nor a number of this product.", code=entry.code)
        raise Invalid(sentence, field=field)
    return replace(place, quantity=entry.quantity)


def _write(shipment: Shipment, leaving: Sequence[parcels.Packed]) -> None:
    """What was ordered comes from the order's reservation, what is sent again from what is free."""
    shares = ((shipment.order_id, parcels.reserved_part(leaving)), (shipment.id, parcels.free_part(leaving)))
    save(shipment)
    session().add_all([parcels.line_of(shipment, part) for part in leaving])
    session().flush()
    for holder_id, taken in shares:
        if taken:
            consume_reservation(holder_id=holder_id, lines=taken, paper=Paper(shipment.id, shipment.number))
    for part in leaving:
        session().expire(part.line)  # the database has counted what was shipped of it


def _check_may_ship() -> None:
    if not current_actor().permits(Permission.GOODS_SHIP):
        raise NotYourMove(_l("You are not allowed to do this."))
