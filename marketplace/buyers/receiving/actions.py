"""What can be done with goods that have arrived? They are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.orders import queries as orders
from marketplace.buyers.orders.announcements import named
from marketplace.buyers.orders.lifecycle import AGREED, AWAITED, ORDER, OrderState
from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.receiving.counting import Count, Counted, counted, expected
from marketplace.buyers.receiving.models import Receipt, ReceiptLine, ReceiptPhoto
from marketplace.buyers.receiving.pictures import MEDIA_TYPE, cleaned
from marketplace.buyers.receiving.queries import receipt_count, receipt_of_request, shipment_to_count
from marketplace.events.buyers import GoodsReceived, OrderCompleted, OrderLineCompleted, ReceivedLine
from marketplace.foundation import clock
from marketplace.foundation.db import new_id, save, session
from marketplace.foundation.errors import Conflict, Invalid, NotFound
from marketplace.foundation.files import store_file
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.numbering import next_number
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.permissions import Permission

HOUR = Decimal(3600)


class CountedMeanwhile(Conflict):
    """Somebody else has counted a delivery of the same order since the page was opened."""


@dataclass(frozen=True)
class Photo:
    """A picture of one line, or of the delivery as a whole."""

    content: bytes
    order_line_id: UUID | None = None


def record_receipt(
    *,
    order_id: UUID,
    counts: Sequence[Count],
    note: str | None = None,
    received_on: date | None = None,
    shipment_id: UUID | None = None,
    photos: Sequence[Photo] = (),
    request_id: UUID | None = None,
    receipts_seen: int | None = None,
) -> Receipt:
    """Write what has arrived, of one shipment or of none; a line is complete with its last part.

    The same `request_id` gives the same receipt: a second click counts nothing. `receipts_seen` is how many receipts
    the person knew of. Raises CountedMeanwhile, Invalid, NoPicture, WrongQuantity, WrongState, NotYourMove, NotFound.
    """
    order = orders.order_for_update(order_id)
    request_id = request_id or new_id()
    earlier = receipt_of_request(request_id)
    if earlier is not None:
        return earlier
    _check_may_count(order, receipts_seen)
    lines = orders.lines_of(order_id)
    awaited = expected(lines, _announced(order_id, shipment_id))
    found = _counted(lines, counts)
    receipt = _write(order, shipment_id, request_id, _checked_day(order, received_on), note or "")
    session().add_all([_line(receipt, row, awaited[row.line.id]) for row in found])
    _keep_photos(receipt, photos, {line.id for line in lines})
    session().flush()
    _announce(order, receipt, found)
    _follow(order, {line.id for line in lines if line.completed_on is None})
    return receipt


def _check_may_count(order: PurchaseOrder, receipts_seen: int | None) -> None:
    actor = current_actor()
    if order.buyer_id != actor.organisation_id or not actor.permits(Permission.GOODS_RECEIVE):
        raise NotYourMove(_l("You are not allowed to do this."))
    if order.status not in AGREED:
        raise WrongState(_l("Goods are counted for orders that both parties have agreed on."))
    if receipts_seen is not None and receipts_seen != receipt_count(order.id):
        raise CountedMeanwhile(
            _l("Somebody has counted a delivery of this order meanwhile. Please look at it and count again.")
        )


def _announced(order_id: UUID, shipment_id: UUID | None) -> Mapping[UUID, Decimal] | None:
    if shipment_id is None:
        return None
    announced = shipment_to_count(shipment_id, order_id)
    if not announced:
        raise NotFound(_l("There is nothing here that you may see."))
    return announced


def _counted(lines: Sequence[PurchaseOrderLine], counts: Sequence[Count]) -> list[Counted]:
    known = {line.id: line for line in lines}
    if any(count.order_line_id not in known for count in counts):
        raise NotFound(_l("There is nothing here that you may see."))
    if len({count.order_line_id for count in counts}) < len(counts):
        raise Invalid(_l("A line is counted once in a receipt."))
    found = [
        counted(known[count.order_line_id], count)
        for count in counts
        if count.accepted or count.damaged or count.missing
    ]
    if not found:
        raise Invalid(_l("Please count at least one line."))
    return found


def _checked_day(order: PurchaseOrder, received_on: date | None) -> date:
    day = received_on or clock.today()
    if not clock.day_of(order.placed_at) <= day <= clock.today():
        raise Invalid(_l("Goods arrive after they were ordered, and not in the future."), field="received_on")
    return day


def _write(
    order: PurchaseOrder, shipment_id: UUID | None, request_id: UUID, received_on: date, note: str
) -> Receipt:
    return save(
        Receipt(
            order_id=order.id,
            **order.parties,
            number=next_number(order.buyer_id, "GR"),
            order_number=order.number,
            shipment_id=shipment_id,
            request_id=request_id,
            received_on=received_on,
            counted_by=current_actor().person_name,
            note=note,
        )
    )


def _line(receipt: Receipt, found: Counted, awaited: Decimal) -> ReceiptLine:
    return ReceiptLine(
        receipt_id=receipt.id,
        **receipt.parties,
        order_line_id=found.line.id,
        position=found.line.position,
        sku=found.line.sku,
        name=found.line.name,
        unit_code=found.line.unit_code,
        expected=awaited,
        accepted=found.accepted,
        damaged=found.damaged,
        missing=found.missing,
        over=found.over,
    )


def _keep_photos(receipt: Receipt, photos: Sequence[Photo], line_ids: set[UUID]) -> None:
    for number, photo in enumerate(photos, start=1):
        file = store_file(
            cleaned(photo.content),
            name=f"{receipt.number}-{number}.jpg",
            media_type=MEDIA_TYPE,
            owner_id=receipt.buyer_id,
            counterparty_id=receipt.seller_id,
        )
        line_id = photo.order_line_id if photo.order_line_id in line_ids else None
        session().add(
            ReceiptPhoto(receipt_id=receipt.id, **receipt.parties, order_line_id=line_id, file_id=file.id)
        )


def _announce(order: PurchaseOrder, receipt: Receipt, found: Sequence[Counted]) -> None:
    announce(
        GoodsReceived(
            **named(order),
            receipt_id=receipt.id,
            receipt_number=receipt.number,
            received_on=receipt.received_on,
            currency=order.total.currency,
            lines=[
                ReceivedLine(
                    order_line_id=row.line.id,
                    product_id=row.line.product_id,
                    accepted=row.accepted,
                    damaged=row.damaged,
                    missing=row.missing,
                    amount=row.amount.amount,
                )
                for row in found
            ],
        )
    )


def _follow(order: PurchaseOrder, open_before: set[UUID]) -> None:
    """The database has counted; the order follows: lines that are complete now, and the order with the last."""
    lines = orders.lines_of(order.id)
    for line in lines:
        if line.id in open_before and line.completed_on is not None:
            announce(_line_completed(order, line, line.completed_on))
    if order.status not in AWAITED:
        return
    if all(line.is_complete for line in lines):
        ORDER.move(order, OrderState.RECEIVED, news=OrderCompleted(**named(order)))
    elif order.status == OrderState.CONFIRMED:
        ORDER.move(order, OrderState.SHIPPED)
    session().flush()


def _line_completed(order: PurchaseOrder, line: PurchaseOrderLine, completed_on: date) -> OrderLineCompleted:
    return OrderLineCompleted(
        **named(order),
        order_line_id=line.id,
        product_id=line.product_id,
        ordered=line.quantity,
        accepted=line.accepted,
        damaged=line.damaged,
        promised_on=line.promised_on or order.requested_on,
        completed_on=completed_on,
        confirmed_after_hours=_hours_to_confirm(order),
    )


def _hours_to_confirm(order: PurchaseOrder) -> Decimal | None:
    if order.confirmed_at is None:
        return None
    seconds = Decimal((order.confirmed_at - order.placed_at).total_seconds())
    return (seconds / HOUR).quantize(Decimal("0.01"))
