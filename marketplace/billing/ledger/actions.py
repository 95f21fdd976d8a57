"""What can be done with the books? Post to them; a mistake is mended by a counter-entry, never by a change."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from marketplace.billing.ledger.models import Account, Cause, LedgerEntry, LedgerTransaction, Purpose
from marketplace.foundation import clock
from marketplace.foundation.db import new_id, session
from marketplace.foundation.money import Money

AccountKey = tuple[UUID, str, str]


@dataclass(frozen=True)
class Entry:
    """So much on one organisation's account: a debit above zero, a credit below."""

    organisation_id: UUID
    purpose: Purpose
    amount: Money

    @property
    def account(self) -> AccountKey:
        """Whose account, what for, in which currency."""
        return self.organisation_id, str(self.purpose), self.amount.currency


@dataclass(frozen=True)
class Concerning:
    """The order that a transaction is about, and its parties, who may both see that it was made."""

    order_id: UUID
    order_number: str
    buyer_id: UUID
    seller_id: UUID


def post(*, cause: Cause, cause_id: UUID, concerning: Concerning, entries: Sequence[Entry]) -> bool:
    """Book `entries` as one transaction, as the platform; False where this cause was booked before.

    Entries of zero are left out. The database refuses a transaction that has fewer than two others, and at commit one
    that does not sum to nothing in each currency.
    """
    counted = [entry for entry in entries if entry.amount]
    transaction_id = session().scalar(
        insert(LedgerTransaction)
        .values(
            id=new_id(),
            cause=cause,
            cause_id=cause_id,
            order_id=concerning.order_id,
            order_number=concerning.order_number,
            buyer_id=concerning.buyer_id,
            seller_id=concerning.seller_id,
            entries=len(counted),
            posted_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(LedgerTransaction.id)
    )
    if transaction_id is None:
        return False
    accounts = _accounts(counted)
    rows = [_row(transaction_id, entry, accounts[entry.account]) for entry in counted]
    session().execute(insert(LedgerEntry), rows)
    return True


def _accounts(entries: Sequence[Entry]) -> dict[AccountKey, UUID]:
    """The accounts of the entries, opened where they are used for the first time."""
    keys = sorted({entry.account for entry in entries}, key=str)
    opened = [
        {"id": new_id(), "organisation_id": organisation_id, "purpose": purpose, "currency": currency}
        for organisation_id, purpose, currency in keys
    ]
    session().execute(insert(Account).on_conflict_do_nothing(), opened)
    known = select(Account).where(Account.organisation_id.in_({key[0] for key in keys}))
    return {(a.organisation_id, a.purpose, a.currency): a.id for a in session().scalars(known)}


def _row(transaction_id: UUID, entry: Entry, account_id: UUID) -> dict[str, object]:
    return {
        "id": new_id(),
        "transaction_id": transaction_id,
        "account_id": account_id,
        "organisation_id": entry.organisation_id,
        "amount": entry.amount.amount,
        "currency": entry.amount.currency,
    }
