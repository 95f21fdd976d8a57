"""What can be asked of the books?"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.billing.ledger.models import Account, LedgerEntry, LedgerTransaction, Purpose
from marketplace.foundation.db import fetch, session
from marketplace.foundation.money import Money
from marketplace.identity.organisations.queries import organisation_names

PAGE_SIZE = 50
ORDER = {str(purpose): place for place, purpose in enumerate(Purpose)}


@dataclass(frozen=True)
class Balance:
    """What stands on one account, the sum of so many entries; `owner` is whose account it is, by name."""

    account: Account
    owner: str
    money: Money
    entries: int


@dataclass(frozen=True)
class StatementLine:
    """One entry of an account, what it was booked for, and what stood on the account afterwards."""

    entry: LedgerEntry
    transaction: LedgerTransaction
    balance: Money


@dataclass(frozen=True)
class Statement:
    """Some entries of an account, newest first; `older` is where the next page begins (None: there are no more)."""

    account: Account
    lines: Sequence[StatementLine]
    older: int | None


@dataclass(frozen=True)
class Total:
    """What stands on all accounts of one purpose and currency together."""

    purpose: Purpose
    money: Money
    accounts: int


def balances(*, organisation_id: UUID | None = None, purpose: str | None = None) -> list[Balance]:
    """What stands on each account of that organisation, or for that purpose; two statements."""
    summed = (
        select(Account, func.coalesce(func.sum(LedgerEntry.amount), 0), func.count(LedgerEntry.id))
        .outerjoin(LedgerEntry, LedgerEntry.account_id == Account.id)
        .group_by(Account.id)
    )
    if organisation_id is not None:
        summed = summed.where(Account.organisation_id == organisation_id)
    if purpose is not None:
        summed = summed.where(Account.purpose == purpose)
    rows = session().execute(summed).all()
    names = organisation_names({row[0].organisation_id for row in rows})
    found = [
        Balance(account, names[account.organisation_id], Money(total, account.currency), count)
        for account, total, count in rows
    ]
    return sorted(found, key=lambda b: (b.account.currency, ORDER[b.account.purpose], b.owner.casefold()))


def trial_balance() -> list[Total]:
    """What stands on all accounts of each purpose, as the platform; in each currency they sum to nothing."""
    summed = (
        select(
            Account.purpose, Account.currency, func.sum(LedgerEntry.amount), func.count(Account.id.distinct())
        )
        .join(LedgerEntry, LedgerEntry.account_id == Account.id)
        .group_by(Account.purpose, Account.currency)
    )
    found = [
        Total(Purpose(purpose), Money(total, currency), count)
        for purpose, currency, total, count in session().execute(summed)
    ]
    return sorted(found, key=lambda t: (t.money.currency, ORDER[t.purpose]))


def statement(account_id: UUID, *, before: int | None = None, size: int = PAGE_SIZE) -> Statement:
    """One page of an account's entries with the running balance, newest first. Raises NotFound.

    `before` is the position that the page begins after; three statements, however long the account's history is.
    """
    account = fetch(Account, account_id)
    lines: Select[LedgerEntry, LedgerTransaction] = (
        select(LedgerEntry, LedgerTransaction)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerEntry.account_id == account_id)
        .order_by(LedgerEntry.position.desc())
        .limit(size + 1)
    )
    if before is not None:
        lines = lines.where(LedgerEntry.position < before)
    rows = [(row[0], row[1]) for row in session().execute(lines)]
    shown = rows[:size]
    standing = _balance_until(account, shown[0][0].position) if shown else Money.zero(account.currency)
    older = shown[-1][0].position if len(rows) > size else None
    return Statement(account, _running(shown, standing), older)


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


def _balance_until(account: Account, position: int) -> Money:
    counted = (LedgerEntry.account_id == account.id, LedgerEntry.position <= position)
    return Money(
        session().scalar(select(func.sum(LedgerEntry.amount)).where(*counted)) or Decimal(0), account.currency
    )


def _running(rows: Sequence[tuple[LedgerEntry, LedgerTransaction]], standing: Money) -> list[StatementLine]:
    lines = []
    for entry, booked in rows:
        lines.append(StatementLine(entry, booked, standing))
        standing -= entry.money
    return lines
