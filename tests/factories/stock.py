"""Which products with stock do the tests need?"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from marketplace.sellers.replenishment.actions import expect_goods
from marketplace.sellers.stock.actions import (
    Place,
    StockLine,
    limit_counts,
    receive_stock,
    reserve_stock,
    show_stock,
    track_stock,
)
from marketplace.sellers.stock.doors import knock
from marketplace.sellers.stock.models import Tracking
from marketplace.sellers.stock.queries import holdings_of
from marketplace.sellers.warehouses.actions import add_bins, open_warehouse
from marketplace.sellers.warehouses.queries import main_warehouse
from tests.cast import Party
from tests.databases import recalled
from tests.factories.catalogue import a_product


@recalled
def a_stocked_product(seller: Party, *, stock: str = "10", sku: str = "", **others: Any) -> UUID:
    """The id of a published product of `seller`, with so much of it in the warehouse."""
    return a_product(seller, sku=sku or f"S-{uuid4().hex[:8]}", stock=Decimal(stock), **others)


def a_reservation(
    buyer: Party, product_id: UUID, quantity: str = "1", *, holder_id: UUID | None = None
) -> UUID:
    """The id of a document of `buyer` for which so much is kept without end."""
    holder_id = holder_id or uuid4()
    with buyer.at_work("requester"):
        reserve_stock(holder_id=holder_id, lines=[StockLine(product_id, Decimal(quantity))], expires_at=None)
    return holder_id


def some_bins(seller: Party, *codes: str, warehouse: str = "N", position: int = 1) -> dict[str, UUID]:
    """The ids of bins of a new warehouse, by their codes."""
    with seller.at_work("warehouse"):
        row = open_warehouse(code=warehouse, name=f"Entrepôt {warehouse}", position=position)
        return {code: add_bins(warehouse_id=row.id, first=code)[0].id for code in codes}


def a_product_in_batches(
    seller: Party,
    batches: Mapping[str, tuple[str, date | None]],
    *,
    bin_id: UUID | None = None,
    tracking: Tracking = Tracking.BATCH,
    **others: Any,
) -> UUID:
    """The id of a product of which these batches came in: by number, how much, and until when it is good."""
    product_id = a_stocked_product(seller, stock="0", **others)
    with seller.at_work("warehouse"):
        track_stock(product_id=product_id, tracking=tracking)
        for number, (quantity, expires_on) in batches.items():
            receive_stock(
                product_id=product_id,
                quantity=Decimal(quantity),
                bin_id=bin_id,
                numbers=[number],
                expires_on=expires_on,
            )
    return product_id


def a_policy(seller: Party, *, shows: str | None = None, count_limit: str | None = None) -> None:
    """What the seller lets buyers see of its stock, and above which value a second person approves a count."""
    if shows is not None:
        with seller.at_work("sales_desk"):
            show_stock(shows=shows)
    if count_limit is not None:
        with seller.at_work("supplier_finance"):
            limit_counts(count_limit=Decimal(count_limit))


def an_arrival(seller: Party, product_id: UUID, quantity: str, expected_on: date) -> UUID:
    """The id of goods that are expected that day in the seller's first warehouse."""
    with seller.at_work("warehouse"):
        knock("found_warehouse")
        row = expect_goods(
            product_id=product_id,
            warehouse_id=main_warehouse().id,
            quantity=Decimal(quantity),
            expected_on=expected_on,
        )
        return row.id


def places_of(seller: Party, product_id: UUID) -> dict[str, Place]:
    """Where a product lies, by "bin" or "bin batch"."""
    with seller.reading("warehouse"):
        return {
            " ".join(filter(None, (x.bin.code, x.batch and x.batch.number))): Place(
                product_id, x.bin.id, x.holding.batch_id
            )
            for x in holdings_of(product_id)
        }
