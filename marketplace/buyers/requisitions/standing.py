"""How does a cart or a requisition stand, with everything that its page shows of it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from marketplace.buyers.approvals.models import Question
from marketplace.buyers.approvals.queries import (
    Approval,
    PendingStep,
    Plan,
    approval_of,
    my_pending_steps,
    open_questions_to_me,
    plan,
)
from marketplace.buyers.budgets.queries import Position, position_of, positions_holding
from marketplace.buyers.policies.queries import Verdict, verdicts_on
from marketplace.buyers.requisitions.lifecycle import REQUISITION, RequisitionState
from marketplace.buyers.requisitions.models import Requisition, RequisitionLine
from marketplace.buyers.requisitions.offers import CartLine, cart_lines
from marketplace.buyers.requisitions.policing import Destination, verdicts_on_lines
from marketplace.buyers.requisitions.queries import lines_of
from marketplace.foundation import clock
from marketplace.foundation.db import fetch
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import Entry, story
from marketplace.identity.organisations.models import Site
from marketplace.identity.organisations.queries import organisation_names
from marketplace.identity.people.queries import person_names

S = RequisitionState
STEP_OF_STATE = {S.DRAFT: 1, S.SUBMITTED: 2, S.APPROVED: 3, S.ORDERED: 4}


L = TypeVar("L", CartLine, RequisitionLine)


@dataclass(frozen=True)
class Group(Generic[L]):
    """The lines of one supplier, and their sum."""

    seller_name: str
    lines: list[L]
    total: Money


@dataclass(frozen=True)
class CartStanding:
    """A cart today: what it costs, what is wrong with it, and what would happen if it were submitted."""

    cart: Requisition
    groups: list[Group[CartLine]]
    total: Money
    plan: Plan
    position: Position | None
    verdicts: list[Verdict]

    @property
    def refused(self) -> list[CartLine]:
        """Lines that cannot be had as they are asked for."""
        return [line for group in self.groups for line in group.lines if line.refusal]

    @property
    def is_within_budget(self) -> bool | None:
        """Whether the budget has so much left; None where no cost centre with a budget is chosen."""
        available = self.position.available if self.position else None
        return None if available is None else self.total <= available


@dataclass(frozen=True)
class Standing:
    """A requisition: its lines, its approval, its budget and what has happened."""

    row: Requisition
    groups: list[Group[RequisitionLine]]
    approval: Approval | None
    mine: PendingStep | None
    asked: Sequence[Question]
    position: Position | None
    site: Site | None
    verdicts: list[Verdict]
    requester_name: str
    entries: list[Entry]

    @property
    def step(self) -> int | None:
        """How far it is on the way cart, approval, orders, delivery; None where it has left that way."""
        return STEP_OF_STATE.get(RequisitionState(self.row.status))

    @property
    def may_order(self) -> bool:
        """Whether this person may place the orders now."""
        return REQUISITION.can(self.row, S.ORDERED)


def cart_standing(cart: Requisition, *, to: Destination) -> CartStanding:
    """Everything about a cart, in a number of statements that does not grow with its lines.

    `to`: the destination for which buying rules are asked, which may be typed and not yet kept.
    """
    lines = cart_lines(cart, lines_of(cart.id))
    total = Money.total((line.line_total for line in lines), cart.total.currency)
    return CartStanding(
        cart=cart,
        groups=groups(lines, cart.total.currency),
        total=total,
        plan=plan(
            amount=total,
            requester_id=cart.requester_id,
            cost_centre_id=cart.cost_centre_id,
            cpv_codes=sorted({line.line.cpv_code for line in lines}),
        ),
        position=position_of(cart.cost_centre_id, clock.today()) if cart.cost_centre_id else None,
        verdicts=verdicts_on_lines(lines, to),
    )


def standing(row: Requisition) -> Standing:
    """Everything about a requisition, in a number of statements that does not grow with its lines."""
    return Standing(
        row=row,
        groups=groups(lines_of(row.id), row.total.currency),
        approval=approval_of(row.id),
        mine=next(iter(my_pending_steps(row.id)), None),
        asked=open_questions_to_me(row.id),
        position=positions_holding({row.id}).get(row.id),
        site=fetch(Site, row.site_id) if row.site_id else None,
        verdicts=verdicts_on(row.id),
        requester_name=person_names({row.requester_id}).get(row.requester_id, "—"),
        entries=story(row.id),
    )


def groups(lines: Sequence[L], currency: str) -> list[Group[L]]:
    """The lines supplier by supplier, in the order of their first lines, each with its sum."""
    by_seller: dict[UUID, list[L]] = {}
    for line in lines:
        by_seller.setdefault(line.seller_id, []).append(line)
    names = organisation_names(set(by_seller))
    return [
        Group(names.get(seller_id, "—"), kept, Money.total((line.line_total for line in kept), currency))
        for seller_id, kept in by_seller.items()
    ]
