"""What can be done with a count of the shelves?"""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, insert, literal, select

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, new_id, save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.numbering import next_number
from marketplace.foundation.quantity import checked_quantity
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock.doors import knock, naming_the_product, now
from marketplace.sellers.stock.finding import batch_called, product_called
from marketplace.sellers.stock.promises import stock_policy
from marketplace.sellers.stocktaking.lifecycle import SHEET, SheetState
from marketplace.sellers.stocktaking.models import CountLine, CountSheet
from marketplace.sellers.stocktaking.queries import difference_value, progress_of
from marketplace.sellers.stocktaking.scope import Scope
from marketplace.sellers.warehouses.models import Bin
from marketplace.sellers.warehouses.queries import warehouse

LINES = ("id", "sheet_id", "organisation_id", "product_id", "bin_id", "batch_id")


def open_sheet(*, warehouse_id: UUID, scope: Scope = Scope()) -> CountSheet:
    """Draw up what is to be counted in a warehouse: all that lies within the scope. Raises NotFound, Invalid."""
    place = warehouse(warehouse_id)
    here = current_actor().organisation
    row = save(
        CountSheet(
            organisation_id=here,
            warehouse_id=place.id,
            number=next_number(here, "CS"),
            title=scope.title(place.name),
            opened_by_id=current_actor().person_id,
        )
    )
    places = scope.places(place.id).subquery()
    lines = select(func.uuidv7(), literal(row.id), literal(here), *places.columns)
    session().execute(insert(CountLine).from_select(LINES, lines))
    if not progress_of([row.id]):
        raise Invalid(_l("Nothing lies there that would be counted."))
    return row


def write_counts(*, sheet_id: UUID, counts: Mapping[UUID, Decimal | None]) -> None:
    """Write what was counted, by line; None: not counted. What the books say in that moment is written beside it.

    Raises NotFound, WrongQuantity, IntegrityError where the sheet is no longer being counted.
    """
    units = _units(counts)
    for line_id, counted in counts.items():
        if counted and line_id in units:
            checked_quantity(counted, units[line_id], field=f"counted-{line_id}")
    knock("write_counts", sheet=sheet_id, ids=list(counts), counts=list(counts.values()), **now())


def add_place(*, sheet_id: UUID, bin_id: UUID, code: str, number: str | None = None) -> CountLine:
    """Count something in a bin that the books do not know there: a product by its code, of a known batch.

    Raises NotFound, Invalid, IntegrityError where it is on the sheet already.
    """
    sheet, bin = _counting(sheet_id), fetch(Bin, bin_id)
    product = product_called(code)
    batch = batch_called(product.id, number) if number else None
    values = (new_id(), sheet.id, sheet.organisation_id, product.id, bin.id, batch.id if batch else None)
    knock("own_stock", ids=[product.id])
    session().execute(insert(CountLine).values(dict(zip(LINES, values, strict=True))))
    return fetch(CountLine, values[0])


def hand_in(*, sheet_id: UUID) -> CountSheet:
    """Book the differences; or, where they are worth more than the limit, ask a second person.

    Raises Invalid where nothing is counted, StillPromised, WrongState, NotYourMove.
    """
    row = _for_update(sheet_id)
    if not progress_of([sheet_id])[sheet_id][0]:
        raise Invalid(_l("Nothing is counted yet."))
    policy = stock_policy()
    limit = policy.count_limit if policy else None
    is_large = limit is not None and difference_value(sheet_id) > limit
    return _move(row, SheetState.SUBMITTED) if is_large else _book(row)


def approve_sheet(*, sheet_id: UUID) -> CountSheet:
    """Say yes to the differences, as another person than the one who handed them in; they are booked.

    Raises StillPromised, WrongState, NotYourMove, IntegrityError.
    """
    return _book(_for_update(sheet_id))


def send_back(*, sheet_id: UUID) -> CountSheet:
    """Have it counted again. Raises WrongState, NotYourMove."""
    return _move(_for_update(sheet_id), SheetState.COUNTING)


def drop_sheet(*, sheet_id: UUID) -> CountSheet:
    """Book nothing of it. Raises WrongState, NotYourMove."""
    return _move(_for_update(sheet_id), SheetState.CANCELLED)


def _book(row: CountSheet) -> CountSheet:
    SHEET.move(row, SheetState.BOOKED)
    row.booked_at = clock.now()
    with naming_the_product():
        session().flush()
    session().refresh(row)
    return row


def _move(row: CountSheet, target: SheetState) -> CountSheet:
    SHEET.move(row, target)
    session().flush()
    return row


def _counting(sheet_id: UUID) -> CountSheet:
    row = _for_update(sheet_id)
    if row.status != SheetState.COUNTING:
        raise Invalid(_l("This count is no longer open, so nothing can be written into it."))
    return row


def _for_update(sheet_id: UUID) -> CountSheet:
    return fetch(CountSheet, sheet_id, lock=True)


def _units(line_ids: Mapping[UUID, object]) -> dict[UUID, str]:
    rows = session().execute(
        select(CountLine.id, Product.unit_code)
        .join(Product, Product.id == CountLine.product_id)
        .where(CountLine.id.in_(line_ids))
    )
    return {row.id: row.unit_code for row in rows}
