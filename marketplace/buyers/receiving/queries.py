"""What can be asked about receipts, and about what is still to be counted?"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select, text

from marketplace.buyers.orders.lifecycle import AWAITED
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import Progress, progress
from marketplace.buyers.receiving.models import Receipt, ReceiptLine, ReceiptPhoto
from marketplace.foundation.db import fetch, session
from marketplace.foundation.paging import Page, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation_names
from marketplace.sellers.fulfilment.models import Shipment, ShipmentLine

WRONG_COUNTS = """
    SELECT l.id, l.accepted + l.damaged + l.missing + l.over,
        coalesce(sum(r.accepted + r.damaged + r.missing + r.over), 0)
    FROM purchase_order_lines l LEFT JOIN receipt_lines r ON r.order_line_id = l.id
    GROUP BY l.id
    HAVING (l.accepted, l.damaged, l.missing, l.over) IS DISTINCT FROM (coalesce(sum(r.accepted), 0),
        coalesce(sum(r.damaged), 0), coalesce(sum(r.missing), 0), coalesce(sum(r.over), 0))
"""


class Delivery(NamedTuple):
    """An order whose goods are awaited, and its shipments that nobody has counted yet."""

    order: PurchaseOrder
    seller: str
    progress: Progress
    shipments: list[Shipment]


class ListedReceipt(NamedTuple):
    """A receipt as a list shows it."""

    receipt: Receipt
    counterpart: str
    discrepant_lines: int


class CountFinding(NamedTuple):
    """An order line whose counts are not the sum of its receipts."""

    order_line_id: UUID
    kept: Decimal
    summed: Decimal


def receipt(receipt_id: UUID) -> Receipt:
    """That receipt, of either party. Raises NotFound."""
    return fetch(Receipt, receipt_id)


def lines_of(receipt_id: UUID) -> Sequence[ReceiptLine]:
    """What was counted, in the order of the order's lines."""
    statement = select(ReceiptLine).where(ReceiptLine.receipt_id == receipt_id)
    return session().scalars(statement.order_by(ReceiptLine.position)).all()


def photos_of(receipt_id: UUID) -> Sequence[ReceiptPhoto]:
    """The pictures of a receipt."""
    statement = select(ReceiptPhoto).where(ReceiptPhoto.receipt_id == receipt_id)
    return session().scalars(statement.order_by(ReceiptPhoto.id)).all()


def receipts_of(order_id: UUID) -> Sequence[Receipt]:
    """The receipts of an order, newest first."""
    statement = select(Receipt).where(Receipt.order_id == order_id)
    return session().scalars(statement.order_by(Receipt.id.desc())).all()


def receipt_count(order_id: UUID) -> int:
    """How many receipts an order has."""
    return session().scalar(select(func.count()).where(Receipt.order_id == order_id)) or 0


def receipt_of_request(request_id: UUID) -> Receipt | None:
    """The receipt that this click of the actor's organisation has made already, if it has."""
    statement = select(Receipt).where(
        Receipt.request_id == request_id, Receipt.buyer_id == current_actor().organisation
    )
    return session().scalars(statement).one_or_none()


def shipment_to_count(shipment_id: UUID, order_id: UUID) -> Mapping[UUID, Decimal]:
    """What a shipment of that order announces, by order line; nothing for one of another order."""
    statement = select(ShipmentLine.order_line_id, func.sum(ShipmentLine.quantity)).join(
        Shipment, Shipment.id == ShipmentLine.shipment_id
    )
    rows = session().execute(
        statement.where(Shipment.id == shipment_id, Shipment.order_id == order_id).group_by(
            ShipmentLine.order_line_id
        )
    )
    return {row[0]: row[1] for row in rows}


def uncounted_shipments(order_ids: Collection[UUID]) -> dict[UUID, list[Shipment]]:
    """The shipments of those orders without a receipt, oldest first, in one statement."""
    statement = (
        select(Shipment)
        .outerjoin(Receipt, Receipt.shipment_id == Shipment.id)
        .where(Shipment.order_id.in_(order_ids), Receipt.id.is_(None))
    )
    found: dict[UUID, list[Shipment]] = {}
    for shipment in session().scalars(statement.order_by(Shipment.id)):
        found.setdefault(shipment.order_id, []).append(shipment)
    return found


def deliveries() -> Page[Delivery]:
    """One page of the orders whose goods the actor's organisation awaits, newest first; four statements."""
    mine = PurchaseOrder.buyer_id == current_actor().organisation
    page = newest_first(select(PurchaseOrder).where(mine, PurchaseOrder.status.in_(AWAITED)), PurchaseOrder)
    ids = {order.id for order in page.rows}
    names = organisation_names({order.seller_id for order in page.rows})
    made, sent = progress(ids), uncounted_shipments(ids)
    rows = [
        Delivery(order, names[order.seller_id], made[order.id], sent.get(order.id, [])) for order in page.rows
    ]
    return Page(rows, after=page.after, before=page.before)


def receipts() -> Page[ListedReceipt]:
    """One page of the receipts of the actor's organisation, on either side, newest first; three statements."""
    here = current_actor().organisation
    mine = select(Receipt).where(or_(Receipt.buyer_id == here, Receipt.seller_id == here))
    page = newest_first(mine, Receipt)
    others = {row.id: row.seller_id if row.buyer_id == here else row.buyer_id for row in page.rows}
    names, wrong = organisation_names(set(others.values())), discrepant_lines(others)
    rows = [ListedReceipt(row, names[others[row.id]], wrong.get(row.id, 0)) for row in page.rows]
    return Page(rows, after=page.after, before=page.before)


def discrepant_lines(receipt_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many lines of each receipt were damaged, missing or too many, in one statement."""
    line = ReceiptLine
    statement = (
        select(line.receipt_id, func.count())
        .where(line.receipt_id.in_(receipt_ids), line.damaged + line.missing + line.over > 0)
        .group_by(line.receipt_id)
    )
    return {row[0]: row[1] for row in session().execute(statement)}


def count_findings() -> list[CountFinding]:
    """Every order line whose counts are not the sum of its receipts; for the platform's own check."""
    return [CountFinding(*row) for row in session().execute(text(WRONG_COUNTS))]
