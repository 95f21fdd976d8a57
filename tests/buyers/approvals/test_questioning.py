"""Does a question stop the clock, for as long as it is open and no longer?"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.buyers.approvals.actions import NotAsked, OwnDocument, delegate
from marketplace.buyers.approvals.jobs import escalate_overdue, lapse_questions, remind_where_due
from marketplace.buyers.approvals.lifecycle import RunState
from marketplace.buyers.approvals.models import ApprovalRun, ApprovalStep, Question
from marketplace.buyers.approvals.queries import steps_of
from marketplace.buyers.approvals.questioning import AnotherIsOpen, Answered, answer, ask
from marketplace.events.buyers import ApprovalQuestionLapsed, ApprovalReminded
from marketplace.foundation.clock import clock_at, today
from marketplace.foundation.errors import Forbidden
from marketplace.foundation.outbox import News
from tests.cast import Cast, Party
from tests.factories.approvals import a_rule, a_run, decided
from tests.factories.budgets import a_cost_centre

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)
WHY = "Why three of them?"


@pytest.fixture
def run(market: Cast) -> ApprovalRun:
    """A document that the approver of Acme is to decide on within two working days from Monday on."""
    centre = a_cost_centre(market.acme)
    a_rule(market.acme)
    with clock_at(MONDAY):
        return a_run(market.acme, centre.id)


def asked(party: Party, run: ApprovalRun, role: str = "approver") -> UUID:
    with party.at_work(role):
        return ask(step_id=steps_of(run.id)[0].id, question=WHY).id


def answered(party: Party, question_id: UUID, role: str = "requester") -> None:
    with party.at_work(role):
        answer(question_id=question_id, answer="One for each of us.")


def step(party: Party) -> ApprovalStep:
    with party.reading("requester") as work:
        return work.scalars(select(ApprovalStep)).one()


def told(party: Party, kind: type) -> int:
    with party.reading("requester") as work:
        return len(work.scalars(select(News).where(News.name == kind.__name__)).all())


def test_ask_stops_the_clock_until_the_answer_comes(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY + A_DAY):
        question_id = asked(market.acme, run)
    with clock_at(MONDAY + 2 * A_DAY):
        escalate_overdue()
        remind_where_due()
        assert (step(market.acme).escalated_at, told(market.acme, ApprovalReminded)) == (None, 0)
        answered(market.acme, question_id)
    assert (step(market.acme).due_at, step(market.acme).paused_at) == (MONDAY + 3 * A_DAY, None)
    with clock_at(MONDAY + 3 * A_DAY):
        escalate_overdue()
    assert step(market.acme).escalated_at == MONDAY + 3 * A_DAY


def test_ask_and_stay_without_an_answer_goes_on_after_two_working_days(
    market: Cast, run: ApprovalRun
) -> None:
    with clock_at(MONDAY + A_DAY):
        question_id = asked(market.acme, run)
    with clock_at(MONDAY + 3 * A_DAY - timedelta(seconds=1)):
        assert lapse_questions() == 0
    with clock_at(MONDAY + 3 * A_DAY):
        assert (lapse_questions(), lapse_questions()) == (1, 0)
        with pytest.raises(Answered):
            answered(market.acme, question_id)
    assert told(market.acme, ApprovalQuestionLapsed) == 1
    assert (step(market.acme).due_at, step(market.acme).paused_at) == (MONDAY + 4 * A_DAY, None)


def test_ask_and_be_answered_ends_on_a_working_day(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY + 2 * A_DAY):
        question_id = asked(market.acme, run)
    with clock_at(MONDAY + 5 * A_DAY):
        answered(market.acme, question_id)
    assert step(market.acme).due_at == MONDAY + 7 * A_DAY


def test_answer_what_is_decided_already_is_not_needed(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY):
        question_id = asked(market.acme, run)
        decided(market.acme, "approver", is_yes=False)
        with pytest.raises(Answered):
            answered(market.acme, question_id)


def test_ask_leaves_everybody_free_to_decide(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY):
        asked(market.acme, run)
        decided(market.acme, "approver")
    with clock_at(MONDAY + 3 * A_DAY):
        assert lapse_questions() == 1
    assert told(market.acme, ApprovalQuestionLapsed) == 0
    with market.acme.reading("requester") as work:
        assert work.get_one(ApprovalRun, run.id).status == RunState.GRANTED


def test_ask_twice_waits_for_the_first_answer(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY):
        first = asked(market.acme, run)
        with pytest.raises(AnotherIsOpen):
            asked(market.acme, run)
        answered(market.acme, first)
        assert asked(market.acme, run) != first


def test_ask_by_whoever_stands_in_is_asking(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY):
        with pytest.raises(NotAsked):
            asked(market.acme, run, "procurement_lead")
        with market.acme.at_work("approver"):
            stand_in = market.acme.people["procurement_lead"]
            delegate(to_person_id=stand_in, starts_on=today(), ends_on=today())
        assert asked(market.acme, run, "procurement_lead")


def test_ask_oneself_is_refused(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY), pytest.raises(OwnDocument):
        asked(market.acme, run, "requester")


def test_answer_by_another_than_the_requester_is_refused(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY):
        question_id = asked(market.acme, run)
        with pytest.raises(Forbidden):
            answered(market.acme, question_id, "approver")


def test_remind_tells_once_when_half_of_the_time_is_over(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY + A_DAY - timedelta(seconds=1)):
        assert remind_where_due() == 0
    with clock_at(MONDAY + A_DAY):
        assert (remind_where_due(), remind_where_due()) == (1, 0)
    assert told(market.acme, ApprovalReminded) == 1
    with clock_at(MONDAY + 2 * A_DAY):
        escalate_overdue()
    with clock_at(MONDAY + 3 * A_DAY):
        assert remind_where_due() == 1
    assert told(market.acme, ApprovalReminded) == 3


BY_HAND = {
    "stop the clock without a question": ("approver", "the deadline", "update approval_steps set paused_at = due_at"),
    "win time without a question": (
        "approver", "the deadline", "update approval_steps set due_at = due_at + interval '1 day'",
    ),
    "silence the reminder": ("requester", "the deadline", "update approval_steps set remind_at = null"),
    "ask for an answer that may never come": (
        "approver", "is not asked",
        "insert into approval_questions (id, organisation_id, run_id, step_id, requester_id, asked_by_id, question,"
        " asked_at, due_at) select uuidv7(), s.organisation_id, s.run_id, s.id, r.requester_id, '{me}', 'Why?',"
        " '{now}', timestamptz '{now}' + interval '99 years'"
        " from approval_steps s join approval_runs r on r.id = s.run_id",
    ),
    "ask for an answer at once": (
        "approver", "is not asked",
        "insert into approval_questions (id, organisation_id, run_id, step_id, requester_id, asked_by_id, question,"
        " asked_at, due_at) select uuidv7(), s.organisation_id, s.run_id, s.id, r.requester_id, '{me}', 'Why?',"
        " '{now}', timestamptz '{now}' + interval '1 minute'"
        " from approval_steps s join approval_runs r on r.id = s.run_id",
    ),
    "ask where nobody asked one": (
        "procurement_lead", "is not asked",
        "insert into approval_questions (id, organisation_id, run_id, step_id, requester_id, asked_by_id, question,"
        " asked_at, due_at) select uuidv7(), s.organisation_id, s.run_id, s.id, r.requester_id, '{me}', 'Why?',"
        " '{now}', timestamptz '{now}' + interval '1 day'"
        " from approval_steps s join approval_runs r on r.id = s.run_id",
    ),
    "ask in another's name": (
        "procurement_lead", "is not asked",
        "insert into approval_questions (id, organisation_id, run_id, step_id, requester_id, asked_by_id, question,"
        " asked_at, due_at) select uuidv7(), s.organisation_id, s.run_id, s.id, r.requester_id, a.person_id, 'Why?',"
        " '{now}', timestamptz '{now}' + interval '1 day' from approval_steps s join approval_runs r on r.id = s.run_id"
        " join approval_step_approvers a on a.step_id = s.id",
    ),
}  # fmt: skip
OF_QUESTIONS = {
    "answer for the requester": (
        "approver", "waits for its answer", "update approval_questions set answer = 'So', answered_at = '{now}'",
    ),
    "give up before the time": (
        "approver", "waits for its answer", "update approval_questions set lapsed_at = '{now}'",
    ),
    "ask something else": ("approver", "permission denied", "update approval_questions set question = 'Really?'"),
    "delete the question": ("approver", "permission denied", "delete from approval_questions"),
    "let the clock run on": ("approver", "the deadline", "update approval_steps set paused_at = null"),
    "win more time": (
        "approver", "the deadline", "update approval_steps set paused_at = null, due_at = due_at + interval '9 days'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", [*BY_HAND, *OF_QUESTIONS])
def test_write_by_hand_stops_no_clock(market: Cast, run: ApprovalRun, attack: str) -> None:
    role, reason, statement = (BY_HAND | OF_QUESTIONS)[attack]
    moment = MONDAY + timedelta(hours=1)
    with clock_at(moment):
        if attack in OF_QUESTIONS:
            asked(market.acme, run)
        wanted = statement.format(me=market.acme.people[role], now=moment.isoformat())
        with pytest.raises(DBAPIError, match=reason), market.acme.at_work(role) as work:
            work.execute(text(wanted))


def test_write_an_answer_twice_by_hand_keeps_the_first(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY):
        answered(market.acme, asked(market.acme, run))
        with pytest.raises(DBAPIError, match="has ended"), market.acme.at_work("requester") as work:
            work.execute(text("update approval_questions set answer = 'Something else'"))


def test_read_as_an_outsider_finds_no_question(market: Cast, run: ApprovalRun) -> None:
    with clock_at(MONDAY):
        asked(market.acme, run)
    with market.nosy.reading("procurement_lead") as work:
        assert work.scalars(select(Question)).all() == []
