"""What can be done with approvals and delegations?

People insert decisions; the engine follows them, acting for the organisation itself. The database proves each of its
moves again (migration 0033), so a move that the decisions do not carry is refused whoever tries it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.buyers.approvals.deadlines import about, begin_waiting
from marketplace.buyers.approvals.lifecycle import RUN, STEP, RunState, StepState
from marketplace.buyers.approvals.models import (
    ApprovalRun,
    ApprovalStep,
    Decision,
    Delegation,
)
from marketplace.buyers.approvals.queries import (
    approvers_at,
    decisions_at,
    hold_runs_of,
    run_of,
    stand_ins,
    steps_of,
)
from marketplace.events.buyers import (
    ApprovalDecided,
    ApprovalGranted,
    ApprovalRefused,
    DelegationGranted,
)
from marketplace.foundation import clock
from marketplace.foundation.constraints import constraint_of, explain, refusal_of
from marketplace.foundation.db import fetch, new_id, save, session
from marketplace.foundation.errors import Conflict, Forbidden, Invalid, Refusal
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import WrongState
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import acting_as, automatic, current_actor
from marketplace.identity.people.queries import people_permitted
from marketplace.permissions import Permission

START = (
    "select doors.start_approval(:run, :kind, :document, :number, :hash, :amount, :currency, :requester,"
    " :centre, cast(:codes as text[]), :moment)"
)

explain("approval_currency", _l("Approval rules are kept in the currency of your organisation only."))
explain("approval_step_open", _l("This step is not open for a decision."))
explain("approval_not_asked", _l("You are not asked to decide here."))
explain("approval_proof", _l("The decisions do not say so."))
explain("approval_deadline", _l("The deadline of this step stands."))
explain("ck_approval_decisions_not_own", _l("Nobody decides on what they ask for themselves."))
explain("uq_approval_decisions_step_id_on_behalf_of_id", _l("This has been decided already."))
explain("uq_approval_decisions_step_id_decided_by_id", _l("You have decided here already."))
explain("fk_approval_decisions_document", _l("The document is not the one that was to be approved."))
explain("fk_approval_decisions_asked", _l("You are not asked to decide here."))
explain("delegation_member", _l("This is no colleague of yours."), field="to_person_id")
explain("delegation_ended", _l("This delegation has ended."))
explain(
    "delegation_circle",
    _l("That would be a circle: this colleague's decisions come back to you on some of these days."),
    field="to_person_id",
)


class StaleDocument(Conflict):
    """The decision was made on another version of the document than the one to be approved."""


class OwnDocument(Forbidden):
    """Nobody approves what they ask for themselves, in nobody's place."""


class NotAsked(Forbidden):
    """This person is not asked at this step, nor stands in for somebody who is."""


class AlreadyDecided(Conflict):
    """This person, or the one they stand in for, has said so already."""


class NobodyMayDecide(Conflict):
    """A rule asks, but nobody except the requester may decide."""


@dataclass(frozen=True)
class Subject:
    """What is to be approved: one version of one document, by its hash, with what the rules look at."""

    kind: str
    document_id: UUID
    number: str
    document_hash: str
    amount: Money
    requester_id: UUID
    cost_centre_id: UUID
    cpv_codes: Sequence[str]


def start_run(*, subject: Subject) -> ApprovalRun:
    """Ask those whom the rules name, the first turn at once; where no rule asks, it is granted at once.

    An earlier run of the same document is void from now on. Raises NobodyMayDecide.
    """
    void_run(document_id=subject.document_id)
    run_id = new_id()
    _open_door(run_id, subject)
    run = fetch(ApprovalRun, run_id)
    with acting_as(automatic(run.organisation_id)):
        _advance(run)
    return run


def decide(*, step_id: UUID, document_hash: str, is_yes: bool, comment: str | None) -> ApprovalRun:
    """Say yes or no to exactly the document with that hash; the run follows.

    Raises StaleDocument, OwnDocument, NotAsked, AlreadyDecided, WrongState, and Invalid for a no without a word.
    """
    step = fetch(ApprovalStep, step_id)
    run = fetch(ApprovalRun, step.run_id, lock=True)
    session().refresh(step)
    if run.document_hash != document_hash or run.status == RunState.VOID:
        raise StaleDocument(_l("The document has changed since you opened it. Please read it again."))
    on_behalf_of = voice_at(run, step)
    _check_reason(is_yes, comment)
    _record(run, step, on_behalf_of, is_yes=is_yes, comment=comment or "")
    with acting_as(automatic(run.organisation_id)):
        _follow(run, step, comment or "")
    return run


def decide_several(
    *, voices: Sequence[tuple[UUID, str]], is_yes: bool, comment: str | None
) -> list[tuple[UUID, Refusal]]:
    """Say the same to several documents, each by its step and its hash; what is refused, with its step, and why.

    Raises Invalid for a no without a word.
    """
    _check_reason(is_yes, comment)
    hold_runs_of([step_id for step_id, _ in voices])
    refused: list[tuple[UUID, Refusal]] = []
    for step_id, document_hash in voices:
        try:
            with session().begin_nested():
                decide(step_id=step_id, document_hash=document_hash, is_yes=is_yes, comment=comment)
        except Refusal as refusal:
            refused.append((step_id, refusal))
        except IntegrityError as error:
            refused.append((step_id, refusal_of(error)))
    return refused


def voice_at(run: ApprovalRun, step: ApprovalStep) -> UUID:
    """For whom the acting person may decide at this step: for themselves, or for whoever they stand in for.

    Raises OwnDocument, AlreadyDecided, WrongState, NotAsked.
    """
    actor = current_actor()
    if run.requester_id == actor.person:
        raise OwnDocument(_l("Nobody decides on what they ask for themselves."))
    said = decisions_at(step.id)
    if any(actor.person in (one.decided_by_id, one.on_behalf_of_id) for one in said):
        raise AlreadyDecided(_l("This has been decided already."))
    if step.status != StepState.OPEN:
        raise WrongState(_l("This step is “%(state)s” now.", state=STEP.state(step).label))
    asked = approvers_at(step.id) - {run.requester_id}
    may_decide = actor.permits(Permission.APPROVAL_DECIDE)
    if actor.person in asked and may_decide:
        return actor.person
    able = asked & {person.id for person in people_permitted(Permission.APPROVAL_DECIDE)}
    absent = {person for person in able if actor.person in stand_ins([person])}
    if not absent or not may_decide:
        raise NotAsked(_l("You are not asked to decide here."))
    still = absent - {one.on_behalf_of_id for one in said}
    if not still:
        raise AlreadyDecided(_l("This has been decided already."))
    return min(still)


def void_run(*, document_id: UUID) -> None:
    """End the approval of a document that was changed or taken back; nothing happens where none is alive."""
    known = run_of(document_id)
    if known is None or known.status not in (RunState.PENDING, RunState.GRANTED):
        return
    run = fetch(ApprovalRun, known.id, lock=True)
    with acting_as(automatic(run.organisation_id)):
        _cancel_open_steps(run)
        RUN.move(run, RunState.VOID)
        run.ended_at = clock.now()
        session().flush()


def delegate(*, to_person_id: UUID, starts_on: date, ends_on: date) -> Delegation:
    """Let a colleague decide in one's place from one day to another, both included. Raises Invalid, Conflict."""
    actor = current_actor()
    if to_person_id == actor.person:
        raise Invalid(_l("Choose somebody else than yourself."), field="to_person_id")
    if ends_on < starts_on:
        raise Invalid(_l("The delegation ends before it starts."), field="ends_on")
    if ends_on < clock.today():
        raise Invalid(_l("These days are over."), field="ends_on")
    if to_person_id not in {person.id for person in people_permitted(Permission.APPROVAL_DECIDE)}:
        raise Invalid(_l("This colleague may not decide on approvals."), field="to_person_id")
    row = save(
        Delegation(
            organisation_id=actor.organisation,
            from_person_id=actor.person,
            to_person_id=to_person_id,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    announce(
        DelegationGranted(
            subject_id=row.id,
            organisation_id=row.organisation_id,
            from_person_id=row.from_person_id,
            to_person_id=to_person_id,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    return row


def end_delegation(*, delegation_id: UUID) -> None:
    """Take a delegation back from this moment on; only the one who gave it. Raises Forbidden, Conflict."""
    row = fetch(Delegation, delegation_id)
    if row.from_person_id != current_actor().person:
        raise Forbidden(_l("Only the one who gave a delegation takes it back."))
    row.ended_at = clock.now()
    session().flush()


def _check_reason(is_yes: bool, comment: str | None) -> None:
    if not is_yes and not comment:
        raise Invalid(_l("Please say why not: the requester needs to know."), field="comment")


def _open_door(run_id: UUID, subject: Subject) -> None:
    arguments = {
        "run": run_id,
        "kind": subject.kind,
        "document": subject.document_id,
        "number": subject.number,
        "hash": subject.document_hash,
        "amount": subject.amount.amount,
        "currency": subject.amount.currency,
        "requester": subject.requester_id,
        "centre": subject.cost_centre_id,
        "codes": sorted(set(subject.cpv_codes)),
        "moment": clock.now(),
    }
    try:
        with session().begin_nested():
            session().execute(text(START), arguments)
    except IntegrityError as error:
        if constraint_of(error) != "approval_nobody":
            raise
        rule = getattr(getattr(error.orig, "diag", None), "message_detail", "") or ""
        raise NobodyMayDecide(
            _l("The rule “%(rule)s” asks for a decision, but nobody except you may give it.", rule=rule)
        ) from None


def _record(run: ApprovalRun, step: ApprovalStep, on_behalf_of: UUID, *, is_yes: bool, comment: str) -> None:
    actor = current_actor()
    save(
        Decision(
            organisation_id=run.organisation_id,
            run_id=run.id,
            step_id=step.id,
            requester_id=run.requester_id,
            document_hash=run.document_hash,
            decided_by_id=actor.person,
            on_behalf_of_id=on_behalf_of,
            is_yes=is_yes,
            comment=comment,
            decided_at=clock.now(),
            decided_on=clock.today(),
        )
    )
    announce(
        ApprovalDecided(
            **about(run),
            decision="yes" if is_yes else "no",
            decided_by_id=actor.person,
            on_behalf_of_id=on_behalf_of,
            comment=comment,
        )
    )


def _follow(run: ApprovalRun, step: ApprovalStep, comment: str) -> None:
    said = decisions_at(step.id)
    if not all(one.is_yes for one in said):
        _close(step, StepState.REFUSED)
        _cancel_open_steps(run)
        _end(run, RunState.REFUSED, ApprovalRefused(**about(run), comment=comment))
    elif len(said) >= step.quorum:
        _close(step, StepState.APPROVED)
        _advance(run)


def _advance(run: ApprovalRun) -> None:
    """Open the next turn, once the present one is through; grant where no turn is left."""
    left = [s for s in steps_of(run.id) if s.status in (StepState.WAITING, StepState.OPEN)]
    if not left:
        news = ApprovalGranted(**about(run), document_hash=run.document_hash)
        _end(run, RunState.GRANTED, news)
    elif all(step.status == StepState.WAITING for step in left):
        for step in (step for step in left if step.position == left[0].position):
            _open(run, step)


def _open(run: ApprovalRun, step: ApprovalStep) -> None:
    STEP.move(step, StepState.OPEN)
    step.opened_at = clock.now()
    begin_waiting(run, step)


def _close(step: ApprovalStep, state: StepState) -> None:
    STEP.move(step, state)
    step.closed_at = clock.now()
    session().flush()


def _cancel_open_steps(run: ApprovalRun) -> None:
    for step in steps_of(run.id):
        if step.status in (StepState.WAITING, StepState.OPEN):
            _close(step, StepState.CANCELLED)


def _end(run: ApprovalRun, state: RunState, news: ApprovalGranted | ApprovalRefused) -> None:
    RUN.move(run, state, news=news)
    run.ended_at = clock.now()
    session().flush()
