"""What does a scanned code stand for?"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from flask import url_for
from sqlalchemy import func, select

from marketplace.foundation.db import session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock.models import StockBatch
from marketplace.sellers.stock.scanning import Scan, read_scan
from marketplace.sellers.warehouses.queries import bins_called


class Found(NamedTuple):
    """One thing that a code may stand for, and its page."""

    kind: str
    label: str
    hint: str
    url: str


def found_by(scan: Scan) -> list[Found]:
    """What the code stands for: a known batch, a bin or a product; goods of a new batch are for receiving."""
    if not scan.code:
        return []
    return _batches(scan) or [*_bins(scan), *_products(scan)]


def product_called(code: str) -> Product:
    """The one product of one's own with that article number or GTIN. Raises Invalid, beside `code`."""
    found = _own_products(read_scan(code))
    if len(found) != 1:
        raise Invalid(_l("“%(code)s” is not exactly one of your products.", code=code), field="code")
    return found[0]


def batch_called(product_id: UUID, number: str) -> StockBatch:
    """The batch of a product with that number. Raises Invalid, beside `number`."""
    wanted = select(StockBatch).where(StockBatch.product_id == product_id, StockBatch.number == number)
    found = session().scalars(wanted).one_or_none()
    if found is None:
        raise Invalid(_l("No batch “%(number)s” of it ever came in.", number=number), field="number")
    return found


def _batches(scan: Scan) -> list[Found]:
    wanted = (
        select(StockBatch, Product)
        .join(Product, Product.id == StockBatch.product_id)
        .where(
            StockBatch.organisation_id == current_actor().organisation,
            StockBatch.number == (scan.number or scan.code),
        )
    )
    if scan.gtin and scan.number:
        wanted = wanted.where(func.lpad(Product.gtin, 14, "0") == scan.gtin.rjust(14, "0"))
    rows = session().execute(wanted.limit(50))
    return [
        Found("batch", batch.number, product.name, url_for("sellers.stock.batch", batch_id=batch.id))
        for batch, product in rows
    ]


def _bins(scan: Scan) -> list[Found]:
    return [
        Found("bin", f"{at.code}/{row.code}", at.name, url_for("sellers.stock.bin", bin_id=row.id))
        for row, at in bins_called([scan.code]).get(scan.code, [])
    ]


def _products(scan: Scan) -> list[Found]:
    return [Found("product", row.name, row.sku, _page_of(row, scan)) for row in _own_products(scan)]


def _own_products(scan: Scan) -> Sequence[Product]:
    named = func.upper(Product.sku) == scan.code.upper()
    if scan.gtin:
        named = named | (func.lpad(Product.gtin, 14, "0") == scan.gtin.rjust(14, "0"))
    wanted = select(Product).where(Product.organisation_id == current_actor().organisation, named)
    return session().scalars(wanted.order_by(Product.sku).limit(50)).all()


def _page_of(product: Product, scan: Scan) -> str:
    """Where the label bears a number that is not known, goods are coming in."""
    if scan.number and current_actor().permits(Permission.STOCK_WRITE):
        return url_for("sellers.stock.receive", product_id=product.id, code=scan.code)
    return url_for("sellers.stock.show", product_id=product.id)
