"""What do we remember of what has arrived?

A receipt is written once. A trigger adds its lines to those of the order in the same statement, and the order's checks
refuse what would go beyond it: two counts in the same moment cannot together accept more than was ordered.
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

KEEPING = personal("contract", "10 years after the order")
RECEIPT_KEY = ["receipts.id", "receipts.order_id", "receipts.buyer_id", "receipts.seller_id"]
WRITTEN_BY_BUYER = Tenancy(Kind.shared().readers, f"buyer_id = {HERE}").append_only()


class Receipt(Base):
    """One count of goods that have arrived for an order (UBL ReceiptAdvice), of one shipment or of none."""

    __tablename__ = "receipts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "buyer_id", "seller_id"],
            ["purchase_orders.id", "purchase_orders.buyer_id", "purchase_orders.seller_id"],
        ),
        UniqueConstraint("buyer_id", "number"),
        UniqueConstraint("buyer_id", "request_id"),
        UniqueConstraint("shipment_id"),
        UniqueConstraint("id", "order_id", "buyer_id", "seller_id"),
        Index("ix_receipts_order", "order_id", "id"),
        Index("ix_receipts_buyer", "buyer_id", "id"),
        Index("ix_receipts_seller", "seller_id", "id"),
    )
    tenancy = WRITTEN_BY_BUYER

    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    number: Mapped[str]
    order_number: Mapped[str]
    shipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("shipments.id"))
    request_id: Mapped[UUID]
    received_on: Mapped[date]
    counted_at: Mapped[datetime] = mapped_column(default=clock.now)
    counted_by: Mapped[str] = mapped_column(info=KEEPING)
    note: Mapped[str] = mapped_column(default="")

    @property
    def parties(self) -> dict[str, Any]:
        """Whose it is, in the columns that every child repeats."""
        return {"order_id": self.order_id, "buyer_id": self.buyer_id, "seller_id": self.seller_id}


class ReceiptLine(Base):
    """The count of one order line: accepted, damaged or wrong, missing for good, and what came beyond the order.

    `expected` is what was announced, or what was still to come where nothing was.
    """

    __tablename__ = "receipt_lines"
    __table_args__ = (
        ForeignKeyConstraint(["receipt_id", "order_id", "buyer_id", "seller_id"], RECEIPT_KEY),
        ForeignKeyConstraint(
            ["order_line_id", "order_id", "buyer_id", "seller_id"],
            [f"purchase_order_lines.{column}" for column in ("id", "order_id", "buyer_id", "seller_id")],
        ),
        UniqueConstraint("receipt_id", "order_line_id"),
        CheckConstraint(
            "accepted >= 0 and damaged >= 0 and missing >= 0 and over >= 0", name="counts_are_not_negative"
        ),
        CheckConstraint("accepted + damaged + missing + over > 0", name="counts_something"),
        Index("ix_receipt_lines_order_line", "order_line_id"),
    )
    tenancy = WRITTEN_BY_BUYER

    receipt_id: Mapped[UUID]
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    position: Mapped[int]
    sku: Mapped[str]
    name: Mapped[str]
    unit_code: Mapped[str]
    expected: Mapped[Decimal]
    accepted: Mapped[Decimal]
    damaged: Mapped[Decimal]
    missing: Mapped[Decimal]
    over: Mapped[Decimal]

    @property
    def is_discrepant(self) -> bool:
        """Whether something was damaged, wrong, missing or too many: what a claim is made of."""
        return bool(self.damaged or self.missing or self.over)


class ReceiptPhoto(Base):
    """A picture of what is wrong, of one line or of the delivery as a whole."""

    __tablename__ = "receipt_photos"
    __table_args__ = (ForeignKeyConstraint(["receipt_id", "order_id", "buyer_id", "seller_id"], RECEIPT_KEY),)
    tenancy = WRITTEN_BY_BUYER

    receipt_id: Mapped[UUID] = mapped_column(index=True)
    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    order_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("purchase_order_lines.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))


explain("receipt_needs_agreed_order", _l("Goods are counted for orders that both parties have agreed on."))
explain("uq_receipts_shipment_id", _l("This shipment has been counted already."))
explain(
    "ck_purchase_order_lines_counted_within_order",
    _l("More would be counted than is still to come. Please look at the order again."),
)
