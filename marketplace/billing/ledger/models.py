"""What do the books remember? Accounts, transactions and their entries; nothing is ever changed or deleted."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import LazyString
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.tenancy import Kind


class Purpose(StrEnum):
    """What an account is for. Debits are positive, credits negative, so that every transaction sums to nothing."""

    CASH = "cash"
    PAID_IN = "paid_in"
    HELD = "held"
    EARNED = "earned"
    COMMISSION = "commission"
    IN_TRANSIT = "in_transit"


LABELS: dict[Purpose, LazyString] = {
    Purpose.CASH: _l("Money at the payment service"),
    Purpose.PAID_IN: _l("Paid in by the buyer"),
    Purpose.HELD: _l("Held until receipt"),
    Purpose.EARNED: _l("Earned by the supplier"),
    Purpose.COMMISSION: _l("Commission of the market"),
    Purpose.IN_TRANSIT: _l("On its way"),
}


class Account(Base):
    """One organisation's account for one purpose in one currency."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (UniqueConstraint("organisation_id", "purpose", "currency"),)
    tenancy = Kind.private().read_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    purpose: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))


class LedgerTransaction(Base):
    """One business event in the books: made once by (cause, cause_id), and summing to nothing."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (UniqueConstraint("cause", "cause_id"),)
    tenancy = replace(Kind.shared().append_only(), grants=("SELECT",))

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    cause: Mapped[str]
    cause_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(index=True)
    seller_id: Mapped[UUID] = mapped_column(index=True)
    order_id: Mapped[UUID] = mapped_column(index=True)
    order_number: Mapped[str]
    posted_at: Mapped[datetime] = mapped_column(default=clock.now)


class LedgerEntry(Base):
    """One line of a transaction on one account: a debit above zero, a credit below."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="is_not_zero"),
        Index("ix_ledger_entries_account", "account_id", "id"),
    )
    tenancy = replace(Kind.private().append_only(), grants=("SELECT",))

    transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transactions.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_accounts.id"))
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    currency: Mapped[str] = mapped_column(String(3))

    @property
    def money(self) -> Money:
        """The amount with its currency; a credit is negative."""
        return Money(self.amount, self.currency)


explain("ledger_is_balanced", _l("Debits and credits do not match; nothing was booked."))
