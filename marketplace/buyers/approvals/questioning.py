"""What can be asked before one decides, and what becomes of the question?

Whoever may decide at a step may ask the requester; the clock of the step stands until the answer comes, or until the
requester has had their days for it. Meanwhile everybody may decide as before.
"""

from uuid import UUID

from marketplace.buyers.approvals.actions import voice_at
from marketplace.buyers.approvals.deadlines import about, let_clock_run, stop_clock
from marketplace.buyers.approvals.lifecycle import StepState
from marketplace.buyers.approvals.models import ApprovalRun, ApprovalStep, Question
from marketplace.events.buyers import ApprovalAnswered, ApprovalQuestioned, ApprovalQuestionLapsed
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Conflict, Forbidden
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import acting_as, automatic, current_actor

ANSWER_DAYS = 2
"""Working days; after that the approver decides without the answer."""

explain("uq_approval_questions_open", _l("A question is open here already; please wait for its answer."))
explain("approval_question_fits", _l("You are not asked to decide here."))
explain("approval_question_ended", _l("This question waits for no answer any more."))


class AnotherIsOpen(Conflict):
    """A step waits for one answer at a time."""


class Answered(Conflict):
    """The question has its answer already, or waits for none any more."""


def ask(*, step_id: UUID, question: str) -> Question:
    """Ask the requester; the clock of the step stands from now on.

    Raises OwnDocument, AlreadyDecided, WrongState, NotAsked, AnotherIsOpen.
    """
    step = fetch(ApprovalStep, step_id)
    run = fetch(ApprovalRun, step.run_id, lock=True)
    session().refresh(step)
    voice_at(run, step)
    if step.paused_at is not None:
        raise AnotherIsOpen(_l("A question is open here already; please wait for its answer."))
    now = clock.now()
    row = save(
        Question(
            organisation_id=run.organisation_id,
            run_id=run.id,
            step_id=step.id,
            requester_id=run.requester_id,
            asked_by_id=current_actor().person,
            question=question,
            asked_at=now,
            due_at=clock.after_working_days(now, ANSWER_DAYS),
        )
    )
    with acting_as(automatic(run.organisation_id)):
        stop_clock(step, now)
    announce(ApprovalQuestioned(**about(run), requester_id=run.requester_id, question=question))
    return row


def answer(*, question_id: UUID, answer: str) -> Question:
    """Answer what one was asked about one's own document. Raises Forbidden, Answered."""
    row = fetch(Question, question_id, lock=True)
    if row.requester_id != current_actor().person:
        raise Forbidden(_l("Only the one who asks for something answers questions about it."))
    if not row.is_open or fetch(ApprovalStep, row.step_id).status != StepState.OPEN:
        raise Answered(_l("This question waits for no answer any more."))
    row.answer, row.answered_at = answer, clock.now()
    _go_on(row)
    run = fetch(ApprovalRun, row.run_id)
    announce(ApprovalAnswered(**about(run), approver_id=row.asked_by_id, answer=answer))
    return row


def lapse(*, question_id: UUID) -> None:
    """Wait no longer for an answer whose time is over, on behalf of the organisation."""
    row = fetch(Question, question_id, lock=True)
    if not row.is_open or row.due_at > clock.now():
        return
    row.lapsed_at = clock.now()
    if _go_on(row).status == StepState.OPEN:
        run = fetch(ApprovalRun, row.run_id)
        announce(ApprovalQuestionLapsed(**about(run), approver_id=row.asked_by_id))


def _go_on(row: Question) -> ApprovalStep:
    session().flush()
    step = fetch(ApprovalStep, row.step_id, lock=True)
    with acting_as(automatic(row.organisation_id)):
        let_clock_run(step)
    return step
