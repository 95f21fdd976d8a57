"""How does a test get products?"""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import xlsxwriter
from PIL import Image

from marketplace.foundation.money import Money
from marketplace.sellers.catalogue.actions import create_product, publish_product, set_tiers
from marketplace.sellers.stock.actions import receive_stock
from tests.cast import Party
from tests.databases import recalled

# So many copies of the newest product, by SQL; called F-1, F-2 …
COPIES_OF_PRODUCTS = """
INSERT INTO products (id, organisation_id, number, sku, name, description, cpv_code, division, unit_code, price_amount,
    price_currency, pack_size, content_unit_code, minimum_quantity, step_quantity, lead_time_days, is_stocked, status,
    needs_agreement, gtin, maker, maker_part_number, changed_at)
OVERRIDING SYSTEM VALUE
SELECT uuidv7(), p.organisation_id, p.number + n, 'F-' || n, p.name, p.description, p.cpv_code, p.division, p.unit_code,
    p.price_amount, p.price_currency, p.pack_size, p.content_unit_code, p.minimum_quantity, p.step_quantity,
    p.lead_time_days, p.is_stocked, p.status, p.needs_agreement, NULL, p.maker, 'F-' || n, p.changed_at
FROM (SELECT * FROM products ORDER BY number DESC LIMIT 1) p, generate_series(1, :many) n
"""
TITLES = ("Référence", "Désignation", "Prix unitaire HT")


@recalled
def a_product(
    party: Party,
    *,
    sku: str = "A-1",
    name: str | None = None,
    price: Decimal | str | int = "10",
    currency: str = "EUR",
    stock: Decimal | int | None = None,
    tiers: dict[int, str] | None = None,
    is_published: bool = True,
    cpv_code: str = "31000000",
    unit_code: str = "C62",
    **others: Any,
) -> UUID:
    """A product of `party`, published, with `stock` units on hand; its id. Without `stock` it is not stocked."""
    values = {"sku": sku, "name": name or f"Article {sku}", "cpv_code": cpv_code, "unit_code": unit_code}
    with party.at_work("sales_desk"):
        product = create_product(
            price=Money(Decimal(price), currency), **{"is_stocked": stock is not None, **values, **others}
        )
        if tiers:
            amounts = {Decimal(quantity): Decimal(amount) for quantity, amount in tiers.items()}
            set_tiers(product_id=product.id, tiers=amounts)
        if is_published:
            publish_product(product_id=product.id)
    if stock:
        _receive(party, product.id, Decimal(stock))
    return product.id


def _receive(party: Party, product_id: UUID, quantity: Decimal) -> None:
    with party.at_work("warehouse"):
        receive_stock(product_id=product_id, quantity=quantity)


def a_picture(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    """The bytes of a picture."""
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(drawn, kind)
    return drawn.getvalue()


def a_catalogue_file(*rows: Sequence[object], titles: Sequence[str] = TITLES) -> bytes:
    """A CSV file with these rows, with semicolons and decimal commas as the French write it."""
    lines = [";".join(map(str, line)) for line in (titles, *rows)]
    return "\n".join(lines).encode()


def a_workbook(*rows: Sequence[object]) -> bytes:
    """An XLSX file with these rows; a text that begins with "=" is a formula."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(number, place, value, day if isinstance(value, date) else None)
    book.close()
    return kept.getvalue()
