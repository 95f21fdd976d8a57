"""Are the right people asked, in their turn, and does the run follow what they say?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.buyers.approvals.actions import (
    AlreadyDecided,
    NobodyMayDecide,
    NotAsked,
    OwnDocument,
    StaleDocument,
    decide,
    delegate,
    end_delegation,
    start_run,
    void_run,
)
from marketplace.buyers.approvals.jobs import escalate_overdue
from marketplace.buyers.approvals.lifecycle import RunState, StepState
from marketplace.buyers.approvals.models import ApprovalRun, ApprovalStep
from marketplace.buyers.approvals.queries import approval_of, my_pending_steps, plan, policy, run_of, steps_of
from marketplace.buyers.approvals.rulebook import retire_rule, set_policy, write_rule
from marketplace.events.buyers import ApprovalGranted, ApprovalRequested
from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.errors import Forbidden, Invalid
from marketplace.foundation.lifecycle import WrongState
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import News
from tests.cast import Cast, Party
from tests.factories.approvals import HASH, a_rule, a_run, a_subject, decided
from tests.factories.budgets import a_cost_centre

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def state(party: Party, run: ApprovalRun) -> RunState:
    with party.reading("requester") as work:
        return RunState(work.get_one(ApprovalRun, run.id).status)


def pending(party: Party, role: str) -> list[UUID]:
    with party.reading(role):
        return [one.step.id for one in my_pending_steps()]


def test_start_without_rules_is_granted_at_once(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    run = a_run(market.acme, centre.id)
    assert (run.status, run.explanation) == (RunState.GRANTED, [])
    with market.acme.reading("requester") as work:
        told = work.scalars(select(News.name).where(News.subject_id == run.document_id)).all()
        assert told == [ApprovalGranted.__name__]


def test_start_below_the_limit_is_granted_and_says_which_rule_was_skipped(
    market: Cast, speaking: None
) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, name="Large amounts", above=5000)
    run = a_run(market.acme, centre.id, amount=4999)
    assert run.status == RunState.GRANTED
    with market.acme.reading("requester"):
        shown = approval_of(run.document_id)
        assert shown is not None
        (verdict,) = shown.plan.verdicts
        assert (verdict.name, verdict.is_asked, verdict.version) == ("Large amounts", False, 1)
        assert [str(s) for s in shown.plan.why(verdict)] == ["€4,999.00 is less than €5,000.00."]


def test_start_at_the_limit_asks_the_approver_who_then_grants(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, above=1000)
    run = a_run(market.acme, centre.id, amount=1000)
    assert run.status == RunState.PENDING
    assert len(pending(market.acme, "approver")) == 1
    decided(market.acme, "approver")
    assert state(market.acme, run) == RunState.GRANTED
    assert pending(market.acme, "approver") == []


@pytest.mark.parametrize(
    ("conditions", "is_asked"),
    [
        ({"cpv_prefix": "31"}, True),
        ({"cpv_prefix": "3100"}, True),
        ({"cpv_prefix": "30"}, False),
        ({"above": 1000, "cpv_prefix": "30"}, False),
        ({"above": "1000.01"}, False),
        ({"above": 0}, True),
        ({}, True),
    ],
)
def test_start_under_conditions_asks_only_where_all_hold(
    market: Cast, conditions: dict[str, object], is_asked: bool
) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, **conditions)
    run = a_run(market.acme, centre.id, amount=1000)
    assert (run.status == RunState.PENDING) is is_asked


def test_start_for_another_cost_centre_skips_the_rule(market: Cast) -> None:
    first, second = a_cost_centre(market.acme), a_cost_centre(market.acme, code="CC-200")
    a_rule(market.acme, cost_centre_id=first.id)
    assert a_run(market.acme, first.id).status == RunState.PENDING
    assert a_run(market.acme, second.id).status == RunState.GRANTED


def test_start_with_several_turns_asks_one_after_the_other(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, name="Second", position=2, asks=["procurement_lead"])
    a_rule(market.acme, name="First", position=1, asks=[], asks_owner=True)
    run = a_run(market.acme, centre.id)
    assert (len(pending(market.acme, "approver")), len(pending(market.acme, "procurement_lead"))) == (1, 0)
    decided(market.acme, "approver")
    assert state(market.acme, run) == RunState.PENDING
    decided(market.acme, "procurement_lead")
    assert state(market.acme, run) == RunState.GRANTED


def test_start_with_one_shared_turn_needs_both(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, name="One", asks=["approver"])
    a_rule(market.acme, name="Other", asks=["procurement_lead"])
    run = a_run(market.acme, centre.id)
    decided(market.acme, "procurement_lead")
    assert state(market.acme, run) == RunState.PENDING
    decided(market.acme, "approver")
    assert state(market.acme, run) == RunState.GRANTED


def test_decide_with_a_quorum_needs_so_many(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, asks=["approver", "procurement_lead"], quorum=Decimal(2))
    run = a_run(market.acme, centre.id)
    decided(market.acme, "approver")
    assert (state(market.acme, run), pending(market.acme, "approver")) == (RunState.PENDING, [])
    decided(market.acme, "procurement_lead")
    assert state(market.acme, run) == RunState.GRANTED


def test_decide_no_ends_the_run_and_the_steps_that_are_left(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    a_rule(market.acme, position=2, asks=["procurement_lead"])
    run = a_run(market.acme, centre.id)
    decided(market.acme, "approver", is_yes=False, comment="Too expensive")
    assert state(market.acme, run) == RunState.REFUSED
    with market.acme.reading("requester"):
        assert [step.status for step in steps_of(run.id)] == [StepState.REFUSED, StepState.CANCELLED]


def test_decide_no_without_a_word_is_refused(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    a_run(market.acme, centre.id)
    (step,) = pending(market.acme, "approver")
    with pytest.raises(Invalid), market.acme.at_work("approver"):
        decide(step_id=step, document_hash=HASH, is_yes=False, comment=None)


def test_decide_on_another_hash_is_refused(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    a_run(market.acme, centre.id)
    (step,) = pending(market.acme, "approver")
    with pytest.raises(StaleDocument), market.acme.at_work("approver"):
        decide(step_id=step, document_hash="f" * 64, is_yes=True, comment="")


def test_decide_on_a_document_that_changed_meanwhile_is_refused(market: Cast) -> None:
    centre, document = a_cost_centre(market.acme), uuid4()
    a_rule(market.acme)
    old = a_run(market.acme, centre.id, document_id=document)
    (step,) = pending(market.acme, "approver")
    a_run(market.acme, centre.id, document_id=document, document_hash="a" * 64)
    assert state(market.acme, old) == RunState.VOID
    with pytest.raises(StaleDocument), market.acme.at_work("approver"):
        decide(step_id=step, document_hash=HASH, is_yes=True, comment="")


def test_decide_by_somebody_who_is_not_asked_is_refused(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    a_run(market.acme, centre.id)
    (step,) = pending(market.acme, "approver")
    with pytest.raises(NotAsked), market.acme.at_work("procurement_lead"):
        decide(step_id=step, document_hash=HASH, is_yes=True, comment="")


def test_decide_twice_is_refused(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, asks=["approver", "procurement_lead"], quorum=Decimal(2))
    a_run(market.acme, centre.id)
    (step,) = pending(market.acme, "approver")
    decided(market.acme, "approver")
    with pytest.raises(AlreadyDecided), market.acme.at_work("approver"):
        decide(step_id=step, document_hash=HASH, is_yes=True, comment="")


def test_decide_after_the_end_is_refused(market: Cast, speaking: None) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, asks=["approver", "procurement_lead"])
    a_run(market.acme, centre.id)
    (step,) = pending(market.acme, "approver")
    decided(market.acme, "procurement_lead")
    with pytest.raises(WrongState), market.acme.at_work("approver"):
        decide(step_id=step, document_hash=HASH, is_yes=False, comment="Too late")


def test_start_by_the_approver_asks_a_procurement_lead_instead(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, asks=["approver"])
    run = a_run(market.acme, centre.id, requester="approver")
    assert pending(market.acme, "approver") == []
    decided(market.acme, "procurement_lead")
    assert state(market.acme, run) == RunState.GRANTED


def test_decide_on_ones_own_is_refused(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, asks=["approver"])
    a_run(market.acme, centre.id, requester="approver")
    (step,) = pending(market.acme, "procurement_lead")
    with pytest.raises(OwnDocument), market.acme.at_work("approver"):
        decide(step_id=step, document_hash=HASH, is_yes=True, comment="")


def test_start_where_only_the_requester_may_decide_is_refused(market: Cast, speaking: None) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, name="The lead", asks=["procurement_lead"])
    with pytest.raises(NobodyMayDecide, match="The lead"):
        a_run(market.acme, centre.id, requester="procurement_lead")


def test_start_in_another_currency_is_refused(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    with pytest.raises(IntegrityError, match="do not speak of USD"):
        a_run(market.acme, centre.id, currency="USD")


def test_start_after_a_rule_changed_uses_the_new_version_and_leaves_the_old_run_alone(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    rule = a_rule(market.acme, above=100)
    old = a_run(market.acme, centre.id, amount=500)
    with market.acme.at_work("procurement_lead"):
        write_rule(
            rule_id=rule.id,
            name=rule.name,
            position=Decimal(1),
            minimum_amount=Decimal(1000),
            cpv_prefix=None,
            cost_centre_id=None,
            asks_owner=True,
            approver_ids=[],
            quorum=Decimal(1),
            deadline_days=Decimal(2),
        )
    new = a_run(market.acme, centre.id, amount=500)
    assert (old.status, new.status) == (RunState.PENDING, RunState.GRANTED)
    assert (old.explanation[0]["version"], new.explanation[0]["version"]) == (1, 2)
    assert new.policy_version > old.policy_version


def test_retire_rule_asks_nobody_any_more(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    rule = a_rule(market.acme)
    with market.acme.at_work("procurement_lead"):
        retire_rule(rule_id=rule.id)
    assert a_run(market.acme, centre.id).status == RunState.GRANTED


def test_write_rule_that_asks_nobody_is_refused(market: Cast) -> None:
    with pytest.raises(Invalid, match="who is asked"):
        a_rule(market.acme, asks=[])


def test_write_rule_that_asks_somebody_who_may_not_decide_is_refused(market: Cast) -> None:
    with pytest.raises(Invalid, match="may not decide"):
        a_rule(market.acme, asks=["receiver"])


def test_set_policy_is_remembered(market: Cast) -> None:
    with market.acme.reading("requester"):
        assert not policy().is_ordering_automatic
    with market.acme.at_work("procurement_lead"):
        set_policy(is_ordering_automatic=True, hold_days=Decimal(7))
    with market.acme.automatically():
        assert policy().is_ordering_automatic


def test_plan_says_who_would_be_asked_and_writes_nothing(market: Cast, speaking: None) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme, name="Owner", asks=[], asks_owner=True)
    with market.acme.reading("requester"):
        seen = plan(
            amount=Money(Decimal(10), "EUR"),
            requester_id=market.acme.people["requester"],
            cost_centre_id=centre.id,
            cpv_codes=["31000000"],
        )
        (verdict,) = seen.verdicts
        assert [one.source for one in verdict.people] == ["owner"]
        assert seen.names[verdict.people[0].person_id] == "approver of Acme Industrie"


def test_void_ends_the_run_and_its_steps(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    run = a_run(market.acme, centre.id)
    with market.acme.at_work("requester"):
        void_run(document_id=run.document_id)
    assert (state(market.acme, run), pending(market.acme, "approver")) == (RunState.VOID, [])


def delegation(party: Party, giver: str, taker: str, *, starts_in: int = 0, days: int = 5) -> UUID:
    with party.at_work(giver):
        first = clock.today() + timedelta(days=starts_in)
        to = party.people[taker]
        return delegate(to_person_id=to, starts_on=first, ends_on=first + timedelta(days=days)).id


def test_delegate_lets_the_other_decide_in_ones_place(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    delegation(market.acme, "approver", "procurement_lead")
    run = a_run(market.acme, centre.id)
    decided(market.acme, "procurement_lead")
    with market.acme.reading("requester"):
        shown = approval_of(run.document_id)
        assert shown is not None
        (said,) = shown.steps[0].decisions
        assert said.decided_by_id == market.acme.people["procurement_lead"]
        assert said.on_behalf_of_id == market.acme.people["approver"]
        assert shown.run.status == RunState.GRANTED


def test_delegate_to_the_requester_lets_nobody_approve_their_own(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    delegation(market.acme, "approver", "procurement_lead")
    a_run(market.acme, centre.id, requester="procurement_lead")
    assert pending(market.acme, "procurement_lead") == []
    (step,) = pending(market.acme, "approver")
    with pytest.raises(OwnDocument), market.acme.at_work("procurement_lead"):
        decide(step_id=step, document_hash=HASH, is_yes=True, comment="")


def test_delegate_to_oneself_is_refused(market: Cast) -> None:
    with pytest.raises(Invalid, match="somebody else"):
        delegation(market.acme, "approver", "approver")


def test_delegate_to_somebody_who_may_not_decide_is_refused(market: Cast) -> None:
    with pytest.raises(Invalid, match="may not decide"):
        delegation(market.acme, "approver", "requester")


def test_delegate_in_a_circle_is_refused(market: Cast) -> None:
    delegation(market.acme, "approver", "procurement_lead")
    with pytest.raises(IntegrityError, match="circle"):
        delegation(market.acme, "procurement_lead", "approver")


def test_delegate_back_on_other_days_is_no_circle(market: Cast) -> None:
    delegation(market.acme, "approver", "procurement_lead")
    delegation(market.acme, "procurement_lead", "approver", starts_in=6)


def test_delegate_is_not_over_before_or_after_its_days(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    delegation(market.acme, "approver", "procurement_lead", starts_in=2, days=1)
    a_run(market.acme, centre.id)
    now = clock.now()
    seen = []
    for day in range(5):
        with clock_at(now + timedelta(days=day)):
            seen.append(len(pending(market.acme, "procurement_lead")))
    assert seen == [0, 0, 1, 1, 0]


def test_end_delegation_takes_it_back_at_once(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    given = delegation(market.acme, "approver", "procurement_lead")
    a_run(market.acme, centre.id)
    with pytest.raises(Forbidden), market.acme.at_work("procurement_lead"):
        end_delegation(delegation_id=given)
    with market.acme.at_work("approver"):
        end_delegation(delegation_id=given)
    assert pending(market.acme, "procurement_lead") == []


def test_escalate_after_the_deadline_asks_the_leads_who_may_then_decide(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    with clock_at(MONDAY):
        run = a_run(market.acme, centre.id)
    with clock_at(MONDAY + timedelta(days=2, minutes=-1)):
        escalate_overdue()
        assert pending(market.acme, "procurement_lead") == []
    with clock_at(MONDAY + timedelta(days=2)):
        escalate_overdue()
        escalate_overdue()
        assert len(pending(market.acme, "procurement_lead")) == 1
        decided(market.acme, "procurement_lead")
    assert state(market.acme, run) == RunState.GRANTED
    with market.acme.reading("requester") as work:
        (step,) = work.scalars(select(ApprovalStep)).all()
        assert step.escalated_at == MONDAY + timedelta(days=2)
        asked = work.scalars(select(News).where(News.name == ApprovalRequested.__name__)).all()
        assert len(asked) == 3


def test_escalate_over_a_week_end_waits_for_the_working_day(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    friday = MONDAY - timedelta(days=3)
    with clock_at(friday):
        run = a_run(market.acme, centre.id)
    with market.acme.reading("requester"):
        assert steps_of(run.id)[0].due_at == friday + timedelta(days=4)


def test_read_as_an_outsider_finds_nothing(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    run = a_run(market.acme, centre.id)
    delegation(market.acme, "approver", "procurement_lead")
    with market.nosy.reading("procurement_lead"):
        assert run_of(run.document_id) is None
        assert not plan(
            amount=Money(Decimal(10**6), "EUR"),
            requester_id=market.nosy.people["requester"],
            cost_centre_id=None,
            cpv_codes=[],
        ).verdicts


def test_start_for_another_organisations_cost_centre_is_refused(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    with pytest.raises(IntegrityError), market.nosy.at_work("requester"):
        start_run(subject=a_subject(market.nosy, centre.id))
