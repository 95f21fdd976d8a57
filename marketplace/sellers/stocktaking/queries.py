"""What can be asked about counts of the shelves?"""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text

from marketplace.foundation.db import fetch, fetch_all, session
from marketplace.foundation.paging import Page, newest_first
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock.models import StockBatch
from marketplace.sellers.stocktaking.lifecycle import SheetState
from marketplace.sellers.stocktaking.models import CountLine, CountSheet
from marketplace.sellers.warehouses.models import Bin

S = SheetState
MOST_BINS = 100
VIEWS: dict[str, Collection[SheetState]] = {
    "open": (S.COUNTING, S.SUBMITTED),
    "approve": (S.SUBMITTED,),
    "done": (S.BOOKED, S.CANCELLED),
}


class BinProgress(NamedTuple):
    """One bin of a sheet, and how many of its places are counted."""

    bin: Bin
    places: int
    counted: int

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to count there."""
        return self.counted == self.places


class Counted(NamedTuple):
    """A line of a sheet, with what it is about."""

    line: CountLine
    product: Product
    bin: Bin
    batch: StockBatch | None

    @property
    def value(self) -> Decimal:
        """What the difference is worth at today's price, in the product's currency."""
        return self.line.difference * self.product.price.amount


class SheetFinding(NamedTuple):
    """A sheet whose movements are not its differences."""

    number: str
    counted: Decimal
    moved: Decimal


MISBOOKED = text("""
    select s.number, coalesce(l.difference, 0), coalesce(m.moved, 0)
    from count_sheets s
    left join (
        select sheet_id, sum(counted - booked) as difference, sum(abs(counted - booked)) as size
        from count_lines group by sheet_id
    ) l on l.sheet_id = s.id and s.status = 'booked'
    left join (
        select cause_id, sum(on_hand_change) as moved, sum(abs(on_hand_change)) as size
        from stock_movements where kind = 'adjustment' group by cause_id
    ) m on m.cause_id = s.id
    where (coalesce(l.difference, 0), coalesce(l.size, 0)) <> (coalesce(m.moved, 0), coalesce(m.size, 0))
""")


def sheets(view: str) -> Page[CountSheet]:
    """One page of the sheets of a view ("open", "approve", "done"), newest first."""
    states = VIEWS.get(view, VIEWS["open"])
    return newest_first(select(CountSheet).where(CountSheet.status.in_(states)), CountSheet)


def sheet(sheet_id: UUID) -> CountSheet:
    """That sheet of the actor's organisation. Raises NotFound."""
    return fetch(CountSheet, sheet_id)


def progress_of(sheet_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many places of each sheet are counted, and how many there are, in one statement."""
    counts = (
        select(CountLine.sheet_id, func.count(CountLine.counted), func.count())
        .where(CountLine.sheet_id.in_(sheet_ids))
        .group_by(CountLine.sheet_id)
    )
    return {row[0]: (row[1], row[2]) for row in session().execute(counts)}


def bins_to_count(sheet_id: UUID) -> list[BinProgress]:
    """The bins of a sheet along the way, and how far each is."""
    rows = session().execute(
        select(Bin, func.count(), func.count(CountLine.counted))
        .join(CountLine, CountLine.bin_id == Bin.id)
        .where(CountLine.sheet_id == sheet_id)
        .group_by(Bin.id)
        .order_by(Bin.path, Bin.id)
    )
    return [BinProgress(*row) for row in rows]


def bins_shown(sheet_id: UUID) -> list[BinProgress]:
    """The first of these bins, those that are still to be counted before the others; any other one is scanned."""
    return sorted(bins_to_count(sheet_id), key=lambda found: found.is_done)[:MOST_BINS]


def places_in(sheet_id: UUID, bin_id: UUID) -> Page[Counted]:
    """One page of what is to be counted in one bin."""
    return _counted(sheet_id, CountLine.bin_id == bin_id)


def differences(sheet_id: UUID) -> Page[Counted]:
    """One page of what was counted otherwise than the books said."""
    return _counted(sheet_id, CountLine.counted != CountLine.booked)


def difference_value(sheet_id: UUID) -> Decimal:
    """What all differences of a sheet are worth, up or down, at today's prices."""
    value = func.abs(CountLine.counted - CountLine.booked) * Product.__table__.c.price_amount
    total = select(func.sum(value)).join(Product, Product.id == CountLine.product_id)
    return session().scalar(total.where(CountLine.sheet_id == sheet_id)) or Decimal(0)


def count_sheet_findings() -> list[SheetFinding]:
    """Every booked sheet whose movements are not its differences, and every other one that has some."""
    return [SheetFinding(*row) for row in session().execute(MISBOOKED)]


def _counted(sheet_id: UUID, *conditions: ColumnElement[bool]) -> Page[Counted]:
    """Along the way, since that is how `open_sheet` wrote them; what was found besides comes first."""
    shown = newest_first(select(CountLine).where(CountLine.sheet_id == sheet_id, *conditions), CountLine)
    goods = fetch_all(Product, {row.product_id for row in shown.rows})
    bins = fetch_all(Bin, {row.bin_id for row in shown.rows})
    batches = fetch_all(StockBatch, {row.batch_id for row in shown.rows if row.batch_id})
    rows = [
        Counted(
            row, goods[row.product_id], bins[row.bin_id], batches.get(row.batch_id) if row.batch_id else None
        )
        for row in shown.rows
    ]
    return Page(rows, after=shown.after, before=shown.before)
