"""What can be asked about cost centres and budgets?"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, func, select

from marketplace.buyers.budgets.models import Budget, BudgetEntry, Commitment, CostCentre
from marketplace.foundation.db import fetch, fetch_all, session
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import News
from marketplace.foundation.paging import Page, newest_first


@dataclass(frozen=True)
class Position:
    """Where a cost centre stands: its budget of the day, or none."""

    cost_centre: CostCentre
    budget: Budget | None

    @property
    def amount(self) -> Money | None:
        """What may be spent in the period; None where there is no budget."""
        return self._money(lambda budget: budget.amount)

    @property
    def committed(self) -> Money | None:
        """What requisitions and orders hold."""
        return self._money(lambda budget: budget.committed)

    @property
    def spent(self) -> Money | None:
        """What was accepted and is owed or paid."""
        return self._money(lambda budget: budget.spent)

    @property
    def available(self) -> Money | None:
        """What is left: the amount less committed and spent."""
        return self._money(lambda budget: budget.amount - budget.committed - budget.spent)

    def _money(self, figure: Callable[[Budget], Decimal]) -> Money | None:
        return self.budget.money(figure(self.budget)) if self.budget else None


@dataclass(frozen=True)
class Sums:
    """What all the cost centres together may spend, hold, have spent and have left."""

    amount: Money
    committed: Money
    spent: Money
    available: Money


@dataclass(frozen=True)
class DocumentName:
    """What a document that holds a budget is called: its kind ("requisition", "order") and its number."""

    kind: str
    number: str


def cost_centres() -> Sequence[CostCentre]:
    """The active cost centres of the actor's organisation, by code."""
    return session().scalars(select(CostCentre).where(CostCentre.is_active).order_by(CostCentre.code)).all()


def cost_centre(cost_centre_id: UUID) -> CostCentre:
    """That cost centre. Raises NotFound."""
    return fetch(CostCentre, cost_centre_id)


def cost_centres_by_id(ids: Collection[UUID]) -> dict[UUID, CostCentre]:
    """Those cost centres, in one statement."""
    return fetch_all(CostCentre, ids)


def budget(budget_id: UUID) -> Budget:
    """That budget. Raises NotFound."""
    return fetch(Budget, budget_id)


def budget_of(cost_centre_id: UUID, on: date) -> Budget | None:
    """The budget of that cost centre on that day; there is at most one."""
    of_the_day = select(Budget).where(
        Budget.cost_centre_id == cost_centre_id, Budget.starts_on <= on, Budget.ends_on >= on
    )
    return session().scalars(of_the_day.execution_options(populate_existing=True)).one_or_none()


def budgets_of(cost_centre_id: UUID) -> Sequence[Budget]:
    """All the budgets of that cost centre, newest period first."""
    statement = select(Budget).where(Budget.cost_centre_id == cost_centre_id)
    return session().scalars(statement.order_by(Budget.starts_on.desc())).all()


def budget_positions(on: date) -> list[Position]:
    """Every active cost centre with its budget on that day, by code, in one statement."""
    of_the_day = and_(Budget.cost_centre_id == CostCentre.id, Budget.starts_on <= on, Budget.ends_on >= on)
    statement = select(CostCentre, Budget).outerjoin(Budget, of_the_day).where(CostCentre.is_active)
    return [Position(row[0], row[1]) for row in session().execute(statement.order_by(CostCentre.code))]


def sums(positions: Sequence[Position], currency: str) -> Sums:
    """The positions added up, in the organisation's currency."""

    def total(figure: Callable[[Position], Money | None]) -> Money:
        return Money.total((money for money in map(figure, positions) if money), currency)

    return Sums(
        amount=total(lambda position: position.amount),
        committed=total(lambda position: position.committed),
        spent=total(lambda position: position.spent),
        available=total(lambda position: position.available),
    )


def position_of(cost_centre_id: UUID, on: date) -> Position:
    """Where one cost centre stands on that day. Raises NotFound."""
    return Position(cost_centre(cost_centre_id), budget_of(cost_centre_id, on))


def positions_holding(document_ids: Collection[UUID]) -> dict[UUID, Position]:
    """The budget that each of these documents holds something of, with its cost centre, in one statement."""
    statement = (
        select(Commitment.document_id, CostCentre, Budget)
        .join(Budget, Budget.id == Commitment.budget_id)
        .join(CostCentre, CostCentre.id == Budget.cost_centre_id)
        .where(Commitment.document_id.in_(document_ids))
    )
    return {row[0]: Position(row[1], row[2]) for row in session().execute(statement)}


def entries_of(budget_id: UUID) -> Page[BudgetEntry]:
    """The movements of that budget, newest first: the rows its totals add up from."""
    return newest_first(select(BudgetEntry).where(BudgetEntry.budget_id == budget_id), BudgetEntry)


def commitments_of(budget_id: UUID) -> Sequence[Commitment]:
    """What each document holds or has spent of that budget, largest first."""
    statement = select(Commitment).where(
        Commitment.budget_id == budget_id, Commitment.committed + Commitment.spent > 0
    )
    return session().scalars(statement.order_by((Commitment.committed + Commitment.spent).desc())).all()


def commitment_of(document_id: UUID) -> Commitment | None:
    """What that document holds of a budget; None where it never held anything."""
    statement = select(Commitment).where(Commitment.document_id == document_id)
    return session().scalars(statement.execution_options(populate_existing=True)).one_or_none()


def document_names(ids: Collection[UUID]) -> dict[UUID, DocumentName]:
    """What the documents are called, read from their own news, in one statement."""
    number = News.payload["number"].astext
    statement = (
        select(News.subject_id, func.min(News.subject), func.min(number))
        .where(News.subject_id.in_(ids), number.is_not(None))
        .group_by(News.subject_id)
    )
    return {row[0]: DocumentName(row[1], row[2]) for row in session().execute(statement)}
