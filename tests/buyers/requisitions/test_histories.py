"""Whatever is asked, answered, decided and left undone: does every approval end, and is everything held given back?"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from flask import Flask
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from marketplace.app import create_app
from marketplace.buyers.approvals.actions import decide, delegate, end_delegation
from marketplace.buyers.approvals.jobs import escalate_overdue, lapse_questions, remind_where_due
from marketplace.buyers.approvals.lifecycle import RunState, StepState
from marketplace.buyers.approvals.models import ApprovalStep, Delegation
from marketplace.buyers.approvals.queries import open_questions_to_me, run_of, steps_of
from marketplace.buyers.approvals.questioning import answer, ask
from marketplace.buyers.budgets.queries import position_of
from marketplace.buyers.requisitions.actions import withdraw_requisition
from marketplace.buyers.requisitions.jobs import expire_holds
from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.buyers.requisitions.models import Requisition
from marketplace.foundation import background, clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.errors import Refusal
from marketplace.foundation.outbox import deliver_everything
from marketplace.sellers.stock.models import StockLevel
from tests.cast import Cast
from tests.databases import clone
from tests.factories.approvals import a_rule
from tests.factories.catalogue import a_product
from tests.factories.requisitions import a_requisition

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DECIDING = st.sampled_from(["approver", "procurement_lead", "requester"])
APP: list[Flask] = []
HELD = (RequisitionState.SUBMITTED, RequisitionState.APPROVED)


class Waiting(RuleBasedStateMachine):
    """One requisition that two turns are to decide on, and people who press whatever button there is."""

    def __init__(self) -> None:
        super().__init__()
        APP[:] = APP or [create_app()]
        self.stack = ExitStack()
        self.stack.enter_context(clone())
        self.stack.enter_context(background.in_this_process())
        self.stack.enter_context(APP[0].test_request_context(base_url="http://localhost"))
        self.market, self.now = Cast.present(), MONDAY

    @initialize(quorum=st.integers(1, 2), by_owner=st.booleans())
    def hand_in(self, quorum: int, by_owner: bool) -> None:
        acme = self.market.acme
        with clock_at(self.now):
            product_id = a_product(self.market.bolt, stock=50)
            a_rule(acme, name="First", asks=("approver", "procurement_lead"), quorum=Decimal(quorum))
            a_rule(acme, name="Second", position=2, asks=("procurement_lead",), asks_owner=by_owner)
            row = a_requisition(acme, [(product_id, 30)])
        self.row_id, self.centre_id = row.id, row.cost_centre_id

    @rule(role=DECIDING, is_yes=st.booleans(), place=st.integers(0, 1))
    def somebody_decides(self, role: str, is_yes: bool, place: int) -> None:
        self.attempted(role, lambda: self.decide(place, is_yes))

    @rule(role=DECIDING, place=st.integers(0, 1))
    def somebody_asks(self, role: str, place: int) -> None:
        self.attempted(role, lambda: ask(step_id=self.step(place).id, question="Why?"))

    @rule(role=DECIDING)
    def somebody_answers(self, role: str) -> None:
        def act() -> None:
            for question in open_questions_to_me(self.row_id):
                answer(question_id=question.id, answer="Because.")

        self.attempted(role, act)

    @rule(days=st.integers(0, 9))
    def the_approver_goes_away(self, days: int) -> None:
        stand_in, today = self.market.acme.people["procurement_lead"], self.now.date()
        last = today + timedelta(days=days)
        self.attempted("approver", lambda: delegate(to_person_id=stand_in, starts_on=today, ends_on=last))

    @rule()
    def the_approver_comes_back(self) -> None:
        def act() -> None:
            for given in self.work.scalars(select(Delegation).where(Delegation.ended_at.is_(None))):
                end_delegation(delegation_id=given.id)

        self.attempted("approver", act)

    @rule()
    def the_requester_takes_it_back(self) -> None:
        self.attempted("requester", lambda: withdraw_requisition(requisition_id=self.row_id, reason="No"))

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        with clock_at(self.now):
            for sweep in (lapse_questions, remind_where_due, escalate_overdue, expire_holds):
                sweep()
            deliver_everything()

    @invariant()
    def what_is_held_is_what_waits_or_was_approved(self) -> None:
        if not hasattr(self, "row_id"):
            return
        row, reserved, committed = self.standing()
        expected = (Decimal(30), row.total.amount) if row.status in HELD else (Decimal(0), Decimal(0))
        assert (reserved, committed) == expected
        assert row.status != RequisitionState.SUBMITTED or self.waits_for_somebody()

    def teardown(self) -> None:
        """Whatever was done: when nobody does anything more, it ends, and nothing is held."""
        self.time_passes(hours=24 * 8)
        row, reserved, committed = self.standing()
        assert row.status not in HELD
        assert (reserved, committed) == (0, 0)
        with self.market.acme.reading("requester"):
            run = run_of(self.row_id)
            assert run is not None
            assert run.status in (RunState.REFUSED, RunState.VOID)
        self.stack.close()

    def attempted(self, role: str, act: Callable[[], object]) -> None:
        """What is not allowed now is refused in words, and nothing else happens."""
        with clock_at(self.now):
            with suppress(Refusal), self.market.acme.at_work(role) as self.work:
                act()
            deliver_everything()

    def decide(self, place: int, is_yes: bool) -> None:
        run = run_of(self.row_id)
        assert run is not None
        decide(
            step_id=self.step(place).id, document_hash=run.document_hash, is_yes=is_yes, comment="So it is."
        )

    def step(self, place: int) -> ApprovalStep:
        run = run_of(self.row_id)
        assert run is not None
        return steps_of(run.id)[place]

    def standing(self) -> tuple[Requisition, Decimal, Decimal]:
        with clock_at(self.now), self.market.acme.reading("requester") as work:
            row = work.get_one(Requisition, self.row_id)
            position = position_of(self.centre_id, clock.today())
            committed = position.committed.amount if position.committed else Decimal(0)
        with self.market.platform() as work:
            reserved = work.scalar(select(func.sum(StockLevel.reserved))) or Decimal(0)
        return row, reserved, committed

    def waits_for_somebody(self) -> bool:
        """An open step has a time at which it goes on, whatever people do."""
        with self.market.acme.reading("requester"):
            run = run_of(self.row_id)
            assert run is not None
            steps = [step for step in steps_of(run.id) if step.status == StepState.OPEN]
            return bool(steps) and all(step.due_at is not None for step in steps)


Waiting.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
TestWaiting = Waiting.TestCase
