"""What do we remember of the way from an order to the parcels that fulfil it?

What is to be shipped follows from the order, so only news of it (heard as the platform) writes it. What was shipped is
written by the seller as shipments; a trigger adds their lines up, and a check keeps them within what is to be shipped.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import HERE, Kind, Tenancy
from marketplace.sellers.fulfilment.lifecycle import (
    FULFILMENT,
    OPEN,
    SHIPMENT,
    FulfilmentState,
    ShipmentState,
)

explain(
    "ck_fulfilment_lines_never_overshipped",
    _l("More would be shipped than is left to ship."),
    field="quantity",
)
explain("shipment_without_order", _l("This order is not to be shipped."))

KEEPING = personal("contract", "10 years after the order")
BOTH_READ = Kind.shared().readers
FULFILMENT_KEY = ["fulfilment_orders.id", "fulfilment_orders.buyer_id", "fulfilment_orders.seller_id"]
SHIPMENT_KEY = ["shipments.id", "shipments.buyer_id", "shipments.seller_id"]


def seller_writes(*grants: str) -> Tenancy:
    """Rows of a buyer and a seller, of which the seller alone may write, with these statements."""
    return Tenancy(BOTH_READ, f"seller_id = {HERE}", ("SELECT", *grants))


class FulfilmentOrder(Base):
    """The seller's work on one purchase order; `promised_on` is the day asked for until one is confirmed."""

    __tablename__ = "fulfilment_orders"
    __table_args__ = (
        UniqueConstraint("id", "buyer_id", "seller_id"),
        Index("ix_fulfilment_orders_work", "seller_id", "promised_on", "id"),
    )
    tenancy = seller_writes("UPDATE (status, pick_list_asked_at, pick_list_file_id)")

    order_id: Mapped[UUID] = mapped_column(unique=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[str]
    version: Mapped[int]
    ship_to: Mapped[str]
    promised_on: Mapped[date]
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    pick_list_asked_at: Mapped[datetime | None]
    pick_list_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    status: Mapped[FulfilmentState] = FULFILMENT.column()

    @property
    def parties(self) -> dict[str, UUID]:
        """Whose it is, in the columns that every child repeats."""
        return {"buyer_id": self.buyer_id, "seller_id": self.seller_id}

    @property
    def is_open(self) -> bool:
        """Whether something is to be shipped now."""
        return self.status in OPEN

    @property
    def is_late(self) -> bool:
        """Whether the promised day has passed and something is still to be shipped."""
        return self.is_open and self.promised_on < clock.today()


class FulfilmentLine(Base):
    """So much of one order line is to be shipped: what is ordered, and what a settlement sends again (`replacing`).

    `dropped` was ordered and never shipped, and is no longer awaited.
    """

    __tablename__ = "fulfilment_lines"
    __table_args__ = (
        ForeignKeyConstraint(["fulfilment_id", "buyer_id", "seller_id"], FULFILMENT_KEY),
        UniqueConstraint("id", "buyer_id", "seller_id"),
        CheckConstraint(
            "dropped between 0 and ordered and replacing >= 0 and shipped >= 0",
            name="quantities_are_not_negative",
        ),
        CheckConstraint("shipped <= ordered - dropped + replacing", name="never_overshipped"),
    )
    tenancy = seller_writes()

    fulfilment_id: Mapped[UUID] = mapped_column(index=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    order_line_id: Mapped[UUID] = mapped_column(unique=True)
    position: Mapped[int]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str]
    name: Mapped[str]
    unit_code: Mapped[str]
    ordered: Mapped[Decimal]
    dropped: Mapped[Decimal] = mapped_column(default=Decimal(0))
    replacing: Mapped[Decimal] = mapped_column(default=Decimal(0))
    shipped: Mapped[Decimal] = mapped_column(default=Decimal(0))

    @property
    def remainder(self) -> Decimal:
        """What is still to be shipped."""
        return self.ordered - self.dropped + self.replacing - self.shipped


class Shipment(Base):
    """A delivery that has left (UBL DespatchAdvice); `request_id` makes two clicks one shipment."""

    __tablename__ = "shipments"
    __table_args__ = (
        ForeignKeyConstraint(["fulfilment_id", "buyer_id", "seller_id"], FULFILMENT_KEY),
        UniqueConstraint("id", "buyer_id", "seller_id"),
        UniqueConstraint("seller_id", "number"),
        UniqueConstraint("seller_id", "request_id"),
        Index("ix_shipments_unfiled", "shipped_at", postgresql_where="file_id is null"),
    )
    tenancy = seller_writes("INSERT", "UPDATE (status, file_id)")

    fulfilment_id: Mapped[UUID] = mapped_column(index=True)
    order_id: Mapped[UUID] = mapped_column(index=True)
    order_number: Mapped[str]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[str]
    request_id: Mapped[UUID]
    ship_to: Mapped[str]
    carrier: Mapped[str]
    tracking_number: Mapped[str]
    expected_on: Mapped[date]
    promised_on: Mapped[date]
    shipped_at: Mapped[datetime] = mapped_column(default=clock.now)
    shipped_by: Mapped[str] = mapped_column(info=KEEPING)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    status: Mapped[ShipmentState] = SHIPMENT.column()

    @property
    def parties(self) -> dict[str, Any]:
        """Whose it is, in the columns that every child repeats."""
        return {"buyer_id": self.buyer_id, "seller_id": self.seller_id}

    @property
    def is_late(self) -> bool:
        """Whether it comes after the promised day, or has not arrived although the expected day has passed."""
        is_overdue = self.status != ShipmentState.DELIVERED and self.expected_on < clock.today()
        return is_overdue or self.expected_on > self.promised_on


class ShipmentLine(Base):
    """So much of one line left in this shipment."""

    __tablename__ = "shipment_lines"
    __table_args__ = (
        ForeignKeyConstraint(["shipment_id", "buyer_id", "seller_id"], SHIPMENT_KEY),
        ForeignKeyConstraint(
            ["fulfilment_line_id", "buyer_id", "seller_id"],
            ["fulfilment_lines.id", "fulfilment_lines.buyer_id", "fulfilment_lines.seller_id"],
        ),
        UniqueConstraint("shipment_id", "fulfilment_line_id"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
    )
    tenancy = seller_writes().append_only()

    shipment_id: Mapped[UUID]
    fulfilment_line_id: Mapped[UUID] = mapped_column(index=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    order_line_id: Mapped[UUID] = mapped_column(index=True)
    product_id: Mapped[UUID]
    position: Mapped[int]
    sku: Mapped[str]
    name: Mapped[str]
    unit_code: Mapped[str]
    quantity: Mapped[Decimal]


class ShipmentEvent(Base):
    """Where a parcel was seen, as the seller has noted it from the carrier."""

    __tablename__ = "shipment_events"
    __table_args__ = (ForeignKeyConstraint(["shipment_id", "buyer_id", "seller_id"], SHIPMENT_KEY),)
    tenancy = seller_writes().append_only()

    shipment_id: Mapped[UUID] = mapped_column(index=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    happened_at: Mapped[datetime]
    place: Mapped[str]
    remark: Mapped[str]
    noted_at: Mapped[datetime] = mapped_column(default=clock.now)
    noted_by: Mapped[str] = mapped_column(info=KEEPING)
