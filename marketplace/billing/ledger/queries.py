"""What can be asked of the books?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.billing.ledger.models import LABELS, Account, LedgerEntry, LedgerTransaction, Purpose
from marketplace.foundation.db import fetch, session
from marketplace.foundation.money import Money
from marketplace.foundation.tenancy import current_actor


@dataclass(frozen=True)
class Balance:
    """What stands on one account."""

    account_id: UUID
    label: str
    money: Money
    entries: int


@dataclass(frozen=True)
class StatementLine:
    """One entry of an account, and what stood on it afterwards."""

    entry_id: UUID
    at: datetime
    cause: str
    order_id: UUID
    order_number: str
    money: Money
    balance: Money


def balances() -> Sequence[Balance]:
    """What stands on each account of the actor's organisation; the sum of the rows behind it."""
    summed = (
        select(Account, func.coalesce(func.sum(LedgerEntry.amount), 0), func.count(LedgerEntry.id))
        .outerjoin(LedgerEntry, LedgerEntry.account_id == Account.id)
        .where(Account.organisation_id == current_actor().organisation)
        .group_by(Account.id)
        .order_by(Account.purpose, Account.currency)
    )
    return [
        Balance(account.id, str(LABELS[Purpose(account.purpose)]), Money(total, account.currency), count)
        for account, total, count in session().execute(summed)
    ]


def account(account_id: UUID) -> Account:
    """That account of the actor's organisation. Raises NotFound."""
    return fetch(Account, account_id)


def statement(account_id: UUID, *, limit: int = 200) -> Sequence[StatementLine]:
    """The newest entries of an account with the running balance, newest first."""
    running = func.sum(LedgerEntry.amount).over(order_by=LedgerTransaction.position)
    lines: Select[LedgerEntry, LedgerTransaction, Decimal] = (
        select(LedgerEntry, LedgerTransaction, running)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerEntry.account_id == account_id)
        .order_by(LedgerTransaction.position.desc())
        .limit(limit)
    )
    return [
        StatementLine(
            entry.id,
            booked.posted_at,
            booked.cause,
            booked.order_id,
            booked.order_number,
            entry.money,
            Money(total, entry.currency),
        )
        for entry, booked, total in session().execute(lines)
    ]


def balance_of(organisation_id: UUID, purpose: Purpose, currency: str) -> Money:
    """What stands on one account; nothing where it was never used."""
    summed = (
        select(func.coalesce(func.sum(LedgerEntry.amount), 0))
        .join(Account, Account.id == LedgerEntry.account_id)
        .where(
            Account.organisation_id == organisation_id,
            Account.purpose == purpose,
            Account.currency == currency,
        )
    )
    return Money(session().scalar(summed) or Decimal(0), currency)
