"""What of a catalogue is given out?"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import case, func, select

from marketplace.foundation.db import session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.exchange.writing import FORMATS
from marketplace.sellers.stock.models import StockLevel

COUNTED = (
    select(func.coalesce(func.sum(StockLevel.on_hand), 0))
    .where(StockLevel.product_id == Product.id)
    .scalar_subquery()
)
TABLE = Product.__table__.c
# What catalogue/columns.py reads, under the same names and in the same order.
GIVEN = {
    "sku": TABLE.sku,
    "name": TABLE.name,
    "price": TABLE.price_amount,
    "currency": TABLE.price_currency,
    "description": TABLE.description,
    "cpv_code": TABLE.cpv_code,
    "gtin": TABLE.gtin,
    "maker": TABLE.maker,
    "maker_part_number": TABLE.maker_part_number,
    "unit_code": TABLE.unit_code,
    "pack_size": TABLE.pack_size,
    "content_unit_code": TABLE.content_unit_code,
    "minimum_quantity": TABLE.minimum_quantity,
    "step_quantity": TABLE.step_quantity,
    "lead_time_days": TABLE.lead_time_days,
    "stock": case((TABLE.is_stocked, COUNTED)),
}
SOME = 1000

Value = str | Decimal | int | None


class CatalogueFile(NamedTuple):
    """A file to be taken along: its bytes, their media type, and what it is called."""

    content: bytes
    media_type: str
    name: str


def catalogue_file(kind: str) -> CatalogueFile:
    """All of one's own products in that format (a key of writing.FORMATS). Raises NotFound for another one."""
    if kind not in FORMATS:
        raise NotFound(_l("There is nothing here that you may see."))
    return CatalogueFile(FORMATS[kind].write(own_offers()), FORMATS[kind].media_type, f"catalogue.{kind}")


def own_offers() -> Iterator[dict[str, Value]]:
    """The products of the actor's organisation by article number, each by the names of catalogue/columns.py."""
    statement = (
        select(*(column.label(name) for name, column in GIVEN.items()))
        .where(Product.organisation_id == current_actor().organisation)
        .order_by(Product.sku)
    )
    rows: Any = session().execute(statement.execution_options(yield_per=SOME)).mappings()
    return map(dict, rows)
