"""What can be asked about goods that are expected, and about what should be?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import select, text

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.paging import SIZE, Page, by_day, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.stock.lifecycle import ArrivalState
from marketplace.sellers.stock.models import Arrival, StockingRule
from marketplace.sellers.warehouses.models import Warehouse


class Position(NamedTuple):
    """How a product stands in one warehouse against its reorder point, which may be none.

    `usable` lies there and may be sold, `promised` of it is fetched for orders, `coming` is expected there.
    """

    product_id: UUID
    sku: str
    name: str
    unit_code: str
    warehouse_id: UUID
    warehouse: str
    usable: Decimal
    promised: Decimal
    coming: Decimal
    reorder_point: Decimal | None
    reorder_up_to: Decimal | None

    @property
    def quantity(self) -> Decimal:
        """What there will be once promises are kept and what is expected has come."""
        return self.usable - self.promised + self.coming

    @property
    def is_low(self) -> bool:
        """Whether it is time to order."""
        return self.reorder_point is not None and self.quantity <= self.reorder_point

    @property
    def missing(self) -> Decimal:
        """How much to order, where it is low."""
        return self.reorder_up_to - self.quantity if self.is_low and self.reorder_up_to else Decimal(0)


class Finding(NamedTuple):
    """An arrival of which something else came than its movements say."""

    number: str
    received: Decimal
    moved: Decimal


SEPARATOR = "\x1f"  # which nobody can type into a field
POSITIONS = """
    with chosen as materialized ({chosen}),
    products_of as (select array_agg(distinct product_id) as ids from chosen),
    usable as (
        select h.product_id, b.warehouse_id, sum(h.on_hand - h.held) as quantity
        from stock_holdings h join bins b on b.id = h.bin_id left join stock_batches t on t.id = h.batch_id
        where h.product_id = any ((select ids from products_of)::uuid[])
            and (t.expires_on is null or t.expires_on >= :today)
        group by h.product_id, b.warehouse_id
    ), promised as (
        select a.product_id, b.warehouse_id, sum(a.quantity) as quantity
        from doors.assigned_stock((select ids from products_of), :today) a join bins b on b.id = a.bin_id
        group by a.product_id, b.warehouse_id
    ), coming as (
        select product_id, warehouse_id, sum(greatest(quantity - received, 0)) as quantity from arrivals
        where status = 'expected' and product_id = any ((select ids from products_of)::uuid[])
        group by product_id, warehouse_id
    )
    select p.id, p.sku, p.name, p.unit_code, w.id, w.code, coalesce(u.quantity, 0), coalesce(m.quantity, 0),
        coalesce(c.quantity, 0), k.reorder_point, k.reorder_up_to
    from chosen k join products p on p.id = k.product_id join warehouses w on w.id = k.warehouse_id
    left join usable u on u.product_id = p.id and u.warehouse_id = w.id
    left join promised m on m.product_id = p.id and m.warehouse_id = w.id
    left join coming c on c.product_id = p.id and c.warehouse_id = w.id
"""
WITH_A_POINT = """
    select r.product_id, r.warehouse_id, r.reorder_point, r.reorder_up_to
    from stocking_rules r join warehouses w on w.id = r.warehouse_id
    where r.organisation_id = :here and r.reorder_point is not null and w.is_active
"""
OF_PRODUCT = """
    select cast(:product as uuid) as product_id, w.id as warehouse_id, r.reorder_point, r.reorder_up_to
    from warehouses w left join stocking_rules r on r.warehouse_id = w.id and r.product_id = :product
    where w.organisation_id = :here and w.is_active
"""
IS_LOW = "coalesce(u.quantity, 0) - coalesce(m.quantity, 0) + coalesce(c.quantity, 0) <= k.reorder_point"
LOW = text(
    f"{POSITIONS.format(chosen=WITH_A_POINT)} where {IS_LOW} and (p.sku, w.code) > (:sku, :warehouse)"
    " order by p.sku, w.code limit :size"
)
OF_ONE = text(f"{POSITIONS.format(chosen=OF_PRODUCT)} order by w.position, w.code")
MISCOUNTED = text(
    "select a.number, a.received, coalesce(sum(m.on_hand_change), 0) from arrivals a left join stock_movements m"
    " on m.cause_id = a.id and m.kind = 'receipt' group by a.id"
    " having a.received <> coalesce(sum(m.on_hand_change), 0)"
)


def low_stock() -> Page[Position]:
    """One page of what should be ordered, by SKU and warehouse, in one statement."""
    after = (request.args.get("after") or "") if has_request_context() else ""
    sku, _, warehouse = after.partition(SEPARATOR)
    rows = _positions(LOW, sku=sku, warehouse=warehouse, size=SIZE + 1)
    last = rows[SIZE - 1] if len(rows) > SIZE else None
    return Page(rows[:SIZE], after=f"{last.sku}{SEPARATOR}{last.warehouse}" if last else None)


def positions_of(product_id: UUID) -> list[Position]:
    """How a product of one's own stands in each open warehouse, in one statement."""
    return _positions(OF_ONE, product=product_id)


def rule_of(product_id: UUID, warehouse_id: UUID) -> StockingRule | None:
    """How the product is kept there, where somebody has said so."""
    wanted = select(StockingRule).where(
        StockingRule.product_id == product_id, StockingRule.warehouse_id == warehouse_id
    )
    return session().scalars(wanted).one_or_none()


def arrivals(view: str) -> Page[Arrival]:
    """One page of arrivals: those "expected" by their day, the "late" ones, or what is "done", newest first."""
    if view == "done":
        ended = (ArrivalState.ARRIVED, ArrivalState.CANCELLED)
        return newest_first(select(Arrival).where(Arrival.status.in_(ended)), Arrival)
    coming = select(Arrival).where(Arrival.status == ArrivalState.EXPECTED)
    if view == "late":
        coming = coming.where(Arrival.expected_on < clock.today())
    return by_day(coming, Arrival.expected_on, Arrival)


def arrival(arrival_id: UUID) -> Arrival:
    """That arrival of the actor's organisation. Raises NotFound."""
    return fetch(Arrival, arrival_id)


def warehouse_codes(warehouse_ids: Sequence[UUID] | set[UUID]) -> dict[UUID, str]:
    """Short names by id, in one statement."""
    rows = session().execute(select(Warehouse.id, Warehouse.code).where(Warehouse.id.in_(warehouse_ids)))
    return {row.id: row.code for row in rows}


def arrival_findings() -> list[Finding]:
    """Every arrival of which something else came than its movements say; for the platform's own check."""
    return [Finding(*row) for row in session().execute(MISCOUNTED)]


def _positions(statement: object, **values: object) -> list[Position]:
    known = {"here": current_actor().organisation, "today": clock.today(), **values}
    return [Position(*row) for row in session().execute(statement, known)]  # type: ignore[call-overload]
