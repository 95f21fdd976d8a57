"""What do we remember of what somebody needs again and again, and of each day on which they did?"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.buyers.schedules.lifecycle import STANDING, StandingState
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import UNIT_PRICE, Money, money_column
from marketplace.foundation.tenancy import HERE, Kind, Tenancy

LONGEST_TITLE, LONGEST_LEAD, HIGHEST_BOUND = 120, 60, 1000
RULE = "^FREQ=(WEEKLY|MONTHLY);INTERVAL=[1-9][0-9]?;BY[A-Z0-9=,;+-]+;(UNTIL=[0-9]{8}|COUNT=[1-9][0-9]*)$"


class Outcome(StrEnum):
    """What became of one day."""

    MADE = "made"
    UNAVAILABLE = "unavailable"
    NO_BUDGET = "no_budget"
    TOO_DEAR = "too_dear"
    REFUSED = "refused"
    MISSED = "missed"
    SKIPPED = "skipped"


class StandingRequisition(Base):
    """What one person needs again and again, by a rule of RFC 5545 (standing order: UNTDID 1001 code 258).

    `next_on` is the next day on which it is needed (None: there is none), `counts_from` the day from which on days
    count: none before it was begun, changed or let go on.
    """

    __tablename__ = "standing_requisitions"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        UniqueConstraint("organisation_id", "number"),
        ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"], ["cost_centres.id", "cost_centres.organisation_id"]
        ),
        ForeignKeyConstraint(["site_id", "organisation_id"], ["sites.id", "sites.organisation_id"]),
        CheckConstraint(f"title <> '' and char_length(title) <= {LONGEST_TITLE}", name="title_length"),
        CheckConstraint(f"lead_days between 0 and {LONGEST_LEAD}", name="lead_days"),
        CheckConstraint(f"price_bound between 0 and {HIGHEST_BOUND}", name="price_bound"),
        CheckConstraint(f"rule ~ '{RULE}'", name="rule"),
    )
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[str]
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    title: Mapped[str]
    cost_centre_id: Mapped[UUID]
    site_id: Mapped[UUID]
    note: Mapped[str]
    rule: Mapped[str]
    starts_on: Mapped[date]
    lead_days: Mapped[int]
    price_bound: Mapped[Decimal | None]
    status: Mapped[StandingState] = STANDING.column()
    counts_from: Mapped[date]
    next_on: Mapped[date | None]
    begun_at: Mapped[datetime] = mapped_column(default=clock.now)


class StandingLine(Base):
    """So much of one product each time, and what one unit cost when that was decided."""

    __tablename__ = "standing_requisition_lines"
    __table_args__ = (
        UniqueConstraint("standing_id", "product_id"),
        ForeignKeyConstraint(
            ["standing_id", "organisation_id"],
            ["standing_requisitions.id", "standing_requisitions.organisation_id"],
        ),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    tenancy = Tenancy(
        f"organisation_id = {HERE}",
        f"organisation_id = {HERE}",
        ("SELECT", "INSERT", "UPDATE (quantity, unit_price_amount, unit_price_currency)"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    standing_id: Mapped[UUID] = mapped_column(index=True)
    position: Mapped[int]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str]
    name: Mapped[str]
    unit_code: Mapped[str] = mapped_column(String(3))
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    unit_price: Mapped[Money] = money_column("unit_price", kept=UNIT_PRICE)


class StandingRun(Base):
    """What became of one day: the requisition that was made, or why there is none. There is one of each day."""

    __tablename__ = "standing_runs"
    __table_args__ = (
        UniqueConstraint("standing_id", "day"),
        ForeignKeyConstraint(
            ["standing_id", "organisation_id"],
            ["standing_requisitions.id", "standing_requisitions.organisation_id"],
        ),
        ForeignKeyConstraint(
            ["requisition_id", "organisation_id"], ["requisitions.id", "requisitions.organisation_id"]
        ),
        CheckConstraint(f"outcome in ({', '.join(repr(str(o)) for o in Outcome)})", name="outcome"),
        CheckConstraint("(outcome = 'made') = (requisition_id is not null)", name="made"),
    )
    tenancy = Kind.private().append_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    standing_id: Mapped[UUID]
    day: Mapped[date]
    outcome: Mapped[Outcome] = mapped_column(String)
    requisition_id: Mapped[UUID | None] = mapped_column(index=True)
    detail: Mapped[str] = mapped_column(default="")
    noted_at: Mapped[datetime] = mapped_column(default=clock.now)


explain("uq_standing_runs_standing_id_day", _l("That day is settled already."))
explain(
    "standing_requisition_own",
    _l("Only the one who needs it changes it, skips a day or lets it go on: it is bought in their name."),
)
explain("standing_requisition_over", _l("It is over and stays as it is."))
explain("standing_run_fits", _l("That day is settled already."))
