"""Which products with stock do the tests need?"""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from marketplace.sellers.stock.actions import StockLine, reserve_stock
from tests.cast import Party
from tests.factories.catalogue import a_product


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
