"""What do we remember of a supplier's deliveries, and of the scorecards drawn from them?"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, exists
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import HERE, ME, Kind, Tenancy

SHARED = Kind.shared()
BY_BUYER = Tenancy(SHARED.readers, f"buyer_id = {HERE}")


class ContestedLine(Base):
    """That a dispute is about an order line, which may be complete or not yet; and what came of it."""

    __tablename__ = "contested_lines"
    __table_args__ = (
        UniqueConstraint("order_line_id", "dispute_id"),
        CheckConstraint("not (is_open and was_founded)", name="founded_in_the_end"),
    )
    tenancy = Tenancy(
        BY_BUYER.readers, BY_BUYER.writers, ("SELECT", "INSERT", "UPDATE (is_open, was_founded)")
    )

    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    dispute_id: Mapped[UUID] = mapped_column(index=True)
    order_line_id: Mapped[UUID]
    is_open: Mapped[bool] = mapped_column(default=True)
    was_founded: Mapped[bool] = mapped_column(default=False)


class DeliveryFact(Base):
    """One completed order line, as the scorecard counts it; also one from a company's old system.

    Whether it is contested is asked of its disputes, so that it is the same whichever news came first.
    """

    __tablename__ = "delivery_facts"
    __table_args__ = (Index("ix_delivery_facts_parties", "buyer_id", "seller_id", "completed_on"),)
    tenancy = BY_BUYER.append_only()

    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID] = mapped_column(index=True)
    order_line_id: Mapped[UUID] = mapped_column(unique=True)
    order_id: Mapped[UUID | None]
    order_number: Mapped[str]
    article: Mapped[str]
    ordered: Mapped[Decimal]
    accepted: Mapped[Decimal]
    damaged: Mapped[Decimal]
    promised_on: Mapped[date]
    completed_on: Mapped[date]
    confirmed_after_hours: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    is_contested: Mapped[bool] = column_property(
        exists().where(ContestedLine.order_line_id == order_line_id, ContestedLine.is_open)
    )
    was_founded: Mapped[bool] = column_property(
        exists().where(ContestedLine.order_line_id == order_line_id, ContestedLine.was_founded)
    )


class Scorecard(Base):
    """A supplier's evaluation by a buyer for one month: drawn up once, never changed."""

    __tablename__ = "scorecards"
    __table_args__ = (UniqueConstraint("buyer_id", "seller_id", "period"),)
    tenancy = Tenancy(BY_BUYER.readers, BY_BUYER.writers, ("SELECT", "INSERT", "UPDATE (file_id)"))

    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    period: Mapped[str]
    drawn_on: Mapped[date]
    points: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    lines: Mapped[int]
    measures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    market: Mapped[dict[str, Any]]
    drawn_at: Mapped[datetime] = mapped_column(default=clock.now)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))


class ScorecardLine(Base):
    """A line that a scorecard counted, as it was on that day: what each figure opens to."""

    __tablename__ = "scorecard_lines"
    __table_args__ = (UniqueConstraint("scorecard_id", "fact_id"),)
    tenancy = BY_BUYER.append_only()

    scorecard_id: Mapped[UUID] = mapped_column(ForeignKey("scorecards.id"))
    fact_id: Mapped[UUID] = mapped_column(ForeignKey("delivery_facts.id"))
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    weight: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    shares: Mapped[dict[str, Any]]

    @property
    def was_contested(self) -> bool:
        """Whether it was set aside on that day: every other line says something about disputes."""
        return all(share is None for share in self.shares.values())


class ScorecardReply(Base):
    """What the supplier says to a scorecard: its right of reply."""

    __tablename__ = "scorecard_replies"
    tenancy = Tenancy(SHARED.readers, f"seller_id = {HERE} AND person_id = {ME}").append_only()

    scorecard_id: Mapped[UUID] = mapped_column(ForeignKey("scorecards.id"), index=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(info=personal("supplier evaluation", "5 years"))
    body: Mapped[str]
    replied_at: Mapped[datetime] = mapped_column(default=clock.now)
