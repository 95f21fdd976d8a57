"""What do we remember of money that may be spent?

The running totals of a budget are written by the database alone: each entry moves them in the same statement
(trigger `budget_entry_counts`), and the check `within` refuses the entry that would go past the amount. So the
totals are always the sum of the entries, and two orders in the same moment cannot both take the last euro.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import LazyString
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Numeric,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.tenancy import HERE, Kind, Tenancy

AMOUNT = Numeric(18, 4)


class CostCentre(Base):
    """A part of an organisation that answers for its own spending; its owner may be asked to approve."""

    __tablename__ = "cost_centres"
    __table_args__ = (UniqueConstraint("organisation_id", "code"), UniqueConstraint("id", "organisation_id"))
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    code: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        """Code and name, as it stands in lists."""
        return f"{self.code} · {self.name}"


class Budget(Base):
    """What one cost centre may spend in one period; periods never overlap (constraint `ex_budgets_period`)."""

    __tablename__ = "budgets"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"], ["cost_centres.id", "cost_centres.organisation_id"]
        ),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("committed >= 0 and spent >= 0", name="totals"),
        CheckConstraint("committed + spent <= amount", name="within"),
    )
    tenancy = Tenancy(
        f"organisation_id = {HERE}", f"organisation_id = {HERE}", ("SELECT", "INSERT", "UPDATE (amount)")
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    cost_centre_id: Mapped[UUID] = mapped_column(index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
    committed: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))
    spent: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))
    currency: Mapped[str] = mapped_column(String(3))

    def money(self, amount: Decimal) -> Money:
        """`amount` in the currency of this budget."""
        return Money(amount, self.currency)


class EntryKind(StrEnum):
    """Why a budget's totals moved."""

    COMMITTED = "committed"
    CHANGED = "changed"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"
    SPENT = "spent"


KINDS: dict[str, LazyString] = {
    EntryKind.COMMITTED: _l("Held by a requisition"),
    EntryKind.CHANGED: _l("Changed with its order"),
    EntryKind.RELEASED: _l("Given back"),
    EntryKind.HANDED_OVER: _l("Handed over to orders"),
    EntryKind.TAKEN_OVER: _l("Taken over by an order"),
    EntryKind.SPENT: _l("Spent"),
}


class BudgetEntry(Base):
    """One movement of a budget: by how much what a document holds, and what is spent for it, changed."""

    __tablename__ = "budget_entries"
    __table_args__ = (
        ForeignKeyConstraint(["budget_id", "organisation_id"], ["budgets.id", "budgets.organisation_id"]),
        CheckConstraint(f"kind in ({', '.join(repr(str(kind)) for kind in EntryKind)})", name="kind"),
        CheckConstraint("committed <> 0 or spent <> 0", name="moves_something"),
        CheckConstraint("spent >= 0", name="spent"),
    )
    tenancy = Kind.private().append_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    budget_id: Mapped[UUID] = mapped_column(index=True)
    document_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[EntryKind] = mapped_column(Text)
    committed: Mapped[Decimal] = mapped_column(AMOUNT)
    spent: Mapped[Decimal] = mapped_column(AMOUNT)
    currency: Mapped[str] = mapped_column(String(3))
    entered_at: Mapped[datetime] = mapped_column(default=clock.now)
    entered_by: Mapped[str]


class Commitment(Base):
    """What one document holds of a budget and what was spent for it: the sum of its entries."""

    __tablename__ = "budget_commitments"
    __table_args__ = (
        UniqueConstraint("organisation_id", "document_id"),
        ForeignKeyConstraint(["budget_id", "organisation_id"], ["budgets.id", "budgets.organisation_id"]),
        CheckConstraint("committed >= 0", name="never_negative"),
    )
    tenancy = Kind.private().read_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    budget_id: Mapped[UUID] = mapped_column(index=True)
    document_id: Mapped[UUID]
    committed: Mapped[Decimal] = mapped_column(AMOUNT)
    spent: Mapped[Decimal] = mapped_column(AMOUNT)
    currency: Mapped[str] = mapped_column(String(3))
