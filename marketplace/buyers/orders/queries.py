"""What can be asked about orders?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from marketplace.buyers.orders.lifecycle import AWAITED, OrderState
from marketplace.buyers.orders.models import OrderDocument, OrderVersion, PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.orders.terms import Terms
from marketplace.contracts.agreements.models import Agreement
from marketplace.contracts.agreements.queries import agreement
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import Entry, story
from marketplace.foundation.paging import Page, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.organisations.queries import organisation, organisation_names

Side = Literal["buyer_id", "seller_id"]
OTHER_SIDE: Mapping[Side, Side] = {"buyer_id": "seller_id", "seller_id": "buyer_id"}


def order(order_id: UUID) -> PurchaseOrder:
    """That order, of either party. Raises NotFound."""
    return fetch(PurchaseOrder, order_id)


def order_for_update(order_id: UUID) -> PurchaseOrder:
    """That order, held until the transaction ends: whoever changes an order or its lines holds it first."""
    return fetch(PurchaseOrder, order_id, lock=True)


def lines_of(order_id: UUID) -> Sequence[PurchaseOrderLine]:
    """Its lines, by position, as they are now."""
    statement = select(PurchaseOrderLine).where(PurchaseOrderLine.order_id == order_id)
    fresh = statement.order_by(PurchaseOrderLine.position).execution_options(populate_existing=True)
    return session().scalars(fresh).all()


def lines_by_id(line_ids: Collection[UUID]) -> dict[UUID, PurchaseOrderLine]:
    """Those order lines, of whichever orders, in one statement."""
    rows = session().scalars(select(PurchaseOrderLine).where(PurchaseOrderLine.id.in_(line_ids)))
    return {row.id: row for row in rows}


def orders_of_requisition(requisition_id: UUID) -> Sequence[PurchaseOrder]:
    """The orders that a requisition has become, by number."""
    statement = select(PurchaseOrder).where(PurchaseOrder.requisition_id == requisition_id)
    return session().scalars(statement.order_by(PurchaseOrder.number)).all()


def versions_of(order_id: UUID) -> Sequence[OrderVersion]:
    """All that was agreed or proposed, oldest first."""
    statement = select(OrderVersion).where(OrderVersion.order_id == order_id)
    return session().scalars(statement.order_by(OrderVersion.version)).all()


def version(order_id: UUID, number: int) -> OrderVersion:
    """That version of the order. Raises NotFound."""
    statement = select(OrderVersion).where(OrderVersion.order_id == order_id, OrderVersion.version == number)
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return found


def next_version(order_id: UUID) -> int:
    """The number of the version that would be written next; the order is held."""
    last = session().scalar(select(func.max(OrderVersion.version)).where(OrderVersion.order_id == order_id))
    return (last or 0) + 1


def versions_in_force(order: PurchaseOrder, versions: Sequence[OrderVersion]) -> set[int]:
    """The numbers of the versions that are, or once were, agreed: the present one and those it is based on."""
    bases = {row.version: row.base_version for row in versions}
    number: int | None = order.version
    found: set[int] = set()
    while number is not None:
        found.add(number)
        number = bases[number]
    return found


def documents_of(order_id: UUID) -> Sequence[OrderDocument]:
    """The PDFs that are filed, latest version first."""
    statement = select(OrderDocument).where(OrderDocument.order_id == order_id)
    return session().scalars(statement.order_by(OrderDocument.version.desc())).all()


def document(order_id: UUID, version: int) -> OrderDocument | None:
    """The PDF of that version; None where the worker has not filed it yet."""
    statement = select(OrderDocument).where(
        OrderDocument.order_id == order_id, OrderDocument.version == version
    )
    return session().scalars(statement).one_or_none()


def unfiled_orders(limit: int = 200) -> list[tuple[UUID, UUID, int]]:
    """Order, buyer and version wherever the version in force has no PDF yet, for the platform."""
    statement = (
        select(PurchaseOrder.id, PurchaseOrder.buyer_id, PurchaseOrder.version)
        .where(PurchaseOrder.file_id.is_(None))
        .order_by(PurchaseOrder.id)
        .limit(limit)
    )
    return [(row.id, row.buyer_id, row.version) for row in session().execute(statement)]


@dataclass(frozen=True)
class Paper:
    """What the PDF of one version says."""

    order: PurchaseOrder
    version: OrderVersion
    terms: Terms
    buyer: Organisation
    seller: Organisation
    agreement: Agreement | None


def paper(order_id: UUID, version_number: int) -> Paper:
    """All that is printed of that version, with the parties by name. Raises NotFound."""
    found, row = order(order_id), version(order_id, version_number)
    return Paper(
        order=found,
        version=row,
        terms=Terms.from_json(row.snapshot),
        buyer=organisation(found.buyer_id),
        seller=organisation(found.seller_id),
        agreement=agreement(found.agreement_id) if found.agreement_id else None,
    )


@dataclass(frozen=True)
class Wish:
    """Which orders a list shall show; None leaves a condition out."""

    state: OrderState | None = None
    counterpart_id: UUID | None = None
    is_late: bool = False


class Progress(NamedTuple):
    """How far the lines of an order are; `late_since` is the confirmed date that passed first, None where none did."""

    lines: int
    complete: int
    late_since: date | None


class ListedOrder(NamedTuple):
    """An order as a list shows it."""

    order: PurchaseOrder
    counterpart: str
    progress: Progress


def orders(side: Side, wish: Wish) -> Page[ListedOrder]:
    """One page of the orders that the actor's organisation has on that side, newest first; three statements."""
    column = getattr(PurchaseOrder, OTHER_SIDE[side])
    statement = select(PurchaseOrder).where(getattr(PurchaseOrder, side) == current_actor().organisation)
    if wish.state is not None:
        statement = statement.where(PurchaseOrder.status == wish.state)
    if wish.counterpart_id is not None:
        statement = statement.where(column == wish.counterpart_id)
    if wish.is_late:
        late = select(PurchaseOrderLine.order_id).where(is_late(clock.today()))
        statement = statement.where(PurchaseOrder.status.in_(AWAITED), PurchaseOrder.id.in_(late))
    page = newest_first(statement, PurchaseOrder)
    names = organisation_names({getattr(row, OTHER_SIDE[side]) for row in page.rows})
    made = progress({row.id for row in page.rows})
    rows = [ListedOrder(row, names[getattr(row, OTHER_SIDE[side])], made[row.id]) for row in page.rows]
    return Page(rows, after=page.after, before=page.before)


def counterparts(side: Side) -> list[tuple[UUID, str]]:
    """Everybody the actor's organisation has orders with on that side, by name; two statements."""
    column = getattr(PurchaseOrder, OTHER_SIDE[side])
    mine = getattr(PurchaseOrder, side) == current_actor().organisation
    ids = session().scalars(select(column).where(mine).distinct()).all()
    return sorted(organisation_names(ids).items(), key=lambda entry: entry[1].casefold())


def progress(order_ids: Collection[UUID]) -> dict[UUID, Progress]:
    """How far the lines of those orders are, in one statement."""
    line, ordered = PurchaseOrderLine, PurchaseOrderLine.quantity > 0
    statement = (
        select(
            line.order_id,
            func.count().filter(ordered).label("lines"),
            func.count().filter(ordered, line.completed_on.is_not(None)).label("complete"),
            func.min(line.promised_on)
            .filter(is_late(clock.today()), PurchaseOrder.status.in_(AWAITED))
            .label("late_since"),
        )
        .join(PurchaseOrder, PurchaseOrder.id == line.order_id)
        .where(line.order_id.in_(order_ids))
        .group_by(line.order_id)
    )
    return {row.order_id: Progress(*row[1:]) for row in session().execute(statement)}


def late_since(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], day: date) -> date | None:
    """The confirmed date that passed first without its goods; None where none did by `day`."""
    passed = [line.promised_on for line in lines if line.is_late(day) and line.promised_on]
    return min(passed, default=None) if order.status in AWAITED else None


def timeline(order_id: UUID) -> list[Entry]:
    """The story of an order, newest first, the same for both sides; what was told line by line is told once."""
    told = groupby(story(order_id), key=lambda entry: (entry.label, entry.who, entry.detail))
    return [next(entries) for _, entries in told]


def is_late(day: date) -> ColumnElement[bool]:
    """`PurchaseOrderLine.is_late` as the database asks it."""
    line = PurchaseOrderLine
    return and_(line.completed_on.is_(None), line.quantity > 0, line.promised_on < day)
