"""What can be asked about stock?"""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import func, or_, select, text

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.paging import SIZE, Page, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.people.models import Person
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock.lifecycle import ReservationState
from marketplace.sellers.stock.models import Reservation, StockLevel, StockMovement


class ShelfRow(NamedTuple):
    """One product of one's own, and how much of it lies where."""

    product_id: UUID
    sku: str
    name: str
    unit_code: str
    bin: str | None
    on_hand: Decimal
    reserved: Decimal

    @property
    def available(self) -> Decimal:
        """What can still be promised."""
        return self.on_hand - self.reserved


class StockFinding(NamedTuple):
    """A level that is not the sum of its rows: what it says, and what they say."""

    product_id: UUID
    on_hand: Decimal
    moved_on_hand: Decimal
    reserved: Decimal
    moved_reserved: Decimal
    held: Decimal


AVAILABLE = "select product_id, quantity from doors.available_stock(cast(:ids as uuid[]), :moment)"
DISAGREEING = (
    "select coalesce(l.product_id, m.product_id, r.product_id), coalesce(l.on_hand, 0),"
    " coalesce(m.on_hand, 0), coalesce(l.reserved, 0), coalesce(m.reserved, 0), coalesce(r.held, 0)"
    " from stock_levels l"
    " full join (select product_id, sum(on_hand_change) as on_hand, sum(reserved_change) as reserved"
    "   from stock_movements group by product_id) m on m.product_id = l.product_id"
    " full join (select product_id, sum(quantity) as held from stock_reservations"
    "   where status = 'open' group by product_id) r on r.product_id = coalesce(l.product_id, m.product_id)"
    " where coalesce(l.on_hand, 0) <> coalesce(m.on_hand, 0)"
    " or coalesce(l.reserved, 0) <> coalesce(m.reserved, 0)"
    " or coalesce(l.reserved, 0) <> coalesce(r.held, 0)"
)
ROWS = select(
    Product.id,
    Product.sku,
    Product.name,
    Product.unit_code,
    StockLevel.bin,
    func.coalesce(StockLevel.on_hand, 0),
    func.coalesce(StockLevel.reserved, 0),
).outerjoin(StockLevel, StockLevel.product_id == Product.id)


def available(product_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What can be ordered of each now, in the product's unit, in one statement.

    Products that are not stocked, or that this actor may not see, are left out.
    """
    rows = session().execute(text(AVAILABLE), {"ids": list(product_ids), "moment": clock.now()})
    return {row.product_id: row.quantity for row in rows}


def shelves(wanted: str = "", *, is_short: bool = False) -> Page[ShelfRow]:
    """One page of one's own stocked products by SKU, in one statement; `wanted` is in the SKU, name or bin."""
    statement = ROWS.where(Product.organisation_id == current_actor().organisation, Product.is_stocked)
    if wanted:
        named = (
            column.icontains(wanted, autoescape=True)
            for column in (Product.sku, Product.name, StockLevel.bin)
        )
        statement = statement.where(or_(*named))
    if is_short:
        statement = statement.where(func.coalesce(StockLevel.on_hand - StockLevel.reserved, 0) <= 0)
    after = request.args.get("after") if has_request_context() else None
    if after:
        statement = statement.where(Product.sku > after)
    rows = [ShelfRow(*row) for row in session().execute(statement.order_by(Product.sku).limit(SIZE + 1))]
    return Page(rows[:SIZE], after=rows[SIZE - 1].sku if len(rows) > SIZE else None)


def shelf(product_id: UUID) -> ShelfRow:
    """How much of one product of one's own lies where. Raises NotFound."""
    mine = ROWS.where(Product.id == product_id, Product.organisation_id == current_actor().organisation)
    row = session().execute(mine).one_or_none()
    if row is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return ShelfRow(*row)


def movements(product_id: UUID) -> Page[StockMovement]:
    """Why the level is what it is: one page, newest first."""
    return newest_first(select(StockMovement).where(StockMovement.product_id == product_id), StockMovement)


def reservations(product_id: UUID) -> Page[Reservation]:
    """For whom one's own product is kept now: one page, newest first."""
    kept = select(Reservation).where(
        Reservation.product_id == product_id,
        Reservation.seller_id == current_actor().organisation,
        Reservation.status == ReservationState.OPEN,
    )
    return newest_first(kept, Reservation)


def names_of(people: Collection[UUID | None]) -> dict[UUID, str]:
    """The names of those colleagues, in one statement; the other side's people are not known here."""
    rows = session().execute(select(Person.id, Person.name).where(Person.id.in_([p for p in people if p])))
    return {row.id: row.name for row in rows}


def stock_findings() -> list[StockFinding]:
    """Every level that disagrees with its movements or its open reservations; for the platform's own check."""
    rows = session().execute(text(DISAGREEING))
    return [StockFinding(*row) for row in rows]
