"""What do we remember of what lies in a warehouse?

A movement is a change and why it was made; the levels of the product, of its batch and of the place where it lies are
the sums of the movements, which the database adds up itself. Nobody writes any of them but the doors of stock.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import Kind
from marketplace.sellers.stock.lifecycle import ARRIVAL, RESERVATION, ArrivalState, ReservationState
from marketplace.sellers.warehouses.models import written_by_owner

explain(
    "ck_stock_batches_serial_is_one",
    _l("A serial number stands for one piece, and this one is here already."),
    field="numbers",
)
explain("ck_stock_batches_number_length", _l("From 1 to 60 characters, please."), field="numbers")
explain(
    "ck_stocking_rules_up_to_is_more",
    _l("What is filled up to must be more than the reorder point."),
    field="reorder_up_to",
)


class MovementKind(StrEnum):
    """Why stock changed."""

    RECEIPT = "receipt"
    RETURN = "return"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    HOLD = "hold"
    CLEARANCE = "clearance"
    SCRAP = "scrap"
    RESERVATION = "reservation"
    RELEASE = "release"
    EXPIRY = "expiry"
    SHIPMENT = "shipment"


class Tracking(StrEnum):
    """What is written down of each piece of a product that comes in."""

    NONE = "none"
    BATCH = "batch"
    SERIAL = "serial"


class Shows(StrEnum):
    """What buyers see of a supplier's stock."""

    QUANTITY = "quantity"
    AVAILABILITY = "availability"
    NOTHING = "nothing"


EFFECTS = (
    "case kind"
    " when 'receipt' then on_hand_change > 0 and reserved_change = 0 and held_change between 0 and on_hand_change"
    " when 'return' then on_hand_change > 0 and reserved_change = 0 and held_change between 0 and on_hand_change"
    " when 'adjustment' then on_hand_change <> 0 and reserved_change = 0"
    " and held_change between least(on_hand_change, 0) and 0"
    " when 'transfer' then on_hand_change <> 0 and reserved_change = 0"
    " and held_change between least(on_hand_change, 0) and greatest(on_hand_change, 0)"
    " when 'hold' then on_hand_change = 0 and reserved_change = 0 and held_change > 0"
    " when 'clearance' then on_hand_change = 0 and reserved_change = 0 and held_change < 0"
    " when 'scrap' then on_hand_change < 0 and reserved_change = 0 and held_change between on_hand_change and 0"
    " when 'reservation' then on_hand_change = 0 and reserved_change > 0 and held_change = 0"
    " when 'release' then on_hand_change = 0 and reserved_change < 0 and held_change = 0"
    " when 'expiry' then on_hand_change = 0 and reserved_change < 0 and held_change = 0"
    " when 'shipment' then on_hand_change < 0 and reserved_change between on_hand_change and 0 and held_change = 0"
    " else false end"
)
OF_LEVEL = (["product_id", "organisation_id"], ["stock_levels.product_id", "stock_levels.organisation_id"])
OF_BIN = (["bin_id", "organisation_id"], ["bins.id", "bins.organisation_id"])
OF_BATCH = (["batch_id", "product_id"], ["stock_batches.id", "stock_batches.product_id"])


class StockLevel(Base):
    """How much of one product its seller has, how much of that is promised to buyers, and how much is held back."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        UniqueConstraint("product_id", "organisation_id"),
        CheckConstraint("reserved >= 0 and reserved <= on_hand", name="is_never_oversold"),
        CheckConstraint("held >= 0 and held <= on_hand", name="holds_what_is_there"),
        CheckConstraint("on_hand <= 1000000000", name="on_hand_is_finite"),
        CheckConstraint("tracking in ('none', 'batch', 'serial')", name="tracking"),
    )
    tenancy = Kind.private().read_only()

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    on_hand: Mapped[Decimal] = mapped_column(default=Decimal(0))
    reserved: Mapped[Decimal] = mapped_column(default=Decimal(0))
    held: Mapped[Decimal] = mapped_column(default=Decimal(0))
    tracking: Mapped[str] = mapped_column(default=Tracking.NONE)


class StockBatch(Base):
    """Pieces of a product that were made together, or one piece with its serial number.

    From the day after `expires_on` they are not sold any more. Its number is what stands on the goods (GS1 AI 10, 21).
    """

    __tablename__ = "stock_batches"
    __table_args__ = (
        ForeignKeyConstraint(*OF_LEVEL),
        UniqueConstraint("id", "product_id"),
        UniqueConstraint("product_id", "number"),
        CheckConstraint("char_length(number) between 1 and 60", name="number_length"),
        CheckConstraint("on_hand >= 0", name="is_not_negative"),
        CheckConstraint("not is_serial or on_hand <= 1", name="serial_is_one"),
        Index("ix_stock_batches_number", "organisation_id", "number"),
        Index("ix_stock_batches_expiry", "organisation_id", "expires_on", "id"),
    )
    tenancy = Kind.private().read_only()

    product_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    number: Mapped[str]
    expires_on: Mapped[date | None]
    is_serial: Mapped[bool]
    on_hand: Mapped[Decimal] = mapped_column(default=Decimal(0))
    received_at: Mapped[datetime]


class StockHolding(Base):
    """How much of one product, and of which batch of it, lies in one bin; `held` of it waits for a quality decision."""

    __tablename__ = "stock_holdings"
    __table_args__ = (
        ForeignKeyConstraint(*OF_LEVEL),
        ForeignKeyConstraint(*OF_BIN),
        ForeignKeyConstraint(*OF_BATCH),
        UniqueConstraint("product_id", "bin_id", "batch_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("held >= 0 and held <= on_hand", name="holds_what_is_there"),
        Index("ix_stock_holdings_bin", "bin_id", "id"),
    )
    tenancy = Kind.private().read_only()

    product_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    bin_id: Mapped[UUID]
    batch_id: Mapped[UUID | None] = mapped_column(index=True)
    on_hand: Mapped[Decimal]
    held: Mapped[Decimal]


class StockMovement(Base):
    """One change: of what, where, why, by whom, when, and for which document, with the level as it was after it.

    A promise to a buyer (reservation, release, expiry) is of the product as a whole and names no bin. `cause_id` is
    the document's id and `document` its number; a transfer is two movements that add up to nothing.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        ForeignKeyConstraint(*OF_BIN),
        ForeignKeyConstraint(*OF_BATCH),
        CheckConstraint(EFFECTS, name="kind_fits_change"),
        CheckConstraint("reserved_after >= 0 and reserved_after <= on_hand_after", name="is_never_oversold"),
        CheckConstraint(
            "(bin_id is null) = (kind in ('reservation', 'release', 'expiry'))"
            " and (batch_id is null or bin_id is not null)",
            name="goods_lie_somewhere",
        ),
        CheckConstraint("reason <> '' or kind not in ('adjustment', 'hold', 'scrap')", name="has_a_reason"),
        Index("ix_stock_movements_product", "product_id", "id"),
        Index("ix_stock_movements_bin", "bin_id", "id", postgresql_where="bin_id is not null"),
        Index("ix_stock_movements_batch", "batch_id", "id", postgresql_where="batch_id is not null"),
        Index("ix_stock_movements_cause", "cause_id"),
        Index("ix_stock_movements_kind", "organisation_id", "kind", "moved_at"),
    )
    tenancy = Kind.private().append_only().read_only()

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str]
    bin_id: Mapped[UUID | None]
    batch_id: Mapped[UUID | None]
    on_hand_change: Mapped[Decimal]
    reserved_change: Mapped[Decimal]
    held_change: Mapped[Decimal]
    on_hand_after: Mapped[Decimal]
    reserved_after: Mapped[Decimal]
    held_after: Mapped[Decimal]
    buyer_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    cause_id: Mapped[UUID | None]
    document: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    person_id: Mapped[UUID | None]
    moved_at: Mapped[datetime]


class Reservation(Base):
    """That goods are kept for a buyer's document (`holder_id`): a requisition until it is ordered, then its order."""

    __tablename__ = "stock_reservations"
    __table_args__ = (
        CheckConstraint(
            "case when status = 'open' then quantity > 0 else quantity = 0 end", name="is_open_while_it_holds"
        ),
        Index(
            "uq_stock_reservations_open",
            "holder_id",
            "product_id",
            unique=True,
            postgresql_where="status = 'open'",
        ),
        Index(
            "ix_stock_reservations_product",
            "product_id",
            "expires_at",
            postgresql_where="status = 'open'",
        ),
    )
    tenancy = Kind.shared().read_only()

    holder_id: Mapped[UUID] = mapped_column(index=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    quantity: Mapped[Decimal]
    reserved_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    status: Mapped[ReservationState] = RESERVATION.column()


class StockingRule(Base):
    """How one product is kept in one warehouse: its usual bin, and below which quantity it is filled up to which."""

    __tablename__ = "stocking_rules"
    __table_args__ = (
        ForeignKeyConstraint(*OF_LEVEL),
        ForeignKeyConstraint(
            ["warehouse_id", "organisation_id"], ["warehouses.id", "warehouses.organisation_id"]
        ),
        ForeignKeyConstraint(["home_bin_id", "warehouse_id"], ["bins.id", "bins.warehouse_id"]),
        UniqueConstraint("product_id", "warehouse_id"),
        CheckConstraint("reorder_point >= 0 and reorder_point <= 1000000000", name="reorder_point_in_range"),
        CheckConstraint("reorder_up_to > reorder_point", name="up_to_is_more"),
        CheckConstraint("(reorder_point is null) = (reorder_up_to is null)", name="reorder_is_whole"),
        Index("ix_stocking_rules_warehouse", "warehouse_id", "product_id"),
    )
    tenancy = written_by_owner("INSERT", "UPDATE (home_bin_id, reorder_point, reorder_up_to)")

    product_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    warehouse_id: Mapped[UUID]
    home_bin_id: Mapped[UUID | None]
    reorder_point: Mapped[Decimal | None]
    reorder_up_to: Mapped[Decimal | None]


class Arrival(Base):
    """So much of a product is expected in a warehouse that day; what came is added up from the movements for it."""

    __tablename__ = "arrivals"
    __table_args__ = (
        ForeignKeyConstraint(*OF_LEVEL),
        ForeignKeyConstraint(
            ["warehouse_id", "organisation_id"], ["warehouses.id", "warehouses.organisation_id"]
        ),
        UniqueConstraint("organisation_id", "number"),
        CheckConstraint("quantity > 0 and quantity <= 1000000000", name="quantity_is_positive"),
        CheckConstraint("received >= 0", name="received_is_not_negative"),
        Index("ix_arrivals_product", "product_id", "expected_on", postgresql_where="status = 'expected'"),
        Index("ix_arrivals_day", "organisation_id", "expected_on", "id"),
    )
    tenancy = written_by_owner("INSERT", "UPDATE (quantity, expected_on, reference, status)")

    product_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    warehouse_id: Mapped[UUID]
    number: Mapped[str]
    quantity: Mapped[Decimal]
    received: Mapped[Decimal] = mapped_column(default=Decimal(0))
    expected_on: Mapped[date]
    reference: Mapped[str] = mapped_column(default="")
    noted_at: Mapped[datetime] = mapped_column(default=clock.now)
    status: Mapped[ArrivalState] = ARRIVAL.column()

    @property
    def remainder(self) -> Decimal:
        """What is still to come."""
        return max(self.quantity - self.received, Decimal(0))

    @property
    def is_late(self) -> bool:
        """Whether its day has passed; then nobody is promised it any more."""
        return self.status == ArrivalState.EXPECTED and self.expected_on < clock.today()


class StockPolicy(Base):
    """What a supplier lets buyers see of its stock, and above which value of a difference a count is approved."""

    __tablename__ = "stock_policies"
    __table_args__ = (
        CheckConstraint("shows in ('quantity', 'availability', 'nothing')", name="shows"),
        CheckConstraint("count_limit >= 0", name="count_limit_is_not_negative"),
    )
    tenancy = written_by_owner("INSERT", "UPDATE (shows, count_limit)")

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    shows: Mapped[str] = mapped_column(default=Shows.QUANTITY)
    count_limit: Mapped[Decimal | None]
