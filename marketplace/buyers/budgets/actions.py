"""What can be done with cost centres and budgets?

Every movement is one insert of an entry; the database adds it to the totals in the same statement, and refuses
it where it would go past the amount. Nothing here reads a total in order to write it.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from marketplace.buyers.budgets.models import Budget, BudgetEntry, Commitment, CostCentre, EntryKind
from marketplace.buyers.budgets.queries import budget_of, commitment_of, cost_centre
from marketplace.events.buyers import BudgetChanged
from marketplace.foundation.constraints import constraint_of, explain
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Conflict, Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import CurrencyMismatch, Money
from marketplace.foundation.outbox import announce
from marketplace.foundation.presentation import write_date, write_money
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation
from marketplace.identity.people.queries import people_permitted
from marketplace.permissions import Permission

explain(
    "uq_cost_centres_organisation_id_code",
    _l("There is already a cost centre with this code."),
    field="code",
)
explain(
    "ck_budgets_within",
    _l("Requisitions and orders already hold more than that. Release some of it first."),
    field="amount",
)
explain("budget_entry_fits", _l("This is still needed by the document that it is held for."))
explain(
    "ex_budgets_period",
    _l("This cost centre already has a budget that covers a part of this period."),
    field="starts_on",
)


class BudgetExceeded(Conflict):
    """A budget does not have so much left, or there is none for that day."""


class NothingCommitted(Conflict):
    """The document does not hold what is to be handed over or changed."""


def add_cost_centre(*, code: str, name: str, owner_id: UUID) -> CostCentre:
    """Write a cost centre; its owner is a colleague who may decide on approvals. Raises Invalid."""
    _check_owner(owner_id)
    here = current_actor().organisation
    return save(CostCentre(organisation_id=here, code=code.upper(), name=name, owner_id=owner_id))


def change_cost_centre(
    *, cost_centre_id: UUID, code: str, name: str, owner_id: UUID, is_active: bool = True
) -> CostCentre:
    """Change a cost centre; a closed one takes no new requisition. Raises Invalid, NotFound."""
    _check_owner(owner_id)
    row = fetch(CostCentre, cost_centre_id, lock=True)
    row.code, row.name, row.owner_id, row.is_active = code.upper(), name, owner_id, is_active
    session().flush()
    return row


def set_budget(*, cost_centre_id: UUID, starts_on: date, ends_on: date, amount: Decimal) -> Budget:
    """Give a cost centre an amount for a period, in the organisation's currency. Raises Invalid."""
    if ends_on < starts_on:
        raise Invalid(_l("The period ends before it starts."), field="ends_on")
    centre = cost_centre(cost_centre_id)
    row = save(
        Budget(
            organisation_id=centre.organisation_id,
            cost_centre_id=centre.id,
            starts_on=starts_on,
            ends_on=ends_on,
            amount=_checked(amount),
            currency=organisation(centre.organisation_id).currency,
        )
    )
    _announce(row, centre)
    return row


def change_budget(*, budget_id: UUID, amount: Decimal) -> Budget:
    """Set another amount; never less than what is committed and spent. Raises Invalid, NotFound."""
    row = fetch(Budget, budget_id, lock=True)
    row.amount = _checked(amount)
    session().flush()
    _announce(row, cost_centre(row.cost_centre_id))
    return row


def commit_budget(*, cost_centre_id: UUID, document_id: UUID, amount: Money, on: date) -> None:
    """Hold `amount` of the cost centre's budget of the day `on` for a document. Raises BudgetExceeded."""
    centre = cost_centre(cost_centre_id)
    row = budget_of(cost_centre_id, on)
    if row is None:
        raise BudgetExceeded(
            _l(
                "Cost centre %(centre)s has no budget on %(day)s. Finance can give it one.",
                centre=centre.label,
                day=write_date(on),
            ),
            field="cost_centre_id",
        )
    if amount.currency != row.currency:
        raise CurrencyMismatch(_l("The budget is kept in %(currency)s.", currency=row.currency))
    _enter(_entry(row.id, document_id, EntryKind.COMMITTED, amount))


def release_commitment(*, document_id: UUID) -> None:
    """Give back what a document still holds; a document that holds nothing changes nothing."""
    held = commitment_of(document_id)
    if held is not None and held.committed:
        _enter(_entry(held.budget_id, document_id, EntryKind.RELEASED, -_committed(held)))


def hand_over_commitment(*, document_id: UUID, shares: Sequence[tuple[UUID, Money]]) -> None:
    """Let other documents hold what this one holds: a requisition's amount goes to its orders.

    What the shares leave over is released; more than what is held is refused. Two statements, however many
    shares. Raises NothingCommitted.
    """
    held = _held(document_id)
    if Money.total((share for _, share in shares), held.currency) > _committed(held):
        raise NothingCommitted(_l("The budget does not hold enough for these orders any more."))
    taken = [_entry(held.budget_id, new_id, EntryKind.TAKEN_OVER, share) for new_id, share in shares if share]
    given = _entry(held.budget_id, document_id, EntryKind.HANDED_OVER, -_committed(held))
    session().add_all([given, *taken])
    session().flush()


def change_commitment(*, document_id: UUID, amount: Money) -> None:
    """Let a document cost `amount` in all, what is already spent included. Raises BudgetExceeded."""
    held = _held(document_id)
    still_to_spend = amount - Money(held.spent, held.currency)
    wanted = max(still_to_spend, Money.zero(held.currency))
    if wanted != _committed(held):
        _enter(_entry(held.budget_id, document_id, EntryKind.CHANGED, wanted - _committed(held)))


def spend(*, document_id: UUID, amount: Money) -> None:
    """Record `amount` as spent for a document: its commitment becomes an actual. Raises BudgetExceeded.

    What goes beyond the commitment is taken from what the budget has left.
    """
    held = _held(document_id)
    from_commitment = min(amount, _committed(held))
    if amount:
        _enter(_entry(held.budget_id, document_id, EntryKind.SPENT, -from_commitment, spent=amount.amount))


def _entry(
    budget_id: UUID, document_id: UUID, kind: EntryKind, committed: Money, spent: Decimal = Decimal(0)
) -> BudgetEntry:
    actor = current_actor()
    return BudgetEntry(
        organisation_id=actor.organisation,
        budget_id=budget_id,
        document_id=document_id,
        kind=kind,
        committed=committed.amount,
        spent=spent,
        currency=committed.currency,
        entered_by=actor.person_name,
    )


def _enter(entry: BudgetEntry) -> None:
    try:
        with session().begin_nested():
            save(entry)
    except IntegrityError as error:
        if constraint_of(error) != "ck_budgets_within":
            raise
        raise _exceeded(entry) from None


def _exceeded(entry: BudgetEntry) -> BudgetExceeded:
    row = fetch(Budget, entry.budget_id)
    session().refresh(row)
    left, wanted = row.amount - row.committed - row.spent, entry.committed + entry.spent
    return BudgetExceeded(
        _l(
            "Cost centre %(centre)s has %(left)s left in its budget, %(missing)s less than this needs.",
            centre=cost_centre(row.cost_centre_id).label,
            left=write_money(row.money(left)),
            missing=write_money(row.money(wanted - left)),
        ),
        field="cost_centre_id",
    )


def _committed(held: Commitment) -> Money:
    return Money(held.committed, held.currency)


def _held(document_id: UUID) -> Commitment:
    held = commitment_of(document_id)
    if held is None:
        raise NothingCommitted(_l("This document holds nothing of a budget."))
    return held


def _check_owner(owner_id: UUID) -> None:
    if owner_id not in {person.id for person in people_permitted(Permission.APPROVAL_DECIDE)}:
        raise Invalid(_l("The owner must be a colleague who may decide on approvals."), field="owner_id")


def _checked(amount: Decimal) -> Decimal:
    if amount < 0:
        raise Invalid(_l("The amount cannot be negative."), field="amount")
    return amount


def _announce(row: Budget, centre: CostCentre) -> None:
    announce(
        BudgetChanged(
            subject_id=row.id,
            organisation_id=row.organisation_id,
            cost_centre=centre.label,
            amount=row.amount,
            currency=row.currency,
        )
    )
