"""What can be asked about stock?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import ColumnElement, Select, exists, func, or_, select, text

from marketplace.foundation import clock
from marketplace.foundation.db import among, fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.paging import SIZE, Page, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.people.models import Person
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock.lifecycle import ArrivalState, ReservationState
from marketplace.sellers.stock.models import (
    Arrival,
    Reservation,
    StockBatch,
    StockHolding,
    StockingRule,
    StockLevel,
    StockMovement,
    Tracking,
)
from marketplace.sellers.warehouses.models import Bin, Warehouse

H, L = StockHolding, StockLevel
NOTHING = Decimal(0)


class ShelfRow(NamedTuple):
    """One product of one's own, how much of it there is, and how much is expected.

    `expired` is what may not be sold and is not held.
    """

    product_id: UUID
    sku: str
    name: str
    unit_code: str
    tracking: str
    on_hand: Decimal
    reserved: Decimal
    held: Decimal
    expired: Decimal
    coming: Decimal
    bins: str | None

    @property
    def available(self) -> Decimal:
        """What can still be promised."""
        return max(self.on_hand - self.held - self.expired - self.reserved, NOTHING)

    @property
    def short(self) -> Decimal:
        """What is promised already and cannot be sold, because it is held back or has expired."""
        return max(self.reserved + self.held + self.expired - self.on_hand, NOTHING)


class Lying(NamedTuple):
    """What lies in one bin of one product and batch; `assigned` of it is fetched for what is promised to buyers."""

    holding: StockHolding
    bin: Bin
    warehouse: Warehouse
    batch: StockBatch | None
    assigned: Decimal = NOTHING

    @property
    def is_expired(self) -> bool:
        """Whether its batch has expired."""
        return self.batch is not None and is_past(self.batch.expires_on)


class Narrowed(NamedTuple):
    """Which movements of a product: of one bin, one batch, one document, of some kinds, since a day."""

    bin_id: UUID | None = None
    batch_id: UUID | None = None
    cause_id: UUID | None = None
    kinds: Collection[str] = ()
    since: date | None = None


EVERYTHING = Narrowed()


class Pick(NamedTuple):
    """So much of a product to fetch from one place."""

    bin_id: UUID
    batch_id: UUID | None
    quantity: Decimal


ASSIGNED = text(
    "select bin_id, batch_id, sum(quantity) as quantity from doors.assigned_stock(cast(:ids as uuid[]), :today)"
    " group by bin_id, batch_id"
)
PROPOSED = text(
    "select product_id, bin_id, batch_id, quantity from doors.propose_picks("
    ":holder, cast(:ids as uuid[]), cast(:amounts as numeric[]), :today)"
)


def shelves(wanted: str = "", *, view: str = "all") -> Page[ShelfRow]:
    """One page of one's own stocked products by SKU, in one statement; `wanted` is in the SKU, name, bin or batch.

    `view`: "all", "short" where nothing is left to promise, "held", "expired".
    """
    statement = _shelf_rows().where(Product.is_stocked, *_view(view))
    if wanted:
        statement = statement.where(or_(*_named(wanted)))
    after = request.args.get("after") if has_request_context() else None
    if after:
        statement = statement.where(Product.sku > after)
    rows = [ShelfRow(*row) for row in session().execute(statement.order_by(Product.sku).limit(SIZE + 1))]
    return Page(rows[:SIZE], after=rows[SIZE - 1].sku if len(rows) > SIZE else None)


def shelf(product_id: UUID) -> ShelfRow:
    """How much there is of one product of one's own. Raises NotFound."""
    row = session().execute(_shelf_rows().where(Product.id == product_id)).one_or_none()
    if row is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return ShelfRow(*row)


def holdings_of(product_id: UUID) -> list[Lying]:
    """Where a product of one's own lies, in the order in which it is fetched; two statements."""
    expiry = (StockBatch.expires_on.nulls_last(), StockBatch.id.nulls_last())
    rows = _lying().where(H.product_id == product_id).order_by(*expiry, *ALONG_THE_WAY)
    assigned = session().execute(ASSIGNED, {"ids": [product_id], "today": clock.today()})
    taken = {(row.bin_id, row.batch_id): row.quantity for row in assigned}
    return [
        Lying(holding, bin, warehouse, batch, taken.get((holding.bin_id, holding.batch_id), NOTHING))
        for holding, bin, warehouse, batch in session().execute(rows)
    ]


def lying_at(holding_id: UUID) -> Lying:
    """What lies in one place. Raises NotFound."""
    row = session().execute(_lying(but_empty=False).where(H.id == holding_id)).one_or_none()
    if row is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return Lying(*row)


def contents_of(bin_id: UUID) -> Page[StockHolding]:
    """What lies in one bin: one page, what came last first."""
    return newest_first(select(H).where(H.bin_id == bin_id, H.on_hand > 0), H)


def home_bin(product_id: UUID) -> Bin | None:
    """The usual bin of a product, in the warehouse that is picked from first."""
    wanted = (
        select(Bin)
        .join(StockingRule, StockingRule.home_bin_id == Bin.id)
        .join(Warehouse, Warehouse.id == Bin.warehouse_id)
        .where(StockingRule.product_id == product_id)
    )
    return session().scalars(wanted.order_by(Warehouse.position, Warehouse.code).limit(1)).one_or_none()


def picks(holder_id: UUID, wanted: Mapping[UUID, Decimal]) -> dict[UUID, list[Pick]]:
    """What to fetch for a document of these quantities by product: what expires first, first; in one statement.

    Goods that are promised to somebody earlier are left to them, so less than is wanted may be found.
    """
    asked = {"ids": list(wanted), "amounts": list(wanted.values()), "today": clock.today()}
    found: dict[UUID, list[Pick]] = {}
    for row in session().execute(PROPOSED, {"holder": holder_id, **asked}):
        found.setdefault(row.product_id, []).append(Pick(row.bin_id, row.batch_id, row.quantity))
    return found


def movements(product_id: UUID, narrowed: Narrowed = EVERYTHING) -> Page[StockMovement]:
    """Why the levels of a product are what they are, or those movements of them: one page, newest first."""
    statement = select(StockMovement).where(StockMovement.product_id == product_id)
    for name in ("bin_id", "batch_id", "cause_id"):
        if (wanted := getattr(narrowed, name)) is not None:
            statement = statement.where(getattr(StockMovement, name) == wanted)
    if narrowed.kinds:
        statement = statement.where(StockMovement.kind.in_(narrowed.kinds))
    if narrowed.since is not None:
        statement = statement.where(StockMovement.moved_at >= clock.beginning_of(narrowed.since))
    return newest_first(statement, StockMovement)


def reservations(product_id: UUID) -> Page[Reservation]:
    """For whom one's own product is kept now: one page, newest first."""
    kept = select(Reservation).where(
        Reservation.product_id == product_id,
        Reservation.seller_id == current_actor().organisation,
        Reservation.status == ReservationState.OPEN,
    )
    return newest_first(kept, Reservation)


def batch(batch_id: UUID) -> StockBatch:
    """That batch or serial number of one's own. Raises NotFound."""
    return fetch(StockBatch, batch_id)


def batches_of(product_id: UUID) -> Page[StockBatch]:
    """The batches and serial numbers of a product that ever came in: one page, newest first."""
    return newest_first(select(StockBatch).where(StockBatch.product_id == product_id), StockBatch)


def batches_by_id(batch_ids: Collection[UUID]) -> dict[UUID, StockBatch]:
    """Those batches, in one statement."""
    rows = session().scalars(select(StockBatch).where(StockBatch.id.in_(batch_ids)))
    return {row.id: row for row in rows}


def counts_left_open(counts: Mapping[UUID, Decimal]) -> list[str]:
    """The article numbers of those products whose pieces bear numbers, and of which less is on hand than that."""
    rows = session().execute(
        select(Product.id, Product.sku, L.on_hand)
        .join(L, L.product_id == Product.id)
        .where(among(Product.id, counts), L.tracking != Tracking.NONE)
        .order_by(Product.sku)
    )
    return [row.sku for row in rows if row.on_hand < counts[row.id]]


def names_of(people: Collection[UUID | None]) -> dict[UUID, str]:
    """The names of those colleagues, in one statement; the other side's people are not known here."""
    rows = session().execute(select(Person.id, Person.name).where(Person.id.in_([p for p in people if p])))
    return {row.id: row.name for row in rows}


def is_past(expires_on: date | None) -> bool:
    """Whether what is good until that day is no longer sold."""
    return expires_on is not None and expires_on < clock.today()


ALONG_THE_WAY = (Warehouse.position, Warehouse.code, Bin.path, H.id)


def _lying(*, but_empty: bool = True) -> Select[*tuple[Any, ...]]:
    statement: Select[*tuple[Any, ...]] = (
        select(H, Bin, Warehouse, StockBatch)
        .join(Bin, Bin.id == H.bin_id)
        .join(Warehouse, Warehouse.id == Bin.warehouse_id)
        .outerjoin(StockBatch, StockBatch.id == H.batch_id)
    )
    return statement.where(H.on_hand > 0) if but_empty else statement


def _expired() -> ColumnElement[Decimal]:
    """How much of the product of the row has expired and is not held."""
    past = (
        select(func.sum(H.on_hand - H.held))
        .join(StockBatch, StockBatch.id == H.batch_id)
        .where(H.product_id == Product.id, StockBatch.expires_on < clock.today())
    )
    return func.coalesce(past.scalar_subquery(), 0)


def _coming() -> ColumnElement[Decimal]:
    """How much of the product of the row is expected."""
    expected = select(func.sum(func.greatest(Arrival.quantity - Arrival.received, 0))).where(
        Arrival.product_id == Product.id, Arrival.status == ArrivalState.EXPECTED
    )
    return func.coalesce(expected.scalar_subquery(), 0)


def _shelf_rows() -> Select[*tuple[Any, ...]]:
    where = (
        select(func.string_agg(Bin.code.distinct(), ", "))
        .join(H, H.bin_id == Bin.id)
        .where(H.product_id == Product.id, H.on_hand > 0)
    )
    return (
        select(
            Product.id,
            Product.sku,
            Product.name,
            Product.unit_code,
            func.coalesce(L.tracking, Tracking.NONE.value),
            func.coalesce(L.on_hand, 0),
            func.coalesce(L.reserved, 0),
            func.coalesce(L.held, 0),
            _expired(),
            _coming(),
            where.scalar_subquery(),
        )
        .outerjoin(L, L.product_id == Product.id)
        .where(Product.organisation_id == current_actor().organisation)
    )


def _view(view: str) -> Sequence[ColumnElement[bool]]:
    conditions: dict[str, ColumnElement[bool]] = {
        "short": func.coalesce(L.on_hand - L.held - L.reserved, 0) - _expired() <= 0,
        "held": L.held > 0,
        "expired": _expired() > 0,
    }
    return [conditions[view]] if view in conditions else []


def _named(wanted: str) -> list[ColumnElement[bool]]:
    in_bin = select(H.id).join(Bin, Bin.id == H.bin_id).where(Bin.code.icontains(wanted, autoescape=True))
    of_batch = select(StockBatch.id).where(StockBatch.number.icontains(wanted, autoescape=True))
    return [
        Product.sku.icontains(wanted, autoescape=True),
        Product.name.icontains(wanted, autoescape=True),
        exists(in_bin.where(H.product_id == Product.id, H.on_hand > 0)),
        exists(of_batch.where(StockBatch.product_id == Product.id, StockBatch.on_hand > 0)),
    ]
