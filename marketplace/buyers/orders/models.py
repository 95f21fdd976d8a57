"""What do we remember of a purchase order?

What buyer and seller agreed stands in an immutable version; order and lines repeat the version in force, and the
database compares the two at every commit. So neither side can change a quantity, a price or a date alone.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.buyers.orders.lifecycle import ORDER, OrderState
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import UNIT_PRICE, Money, money_column
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import HERE, Kind, Tenancy

SHARED = Kind.shared()
KEEPING = personal("contract", "10 years after the order")
ORDER_KEY = ["purchase_orders.id", "purchase_orders.buyer_id", "purchase_orders.seller_id"]
COUNTS = ("shipped", "accepted", "damaged", "missing", "over", "replaced")


def shared_writing(*columns: str) -> Tenancy:
    """Rows of a buyer and a seller, of which both may update only these columns, as the triggers allow."""
    return Tenancy(SHARED.readers, SHARED.writers, ("SELECT", "INSERT", f"UPDATE ({', '.join(columns)})"))


class PurchaseOrder(Base):
    """What one buyer orders from one seller (UBL Order).

    `version` is in force, `proposed_version` awaits the buyer's answer. `approved_total` is what the approval covers;
    `file_id` is the PDF of the version in force, once the worker has filed it.
    """

    __tablename__ = "purchase_orders"
    __table_args__ = (
        UniqueConstraint("buyer_id", "number"),
        UniqueConstraint("requisition_id", "seller_id"),
        UniqueConstraint("id", "buyer_id", "seller_id"),
        CheckConstraint("buyer_id <> seller_id", name="two_parties"),
        CheckConstraint("version >= 1", name="version_counts"),
        CheckConstraint(
            "(status = 'change_proposed') = (proposed_version is not null)", name="proposal_is_a_version"
        ),
        CheckConstraint(
            "total_amount >= 0 and total_amount <= approved_total_amount"
            " and total_currency = approved_total_currency",
            name="within_approval",
        ),
        Index("ix_purchase_orders_buyer", "buyer_id", "id"),
        Index("ix_purchase_orders_unfiled", "id", postgresql_where="file_id is null"),
        Index("ix_purchase_orders_seller", "seller_id", "id"),
    )
    tenancy = shared_writing(
        "status", "version", "proposed_version", "total_amount", "confirmed_on", "confirmed_at", "file_id"
    )

    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[str]
    requisition_id: Mapped[UUID] = mapped_column(ForeignKey("requisitions.id"))
    cost_centre_id: Mapped[UUID] = mapped_column(ForeignKey("cost_centres.id"))
    agreement_id: Mapped[UUID | None]
    ship_to: Mapped[str]
    requested_on: Mapped[date]
    confirmed_on: Mapped[date | None]
    status: Mapped[OrderState] = ORDER.column()
    version: Mapped[int] = mapped_column(default=1)
    proposed_version: Mapped[int | None]
    total: Mapped[Money] = money_column("total")
    approved_total: Mapped[Money] = money_column("approved_total")
    placed_by: Mapped[str] = mapped_column(info=KEEPING)
    placed_at: Mapped[datetime] = mapped_column(default=clock.now)
    confirmed_at: Mapped[datetime | None]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))

    @property
    def parties(self) -> dict[str, UUID]:
        """Whose it is, in the columns that every child repeats."""
        return {"buyer_id": self.buyer_id, "seller_id": self.seller_id}


class PurchaseOrderLine(Base):
    """One product of an order (UBL OrderLine): what is agreed, and how much of it has come.

    `over` came beyond the order and is never owed; `replaced` is what a settlement has sent again.
    """

    __tablename__ = "purchase_order_lines"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "buyer_id", "seller_id"], ORDER_KEY),
        UniqueConstraint("order_id", "position"),
        UniqueConstraint("requisition_line_id"),
        UniqueConstraint("id", "order_id", "buyer_id", "seller_id"),
        CheckConstraint("quantity >= 0 and unit_price_amount >= 0 and line_total_amount >= 0", name="agreed"),
        CheckConstraint(" and ".join(f"{column} >= 0" for column in COUNTS), name="counts_are_not_negative"),
        CheckConstraint("shipped <= quantity + replaced", name="shipped_within_order"),
        CheckConstraint("accepted + damaged + missing <= quantity + replaced", name="counted_within_order"),
        CheckConstraint("replaced <= quantity", name="replaced_within_order"),
        CheckConstraint(
            "completed_on is null or accepted + damaged + missing >= quantity", name="complete_when_counted"
        ),
        Index("ix_purchase_order_lines_awaited", "promised_on", postgresql_where="completed_on is null"),
        Index("ix_purchase_order_lines_product", "product_id"),
    )
    tenancy = shared_writing(
        "quantity", "unit_price_amount", "line_total_amount", "promised_on", "shipped", "replaced"
    )

    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    position: Mapped[int]
    requisition_line_id: Mapped[UUID] = mapped_column(ForeignKey("requisition_lines.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str]
    name: Mapped[str]
    unit_code: Mapped[str]
    quantity: Mapped[Decimal]
    unit_price: Mapped[Money] = money_column("unit_price", kept=UNIT_PRICE)
    line_total: Mapped[Money] = money_column("line_total")
    agreement_line_id: Mapped[UUID | None]
    promised_on: Mapped[date | None]
    shipped: Mapped[Decimal] = mapped_column(default=Decimal(0))
    accepted: Mapped[Decimal] = mapped_column(default=Decimal(0))
    damaged: Mapped[Decimal] = mapped_column(default=Decimal(0))
    missing: Mapped[Decimal] = mapped_column(default=Decimal(0))
    over: Mapped[Decimal] = mapped_column(default=Decimal(0))
    replaced: Mapped[Decimal] = mapped_column(default=Decimal(0))
    completed_on: Mapped[date | None]

    @property
    def owed(self) -> Decimal:
        """How much is still to be counted."""
        return self.quantity + self.replaced - self.accepted - self.damaged - self.missing

    @property
    def is_complete(self) -> bool:
        """Whether its last part has been counted; a line that was agreed down to nothing always is."""
        return self.completed_on is not None or self.quantity == 0

    @property
    def is_discrepant(self) -> bool:
        """Whether something of it came damaged, or will not come: what a claim is made of."""
        return bool(self.damaged or self.missing)

    def is_late(self, day: date) -> bool:
        """Whether, on `day`, its confirmed date has passed without its last part; the same for both sides."""
        return not self.is_complete and self.promised_on is not None and self.promised_on < day


class VersionKind(StrEnum):
    """Why a version was written."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    CHANGE = "change"


class OrderVersion(Base):
    """What was agreed, or is proposed: the whole order as one of the parties wrote it, with the hash of its text.

    `base_version` is the one that it replaces, or would have replaced had it not been declined.
    """

    __tablename__ = "order_versions"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "buyer_id", "seller_id"], ORDER_KEY),
        UniqueConstraint("order_id", "version"),
        CheckConstraint(f"kind in ({', '.join(repr(str(kind)) for kind in VersionKind)})", name="kind"),
        CheckConstraint("(version = 1) = (base_version is null)", name="first_has_no_base"),
        CheckConstraint("base_version < version", name="follows_its_base"),
    )
    tenancy = SHARED.append_only()

    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    version: Mapped[int]
    base_version: Mapped[int | None]
    kind: Mapped[VersionKind] = mapped_column(Text)
    author_id: Mapped[UUID]
    author_name: Mapped[str] = mapped_column(info=KEEPING)
    reason: Mapped[str] = mapped_column(default="")
    snapshot: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


class OrderDocument(Base):
    """The PDF of one version, filed once by the buyer's worker, whatever crashes."""

    __tablename__ = "order_documents"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "version"], ["order_versions.order_id", "order_versions.version"]),
        UniqueConstraint("order_id", "version"),
    )
    tenancy = Tenancy(SHARED.readers, f"buyer_id = {HERE}").append_only()

    order_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    version: Mapped[int]
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    sha256: Mapped[str]
    filed_at: Mapped[datetime] = mapped_column(default=clock.now)


explain("order_needs_approval", _l("Only an approved requisition can be ordered."))
explain("order_is_not_held", _l("Budget, stock and ceilings are not held for exactly what this says."))
explain("uq_purchase_orders_requisition_id_seller_id", _l("This requisition has been ordered already."))
explain(
    "ck_purchase_orders_within_approval",
    _l("The total is above what was approved. Decline the change, and ask for approval of the rest anew."),
)
explain("order_equals_its_version", _l("An order changes only by a version that both parties agree to."))
explain("order_is_the_other_partys_move", _l("This is for the other party to decide."))
explain("order_version_is_unfit", _l("This version does not follow from the order as it stands."))
explain(
    "counts_follow_goods", _l("What was shipped and counted is written by ship notices and receipts alone.")
)
