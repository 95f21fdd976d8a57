"""What can be done with the books? Post to them; a mistake is mended by a counter-entry, never by a change."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from marketplace.billing.ledger.models import Account, LedgerEntry, LedgerTransaction, Purpose
from marketplace.foundation import clock
from marketplace.foundation.db import new_id, session
from marketplace.foundation.money import Money


@dataclass(frozen=True)
class Entry:
    """So much on one organisation's account: a debit above zero, a credit below."""

    organisation_id: UUID
    purpose: Purpose
    amount: Money


@dataclass(frozen=True)
class Concerning:
    """The order that a transaction is about, and its parties, who may both see that it was made."""

    order_id: UUID
    order_number: str
    buyer_id: UUID
    seller_id: UUID


def post(*, cause: str, cause_id: UUID, concerning: Concerning, entries: Sequence[Entry]) -> bool:
    """Book `entries` as one transaction, as the platform; False where this cause was booked before.

    Entries of zero are left out. At commit the database refuses a transaction that does not sum to nothing in each
    currency.
    """
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
            posted_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(LedgerTransaction.id)
    )
    if transaction_id is None:
        return False
    counted = [entry for entry in entries if entry.amount]
    accounts = _accounts(counted)
    session().execute(insert(LedgerEntry), [_row(transaction_id, entry, accounts) for entry in counted])
    return True


def _accounts(entries: Sequence[Entry]) -> dict[tuple[UUID, str, str], UUID]:
    """The accounts of the entries, opened where they are used for the first time."""
    keys = sorted({_key(entry) for entry in entries}, key=str)
    opened = [
        {"id": new_id(), "organisation_id": organisation_id, "purpose": purpose, "currency": currency}
        for organisation_id, purpose, currency in keys
    ]
    session().execute(insert(Account).on_conflict_do_nothing(), opened)
    known = select(Account).where(Account.organisation_id.in_({key[0] for key in keys}))
    return {(a.organisation_id, a.purpose, a.currency): a.id for a in session().scalars(known)}


def _row(
    transaction_id: UUID, entry: Entry, accounts: dict[tuple[UUID, str, str], UUID]
) -> dict[str, object]:
    return {
        "id": new_id(),
        "transaction_id": transaction_id,
        "account_id": accounts[_key(entry)],
        "organisation_id": entry.organisation_id,
        "amount": entry.amount.amount,
        "currency": entry.amount.currency,
    }


def _key(entry: Entry) -> tuple[UUID, str, str]:
    return entry.organisation_id, str(entry.purpose), entry.amount.currency
