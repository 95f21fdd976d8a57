"""What do we remember of what lies in a warehouse?

A level is the present state, a movement is why it is so, a reservation is for whom goods are kept. Nobody writes them
but the doors of migration 0013, so that a level is always the sum of its movements.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation.db import Base
from marketplace.foundation.tenancy import Kind
from marketplace.sellers.stock.lifecycle import RESERVATION, ReservationState


class MovementKind(StrEnum):
    """Why stock changed."""

    RECEIPT = "receipt"
    RETURN = "return"
    ADJUSTMENT = "adjustment"
    RESERVATION = "reservation"
    RELEASE = "release"
    EXPIRY = "expiry"
    SHIPMENT = "shipment"


EFFECTS = (
    "(kind in ('receipt', 'return') and on_hand_change > 0 and reserved_change = 0)"
    " or (kind = 'adjustment' and on_hand_change <> 0 and reserved_change = 0)"
    " or (kind = 'reservation' and on_hand_change = 0 and reserved_change > 0)"
    " or (kind in ('release', 'expiry') and on_hand_change = 0 and reserved_change < 0)"
    " or (kind = 'shipment' and on_hand_change < 0 and reserved_change between on_hand_change and 0)"
)


class StockLevel(Base):
    """How much of one product lies in its seller's warehouse, and how much of that is kept for buyers."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint("reserved >= 0 and reserved <= on_hand", name="is_never_oversold"),
        CheckConstraint("on_hand <= 1000000000", name="on_hand_is_finite"),
    )
    tenancy = Kind.private().read_only()

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    on_hand: Mapped[Decimal] = mapped_column(default=Decimal(0))
    reserved: Mapped[Decimal] = mapped_column(default=Decimal(0))
    bin: Mapped[str | None]

    @property
    def available(self) -> Decimal:
        """What can still be promised; a reservation that has expired is in it once it has been freed."""
        return self.on_hand - self.reserved


class StockMovement(Base):
    """One change of one level, with the level as it was after it."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint(EFFECTS, name="kind_fits_change"),
        CheckConstraint("reserved_after >= 0 and reserved_after <= on_hand_after", name="is_never_oversold"),
        Index("ix_stock_movements_product", "product_id", "id"),
    )
    tenancy = Kind.private().append_only().read_only()

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[str]
    on_hand_change: Mapped[Decimal]
    reserved_change: Mapped[Decimal]
    on_hand_after: Mapped[Decimal]
    reserved_after: Mapped[Decimal]
    buyer_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    cause_id: Mapped[UUID | None]
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
