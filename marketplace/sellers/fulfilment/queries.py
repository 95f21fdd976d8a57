"""What can be asked about what is to be shipped, and what was?"""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, text

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, fetch_all, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.paging import Page, by_day, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.fulfilment import picking
from marketplace.sellers.fulfilment.lifecycle import OPEN, FulfilmentState
from marketplace.sellers.fulfilment.models import (
    FulfilmentLine,
    FulfilmentOrder,
    Shipment,
    ShipmentEvent,
    ShipmentLine,
)
from marketplace.sellers.fulfilment.parcels import Taken
from marketplace.sellers.fulfilment.picking import PickLine
from marketplace.sellers.stock.models import MovementKind, StockBatch, StockMovement
from marketplace.sellers.stock.queries import batches_by_id, picks
from marketplace.sellers.warehouses.queries import bins_by_id, bins_called

F = FulfilmentOrder
MISCOUNTED = (
    "select l.id, l.shipped, coalesce(sum(s.quantity), 0) from fulfilment_lines l"
    " left join shipment_lines s on s.fulfilment_line_id = l.id group by l.id, l.shipped"
    " having l.shipped <> coalesce(sum(s.quantity), 0)"
)
IS_LEFT = FulfilmentLine.ordered - FulfilmentLine.dropped + FulfilmentLine.replacing > FulfilmentLine.shipped


class WorkFigures(NamedTuple):
    """How many orders of the seller wait for what."""

    to_ship: int
    late: int
    due_today: int
    not_agreed: int


class Sent(NamedTuple):
    """So much of a batch left in a shipment (None: it left before shipments were written down with it)."""

    shipment: Shipment | None
    movement: StockMovement


class CountFinding(NamedTuple):
    """A line whose shipped quantity is not the sum of its shipments."""

    line_id: UUID
    shipped: Decimal
    summed: Decimal


def fulfilment(order_id: UUID) -> FulfilmentOrder:
    """The work on that order. Raises NotFound."""
    return _the_one(select(F).where(F.order_id == order_id))


def fulfilment_for_update(order_id: UUID) -> FulfilmentOrder:
    """The same, locked until the transaction ends; NotFound also for its buyer, who does not write it."""
    wanted = select(F).where(F.order_id == order_id).with_for_update()
    return _the_one(wanted.execution_options(populate_existing=True))


def lines_of(fulfilment_id: UUID) -> Sequence[FulfilmentLine]:
    """Its lines, in their order."""
    wanted = select(FulfilmentLine).where(FulfilmentLine.fulfilment_id == fulfilment_id)
    return session().scalars(wanted.order_by(FulfilmentLine.position, FulfilmentLine.id)).all()


def work(view: str) -> Page[FulfilmentOrder]:
    """One page of the seller's work: "open", "late", "today", "new" by promised day, "done" by age."""
    mine = select(F).where(F.seller_id == current_actor().organisation)
    if view == "done":
        ended = (FulfilmentState.SHIPPED, FulfilmentState.CANCELLED)
        return newest_first(mine.where(F.status.in_(ended)), F)
    return by_day(mine.where(*_conditions(view)), F.promised_on, F)


def work_figures() -> WorkFigures:
    """How much work there is, in one statement."""
    today, is_open = clock.today(), F.status.in_(OPEN)
    counts = select(
        func.count().filter(is_open),
        func.count().filter(is_open, F.promised_on < today),
        func.count().filter(is_open, F.promised_on == today),
        func.count().filter(F.status == FulfilmentState.NEW),
    ).where(F.seller_id == current_actor().organisation, F.status.in_((*OPEN, FulfilmentState.NEW)))
    return WorkFigures(*session().execute(counts).one())


def open_lines(fulfilment_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many lines still have a remainder, and how many there are, by fulfilment; in one statement."""
    line = FulfilmentLine
    counts = (
        select(line.fulfilment_id, func.count().filter(IS_LEFT), func.count())
        .where(line.fulfilment_id.in_(fulfilment_ids))
        .group_by(line.fulfilment_id)
    )
    return {row[0]: (row[1], row[2]) for row in session().execute(counts)}


def pick_list(order: FulfilmentOrder) -> list[PickLine]:
    """What is left to be fetched, along the way through the warehouses; three statements, however many lines.

    Of each product what expires first comes first; what nothing lies there for comes last.
    """
    wanted = select(FulfilmentLine).where(FulfilmentLine.fulfilment_id == order.id, IS_LEFT)
    lines = session().scalars(wanted.order_by(FulfilmentLine.position, FulfilmentLine.id)).all()
    found = picks(order.order_id, picking.wanted_by(lines))
    places = {pick for chosen in found.values() for pick in chosen}
    return picking.pick_lines(
        lines,
        found,
        bins=bins_by_id({pick.bin_id for pick in places}),
        batches=batches_by_id({pick.batch_id for pick in places if pick.batch_id}),
    )


def recall(batch_id: UUID) -> Page[Sent]:
    """Which shipments got something of a batch, and how much: one page, newest first; three statements."""
    left = select(StockMovement).where(
        StockMovement.batch_id == batch_id, StockMovement.kind == MovementKind.SHIPMENT
    )
    shown = newest_first(left, StockMovement)
    shipments = fetch_all(Shipment, {row.cause_id for row in shown.rows if row.cause_id})
    sent = [Sent(shipments.get(row.cause_id), row) for row in shown.rows]  # type: ignore[arg-type]
    return Page(sent, after=shown.after, before=shown.before)


def places_called(
    product_ids: Collection[UUID], codes: Collection[str]
) -> dict[tuple[UUID | None, str], Taken]:
    """What those codes stand for: batches, by their product and number, and bins, for any product; two statements.

    Where two warehouses have a bin of that name, it is the one picked from first.
    """
    found: dict[tuple[UUID | None, str], Taken] = {
        (None, code): Taken(Decimal(0), bin_id=bins[0][0].id) for code, bins in bins_called(codes).items()
    }
    batches = select(StockBatch).where(StockBatch.product_id.in_(product_ids), StockBatch.number.in_(codes))
    for row in session().scalars(batches):
        found[row.product_id, row.number] = Taken(Decimal(0), batch_id=row.id)
    return found


def shipment(shipment_id: UUID) -> Shipment:
    """That shipment, for its seller and its buyer. Raises NotFound."""
    return fetch(Shipment, shipment_id)


def shipments_of(order_id: UUID) -> Sequence[Shipment]:
    """The shipments of an order, newest first, for both sides."""
    wanted = select(Shipment).where(Shipment.order_id == order_id)
    return session().scalars(wanted.order_by(Shipment.id.desc())).all()


def contents(shipment_id: UUID) -> Sequence[ShipmentLine]:
    """What is in a shipment, in the order of the lines."""
    wanted = select(ShipmentLine).where(ShipmentLine.shipment_id == shipment_id)
    return session().scalars(wanted.order_by(ShipmentLine.position, ShipmentLine.id)).all()


def tracking(shipment_id: UUID) -> Sequence[ShipmentEvent]:
    """Where a parcel was seen, newest first."""
    wanted = select(ShipmentEvent).where(ShipmentEvent.shipment_id == shipment_id)
    return session().scalars(wanted.order_by(ShipmentEvent.happened_at.desc(), ShipmentEvent.id.desc())).all()


def shipment_of_request(request_id: UUID) -> Shipment | None:
    """The shipment that this click of the actor's organisation has made already, if it has."""
    wanted = select(Shipment).where(
        Shipment.request_id == request_id, Shipment.seller_id == current_actor().organisation_id
    )
    return session().scalars(wanted).one_or_none()


def fulfilment_findings() -> list[CountFinding]:
    """Every line whose shipped quantity is not the sum of its shipments; for the platform's own check."""
    rows = session().execute(text(MISCOUNTED))
    return [CountFinding(*row) for row in rows]


def _conditions(view: str) -> list[ColumnElement[bool]]:
    if view == "new":
        return [F.status == FulfilmentState.NEW]
    today = clock.today()
    due = {"late": [F.promised_on < today], "today": [F.promised_on == today]}
    return [F.status.in_(OPEN), *due.get(view, [])]


def _the_one(statement: Select[FulfilmentOrder]) -> FulfilmentOrder:
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return found
