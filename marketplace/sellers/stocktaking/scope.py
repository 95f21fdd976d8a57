"""Which places does a count cover?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, cast, exists, select

from marketplace.foundation import clock
from marketplace.foundation.language import text as _
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock.models import StockHolding
from marketplace.sellers.stock.turnover import products_of_class
from marketplace.sellers.stocktaking.models import CountLine
from marketplace.sellers.warehouses.models import Bin


@dataclass(frozen=True)
class Scope:
    """Bins along the way from one to another, products of one ABC class, what was not counted for so long; or all."""

    first: Bin | None = None
    last: Bin | None = None
    letter: str | None = None
    idle_days: int | None = None

    def title(self, warehouse_name: str) -> str:
        """In words: what the adjustments of this count give as their reason."""
        parts = [_("Count of %(warehouse)s", warehouse=warehouse_name)]
        if self.first or self.last:
            ends = (bin.code if bin else "…" for bin in (self.first, self.last))
            parts.append(" – ".join(ends))
        if self.letter:
            parts.append(_("class %(letter)s", letter=self.letter))
        return ", ".join(parts)

    def places(self, warehouse_id: UUID) -> Select[*tuple[Any, ...]]:
        """Product, bin and batch of all that lies within it in a warehouse, against the way through it.

        So the line that is written last, which a list shows first, is of the first bin.
        """
        held = select(StockHolding.product_id, StockHolding.bin_id, StockHolding.batch_id)
        within = held.join(Bin, Bin.id == StockHolding.bin_id).where(
            Bin.warehouse_id == warehouse_id, StockHolding.on_hand > 0
        )
        ordered = within.join(Product, Product.id == StockHolding.product_id).where(*self._conditions())
        return ordered.order_by(Bin.path.desc(), Bin.id.desc(), Product.sku.desc(), StockHolding.id.desc())

    def _conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.first:
            found.append(Bin.path >= self.first.path)
        if self.last:
            found.append(Bin.path <= self.last.path)
        if self.letter:
            found.append(StockHolding.product_id == any_(self._products(self.letter)))
        if self.idle_days:
            found.append(~self._counted_lately(self.idle_days))
        return found

    @staticmethod
    def _products(letter: str) -> ColumnElement[Any]:
        """As one parameter: a statement has no room for each of many."""
        return cast(list(products_of_class(letter)), ARRAY(Uuid))

    def _counted_lately(self, days: int) -> ColumnElement[bool]:
        return exists().where(
            CountLine.product_id == StockHolding.product_id,
            CountLine.bin_id == StockHolding.bin_id,
            CountLine.batch_id.is_not_distinct_from(StockHolding.batch_id),
            CountLine.counted_at >= clock.now() - timedelta(days=days),
        )
