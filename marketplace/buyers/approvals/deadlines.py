"""How long does a step wait: who is reminded, who is asked besides, and when does its clock stand still?

Half of its time after a step was opened, whoever has not decided is reminded; at the end of it the procurement leads
are asked too, and the time begins anew. While a question waits for its answer the clock stands. The last word is the
hold of the document: when that is over, there is nothing left to be approved.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from marketplace.buyers.approvals.lifecycle import StepState
from marketplace.buyers.approvals.models import ApprovalRun, ApprovalStep
from marketplace.buyers.approvals.queries import still_asked
from marketplace.events.buyers import ApprovalReminded, ApprovalRequested
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.outbox import announce

ESCALATE = text("select doors.escalate_step(:step, :moment)")


def begin_waiting(run: ApprovalRun, step: ApprovalStep) -> None:
    """Give a step its time from now on, and tell everybody who may decide and has not."""
    now = clock.now()
    due_at = clock.after_working_days(now, step.deadline_days)
    step.due_at, step.remind_at = due_at, now + (due_at - now) / 2
    session().flush()
    for person_id in still_asked(run, step):
        announce(ApprovalRequested(**about(run), approver_id=person_id, due_at=due_at))


def remind(*, step_id: UUID) -> None:
    """Tell those who may decide and have not, once, where it is time; in a step that waits for an answer it is not."""
    step = _running(step_id)
    if step is None or step.due_at is None or step.remind_at is None or step.remind_at > clock.now():
        return
    step.remind_at = None
    session().flush()
    run = fetch(ApprovalRun, step.run_id)
    for person_id in still_asked(run, step):
        announce(ApprovalReminded(**about(run), approver_id=person_id, due_at=step.due_at))


def escalate_step(*, step_id: UUID) -> None:
    """Ask the procurement leads too, now that the time of a step is over, and let it begin anew."""
    moment = clock.now()
    step = _running(step_id)
    if step is None or step.due_at is None or step.due_at > moment:
        return
    session().execute(ESCALATE, {"step": step_id, "moment": moment})
    step.escalated_at = step.escalated_at or moment
    begin_waiting(fetch(ApprovalRun, step.run_id), step)


def stop_clock(step: ApprovalStep, moment: datetime) -> None:
    """From that moment on no time of the step passes."""
    step.paused_at = moment
    session().flush()


def let_clock_run(step: ApprovalStep) -> None:
    """What was left of the time of a step when its clock was stopped begins now, if it is still to be decided.

    It ends on a working day, as every deadline does.
    """
    if step.status != StepState.OPEN or step.paused_at is None or step.due_at is None:
        return
    stood = clock.now() - step.paused_at
    step.due_at = clock.after_working_days(step.due_at + stood, 0)
    step.remind_at = step.remind_at and step.remind_at + stood
    step.paused_at = None
    session().flush()


def about(run: ApprovalRun) -> dict[str, Any]:
    """What all news of a run says."""
    return {
        "subject_id": run.document_id,
        "organisation_id": run.organisation_id,
        "run_id": run.id,
        "document_kind": run.document_kind,
        "document_number": run.document_number,
    }


def _running(step_id: UUID) -> ApprovalStep | None:
    step = fetch(ApprovalStep, step_id, lock=True)
    return step if step.status == StepState.OPEN and step.paused_at is None else None
