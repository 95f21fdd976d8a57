"""Which papers are drawn up for goods that leave, and when?"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.background import enqueue, job
from marketplace.foundation.db import session
from marketplace.foundation.documents import render_pdf
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.fulfilment import actions, queries
from marketplace.sellers.fulfilment.models import FulfilmentOrder, Shipment

PATIENCE = timedelta(minutes=2)
AT_ONCE = 500


@job(queue="documents")
def draw_up_packing_slip(*, shipment_id: UUID, seller_id: UUID) -> None:
    """Render the paper that goes into the parcel, in the buyer's language, and file it once with both parties."""
    with unit_of_work(automatic(seller_id), read_only=True):
        shipment = queries.shipment(shipment_id)
        if shipment.file_id is not None:
            return
        buyer, seller = organisation(shipment.buyer_id), organisation(shipment.seller_id)
        content = render_pdf(
            "documents/packing_slip.html",
            language=buyer.language,
            shipment=shipment,
            lines=queries.contents(shipment_id),
            buyer=buyer,
            seller=seller,
        )
    with unit_of_work(automatic(seller_id)):
        actions.file_packing_slip(shipment_id=shipment_id, content=content, name=f"{shipment.number}.pdf")


@job(queue="documents")
def draw_up_pick_list(*, order_id: UUID, seller_id: UUID) -> None:
    """Render the way through the warehouse for what is left of an order, in the seller's language."""
    with unit_of_work(automatic(seller_id), read_only=True):
        order = queries.fulfilment(order_id)
        if order.pick_list_asked_at is None or order.pick_list_file_id is not None:
            return
        content = render_pdf(
            "documents/pick_list.html",
            language=organisation(seller_id).language,
            order=order,
            picks=queries.pick_list(order),
            buyer=organisation(order.buyer_id),
        )
    with unit_of_work(automatic(seller_id)):
        actions.file_pick_list(
            order_id=order_id, asked_at=order.pick_list_asked_at, content=content, name=f"{order.number}.pdf"
        )


def draw_up_missing_papers() -> int:
    """Enqueue the papers that a crash, or a time without workers, left undone: some at once, the oldest first.

    For the schedule; returns how many that were.
    """
    patience = clock.now() - PATIENCE
    with unit_of_work(platform("draw up missing papers"), read_only=True):
        slips = session().execute(
            select(Shipment.id, Shipment.seller_id)
            .where(Shipment.file_id.is_(None), Shipment.shipped_at < patience)
            .order_by(Shipment.shipped_at)
            .limit(AT_ONCE)
        )
        lists = session().execute(
            select(FulfilmentOrder.order_id, FulfilmentOrder.seller_id)
            .where(FulfilmentOrder.pick_list_file_id.is_(None), FulfilmentOrder.pick_list_asked_at < patience)
            .order_by(FulfilmentOrder.pick_list_asked_at)
            .limit(AT_ONCE)
        )
        slip_ids, list_ids = slips.all(), lists.all()
    for row in slip_ids:
        enqueue(draw_up_packing_slip, shipment_id=row.id, seller_id=row.seller_id)
    for row in list_ids:
        enqueue(draw_up_pick_list, order_id=row.order_id, seller_id=row.seller_id)
    return len(slip_ids) + len(list_ids)
