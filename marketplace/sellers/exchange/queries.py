"""What of a catalogue is given out?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, case, cast, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.foundation.db import session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.attributes.queries import ATTRIBUTES_OF, all_attributes
from marketplace.sellers.attributes.values import PREFIX
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.exchange.writing import FORMATS, Offers, Property
from marketplace.sellers.facts.kinds import CERTIFICATES, DOCUMENTS, FACTS, IN_A_ROW
from marketplace.sellers.facts.queries import FACTS_OF
from marketplace.sellers.stock.models import StockLevel

PRODUCTS = Product.__table__.alias("p")
TABLE = PRODUCTS.c
COUNTED = (
    select(func.coalesce(func.sum(StockLevel.on_hand), 0))
    .where(StockLevel.product_id == TABLE.id)
    .scalar_subquery()
)
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
    "starts_on": cast(TABLE.starts_on, Text),
    "ends_on": cast(TABLE.ends_on, Text),
    "stock": case((TABLE.is_stocked, COUNTED)),
}
SAID: ColumnElement[dict[str, str | None]] = literal_column(f"({FACTS_OF} || {ATTRIBUTES_OF})", JSONB)
# Of the facts and attributes those that one of the products says.
NAMES = text(f"""
    SELECT DISTINCT said.name FROM product_facts f
    CROSS JOIN LATERAL (VALUES {", ".join(f"('{name}', f.{name} IS NOT NULL)" for name in IN_A_ROW)}) said (name, is_so)
    WHERE f.organisation_id = :organisation_id AND said.is_so
    UNION SELECT '{CERTIFICATES}' FROM product_certificates c WHERE c.organisation_id = :organisation_id
    UNION SELECT '{DOCUMENTS}' FROM product_documents d WHERE d.organisation_id = :organisation_id
    UNION SELECT '{PREFIX}' || a.code FROM attributes a
    WHERE EXISTS (
        SELECT FROM product_attributes v WHERE v.attribute_id = a.id AND v.organisation_id = :organisation_id
    )
""")
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


def own_offers() -> Offers:
    """The products of the actor's organisation by article number, each by the names of catalogue/columns.py.

    Only those facts and attributes have a column that one of the products says; in two statements.
    """
    properties = _properties()
    names = [one.name for one in properties]
    columns = [column.label(name) for name, column in GIVEN.items()]
    statement = (
        select(*columns, *([SAID.label("said")] if names else []))
        .select_from(PRODUCTS)
        .where(PRODUCTS.c.organisation_id == current_actor().organisation)
        .order_by(PRODUCTS.c.sku)
    )
    rows: Any = session().execute(statement.execution_options(yield_per=SOME)).mappings()
    return Offers(properties, (_offer(row, names) for row in rows))


def _offer(row: Any, names: Sequence[str]) -> dict[str, Value]:
    said = row["said"] if names else {}
    return {**{name: row[name] for name in GIVEN}, **{name: said.get(name) for name in names}}


def _properties() -> list[Property]:
    """The facts and attributes that the actor's products say, in the order of the known columns."""
    said = set(session().scalars(NAMES, {"organisation_id": current_actor().organisation}))
    facts = [Property(name, fact.titles.split(", ")[0]) for name, fact in FACTS.items() if name in said]
    attributes = [(f"{PREFIX}{row.code}", row) for row in all_attributes()] if said else []
    return facts + [Property(name, name, row.unit_code) for name, row in attributes if name in said]
