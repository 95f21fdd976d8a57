"""Which news do suppliers make?"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from marketplace.foundation.outbox import OrganisationEvent, TradeEvent


@dataclass(frozen=True, kw_only=True)
class CatalogueImported(OrganisationEvent):
    """Announced by the catalogue's import when a file has been worked through."""

    subject: ClassVar[str] = "catalogue_import"
    file_name: str
    created: int
    changed: int
    unchanged: int
    rejected: int


@dataclass(frozen=True, kw_only=True)
class ProductsChanged(OrganisationEvent):
    """Announced by the catalogue when products were written, so that what is derived from them follows."""

    subject: ClassVar[str] = "catalogue"
    product_ids: list[UUID]


@dataclass(frozen=True)
class ShippedLine:
    """So much of one order line left in one shipment."""

    order_line_id: UUID
    product_id: UUID
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class GoodsShipped(TradeEvent):
    """Announced by fulfilment when a parcel leaves: the ship notice (UBL DespatchAdvice). Orders hear it."""

    subject: ClassVar[str] = "order"
    shipment_id: UUID
    shipment_number: str
    carrier: str
    tracking_number: str
    expected_on: date
    lines: list[ShippedLine]


@dataclass(frozen=True, kw_only=True)
class ScorecardPublished(TradeEvent):
    """Announced when a monthly scorecard has been drawn up and its PDF filed."""

    subject: ClassVar[str] = "scorecard"
    period: str
    score: Decimal | None


@dataclass(frozen=True, kw_only=True)
class ScorecardReplied(TradeEvent):
    """Announced when the supplier answers its scorecard."""

    subject: ClassVar[str] = "scorecard"
    period: str
