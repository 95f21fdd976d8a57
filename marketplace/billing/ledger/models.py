"""What do the books remember? Accounts, transactions and their entries; nothing is ever changed or deleted.

The books say where the buyers' money is. Each account is one organisation's and has one purpose; what came in stands
there as a credit (below zero), and where it is now as debits (above zero): so every transaction, and the whole market,
sums to nothing. Stripe's own fees are the operator's and are not in these books.
"""

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
    """What an account is for, in the order in which money goes through them."""

    PAID_IN = "paid_in"
    HELD = "held"
    EARNED = "earned"
    COMMISSION = "commission"
    IN_TRANSIT = "in_transit"
    PAID_OUT = "paid_out"


LABELS: dict[Purpose, LazyString] = {
    Purpose.PAID_IN: _l("Paid in by the buyer"),
    Purpose.HELD: _l("Held until receipt"),
    Purpose.EARNED: _l("Earned by the supplier"),
    Purpose.COMMISSION: _l("Commission of the market"),
    Purpose.IN_TRANSIT: _l("On its way"),
    Purpose.PAID_OUT: _l("Paid out to the supplier"),
}
AT_THE_PAYMENT_SERVICE = (Purpose.HELD, Purpose.EARNED, Purpose.COMMISSION, Purpose.IN_TRANSIT)


class Cause(StrEnum):
    """What a transaction was booked for; together with the id of what caused it, it is booked once."""

    PAYMENT = "payment"
    RELEASE = "release"
    RECLAIM = "reclaim"
    TRANSFER = "transfer"
    TRANSFER_REFUSED = "transfer_refused"
    TRANSFERRED = "transferred"
    REVERSED = "reversed"
    REFUND = "refund"
    REFUNDED = "refunded"
    REFUND_RETURNED = "refund_returned"


CAUSES: dict[Cause, LazyString] = {
    Cause.PAYMENT: _l("Payment received"),
    Cause.RELEASE: _l("Released after receipt"),
    Cause.RECLAIM: _l("Claimed back from the supplier"),
    Cause.TRANSFER: _l("Transfer ordered"),
    Cause.TRANSFER_REFUSED: _l("Transfer refused"),
    Cause.TRANSFERRED: _l("Transfer confirmed"),
    Cause.REVERSED: _l("Transfer taken back"),
    Cause.REFUND: _l("Refund ordered"),
    Cause.REFUNDED: _l("Refund confirmed"),
    Cause.REFUND_RETURNED: _l("Refund came back"),
}


class Account(Base):
    """One organisation's account for one purpose in one currency."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (UniqueConstraint("organisation_id", "purpose", "currency"),)
    tenancy = replace(Kind.private().append_only(), grants=("SELECT",))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    purpose: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))

    @property
    def label(self) -> LazyString:
        """What the account is for, in words."""
        return LABELS[Purpose(self.purpose)]


class LedgerTransaction(Base):
    """One business event in the books: made once by (cause, cause_id), with so many entries, summing to nothing."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        UniqueConstraint("cause", "cause_id"),
        CheckConstraint("entries >= 2", name="is_double_entry"),
    )
    tenancy = replace(Kind.shared().append_only(), grants=("SELECT",))

    cause: Mapped[str]
    cause_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(index=True)
    seller_id: Mapped[UUID] = mapped_column(index=True)
    order_id: Mapped[UUID] = mapped_column(index=True)
    order_number: Mapped[str]
    entries: Mapped[int]
    posted_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def label(self) -> LazyString:
        """What was booked, in words."""
        return CAUSES[Cause(self.cause)]


class LedgerEntry(Base):
    """One line of a transaction on one account: a debit above zero, a credit below; `position` orders them all."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="is_not_zero"),
        Index("ix_ledger_entries_account", "account_id", "position"),
    )
    tenancy = replace(Kind.private().append_only(), grants=("SELECT",))

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
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
