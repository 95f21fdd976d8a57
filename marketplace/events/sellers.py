"""Which news do suppliers make?"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import OrganisationEvent, TradeEvent


@dataclass(frozen=True, kw_only=True)
class CatalogueImported(OrganisationEvent):
    """Announced by the catalogue's import when a file has been worked through."""

    subject: ClassVar[str] = "catalogue_import"
    headline: ClassVar[LazyString] = _l("Catalogue imported")
    tone: ClassVar[str] = "good"
    file_name: str
    created: int
    changed: int
    unchanged: int
    rejected: int
    withdrawn: int = 0


@dataclass(frozen=True, kw_only=True)
class ProductsChanged(OrganisationEvent):
    """Announced by the catalogue when products were written, so that what is derived from them follows."""

    subject: ClassVar[str] = "catalogue"
    headline: ClassVar[LazyString] = _l("Products changed")
    product_ids: list[UUID]


@dataclass(frozen=True, kw_only=True)
class StockCounted(OrganisationEvent):
    """Announced by the catalogue's import with what a file says lies in the warehouse: (product id, units on hand).

    At most a thousand counts at a time. Stock hears it and adjusts; the same counts twice change nothing.
    """

    subject: ClassVar[str] = "catalogue"
    counts: list[tuple[UUID, Decimal]]


@dataclass(frozen=True, kw_only=True)
class CountsLeftOpen(OrganisationEvent):
    """Announced by stock when a file says that there is more of products whose pieces bear numbers.

    It does not say which numbers these are, so their stock stays as it is until somebody receives or counts them.
    """

    subject: ClassVar[str] = "stock"
    headline: ClassVar[LazyString] = _l("Counts of a file left open")
    tone: ClassVar[str] = "warning"
    skus: list[str]


@dataclass(frozen=True)
class ShippedLine:
    """So much of one order line left in one shipment, replacements included."""

    order_line_id: UUID
    product_id: UUID
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class GoodsShipped(TradeEvent):
    """Announced by fulfilment when a parcel leaves: the ship notice (UBL DespatchAdvice). Orders hear it."""

    subject: ClassVar[str] = "order"
    headline: ClassVar[LazyString] = _l("Goods shipped")
    tone: ClassVar[str] = "info"
    shipment_id: UUID
    shipment_number: str
    carrier: str
    tracking_number: str
    expected_on: date
    lines: list[ShippedLine]


@dataclass(frozen=True, kw_only=True)
class ShipmentTracked(TradeEvent):
    """Announced by fulfilment when the seller notes where a parcel is; `is_delivered` once it has arrived."""

    subject: ClassVar[str] = "order"
    headline: ClassVar[LazyString] = _l("Parcel on its way")
    tone: ClassVar[str] = "info"
    shipment_id: UUID
    shipment_number: str
    place: str
    comment: str
    is_delivered: bool


@dataclass(frozen=True, kw_only=True)
class ScorecardPublished(TradeEvent):
    """Announced when a monthly scorecard has been drawn up and its PDF filed."""

    subject: ClassVar[str] = "scorecard"
    headline: ClassVar[LazyString] = _l("Scorecard published")
    period: str
    score: Decimal | None


@dataclass(frozen=True, kw_only=True)
class ScorecardReplied(TradeEvent):
    """Announced when the supplier answers its scorecard."""

    subject: ClassVar[str] = "scorecard"
    headline: ClassVar[LazyString] = _l("Supplier replied to the scorecard")
    tone: ClassVar[str] = "info"
    period: str


@dataclass(frozen=True, kw_only=True)
class CustomerGroupFormed(OrganisationEvent):
    """Announced when a supplier forms a circle of customers."""

    subject: ClassVar[str] = "customer_group"
    headline: ClassVar[LazyString] = _l("Customer group formed")
    name: str


@dataclass(frozen=True, kw_only=True)
class CustomerJoined(OrganisationEvent):
    """Announced when a supplier puts a buyer into a group; the buyer does not hear it."""

    subject: ClassVar[str] = "customer_group"
    headline: ClassVar[LazyString] = _l("Customer joined a group")
    customer_id: UUID
    customer_name: str


@dataclass(frozen=True, kw_only=True)
class CustomerLeft(OrganisationEvent):
    """Announced when a supplier takes a buyer out of a group; the buyer does not hear it."""

    subject: ClassVar[str] = "customer_group"
    headline: ClassVar[LazyString] = _l("Customer left a group")
    customer_id: UUID
    customer_name: str


@dataclass(frozen=True, kw_only=True)
class PriceListOpened(OrganisationEvent):
    """Announced when a supplier opens a price list."""

    subject: ClassVar[str] = "price_list"
    headline: ClassVar[LazyString] = _l("Price list opened")
    tone: ClassVar[str] = "good"
    name: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class PricesChanged(OrganisationEvent):
    """Announced when prices of a list were written or ended, with how many products they are of."""

    subject: ClassVar[str] = "price_list"
    headline: ClassVar[LazyString] = _l("Prices changed")
    tone: ClassVar[str] = "info"
    products: int
    starts_on: date


@dataclass(frozen=True, kw_only=True)
class PriceListEnded(OrganisationEvent):
    """Announced when a supplier says on which day a price list ends."""

    subject: ClassVar[str] = "price_list"
    headline: ClassVar[LazyString] = _l("Price list ended")
    tone: ClassVar[str] = "warning"
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class PromotionPlanned(OrganisationEvent):
    """Announced when a supplier plans a promotion."""

    subject: ClassVar[str] = "promotion"
    headline: ClassVar[LazyString] = _l("Promotion planned")
    tone: ClassVar[str] = "good"
    title: str


@dataclass(frozen=True, kw_only=True)
class PromotionEnded(OrganisationEvent):
    """Announced when a supplier ends a promotion before its time."""

    subject: ClassVar[str] = "promotion"
    headline: ClassVar[LazyString] = _l("Promotion ended")
    tone: ClassVar[str] = "warning"
    title: str
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class ItemsJoined(OrganisationEvent):
    """Announced by items when the operator says that two offers, and all that stand with them, are of one thing."""

    subject: ClassVar[str] = "item"
    headline: ClassVar[LazyString] = _l("Items joined")
    tone: ClassVar[str] = "good"
    product_id: UUID
    other_product_id: UUID
    name: str
    other_name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ItemsKeptApart(OrganisationEvent):
    """Announced by items when the operator says that two offers, and all that stand with them, are not the same."""

    subject: ClassVar[str] = "item"
    headline: ClassVar[LazyString] = _l("Items kept apart")
    product_id: UUID
    other_product_id: UUID
    name: str
    other_name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OfferParted(OrganisationEvent):
    """Announced by items when the operator takes one offer out of an item."""

    subject: ClassVar[str] = "item"
    headline: ClassVar[LazyString] = _l("Offer parted from its item")
    tone: ClassVar[str] = "warning"
    product_id: UUID
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CatalogueVersionChecked(OrganisationEvent):
    """Announced when somebody has looked through a version of a catalogue, with how many articles it is of."""

    subject: ClassVar[str] = "catalogue_version"
    headline: ClassVar[LazyString] = _l("Version checked")
    tone: ClassVar[str] = "info"
    number: str
    title: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class CatalogueVersionPublished(OrganisationEvent):
    """Announced when all of a version is in the catalogue; `left_out`: articles that had been changed meanwhile."""

    subject: ClassVar[str] = "catalogue_version"
    headline: ClassVar[LazyString] = _l("Version published")
    tone: ClassVar[str] = "good"
    number: str
    title: str
    applied: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class ProductRefused(OrganisationEvent):
    """Announced by moderation when the operator does not let buyers see a product as it is, and says why."""

    subject: ClassVar[str] = "product"
    headline: ClassVar[LazyString] = _l("Product refused")
    tone: ClassVar[str] = "bad"
    sku: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ProductsLetThrough(OrganisationEvent):
    """Announced by moderation when the operator lets buyers see so many products of a supplier; `skus` are some."""

    subject: ClassVar[str] = "catalogue"
    headline: ClassVar[LazyString] = _l("Products let through")
    tone: ClassVar[str] = "good"
    products: int
    skus: str


@dataclass(frozen=True, kw_only=True)
class ModerationChanged(OrganisationEvent):
    """Announced by moderation when the operator says whose products are looked at first.

    `supplier` is whose, or nothing for all that have no rule of their own; `is_on` is nothing where one is as all are.
    """

    subject: ClassVar[str] = "moderation"
    headline: ClassVar[LazyString] = _l("Who is looked at first was changed")
    tone: ClassVar[str] = "warning"
    supplier_id: UUID | None
    supplier: str
    is_on: bool | None
