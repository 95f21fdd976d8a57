"""What can be asked about rules, approvals and decisions?"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import LazyString
from sqlalchemy import Select, and_, exists, literal, or_, select, text, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.buyers.approvals.lifecycle import RUN, STEP, RunState, StepState
from marketplace.buyers.approvals.models import (
    ApprovalRule,
    ApprovalRun,
    ApprovalStep,
    Decision,
    Delegation,
    PurchasingPolicy,
    Question,
    RuleApprover,
    StepApprover,
)
from marketplace.buyers.approvals.reasons import Verdict, sentences
from marketplace.buyers.budgets.queries import cost_centres_by_id
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import State
from marketplace.foundation.money import Money
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.people.models import Membership
from marketplace.identity.people.queries import person_names
from marketplace.permissions import ROLES, Permission
from marketplace.sellers.catalogue.queries import categories

DECIDING = [name for name, role in ROLES.items() if Permission.APPROVAL_DECIDE in role.permissions]
PLAN = "select * from approval_plan(:here, :amount, :requester, :centre, cast(:codes as text[]))"


@dataclass(frozen=True)
class Plan:
    """What all the rules say about one document, with the names that their sentences need."""

    verdicts: list[Verdict]
    amount: Money
    names: dict[UUID, str]
    labels: dict[str, str]

    def why(self, verdict: Verdict) -> list[LazyString]:
        """Why that rule asks, or why it does not."""
        return sentences(verdict, self.amount, self.labels)


@dataclass(frozen=True)
class StepView:
    """A step with those who are asked at it, why, and what they have said."""

    step: ApprovalStep
    approvers: list[StepApprover]
    decisions: list[Decision]
    questions: list[Question]
    reasons: list[LazyString]

    @property
    def state(self) -> State:
        """How the step stands, in words."""
        return STEP.state(self.step)


@dataclass(frozen=True)
class Approval:
    """The approval of a document as it is shown: its run, its steps in their turn, and why."""

    run: ApprovalRun
    steps: list[StepView]
    plan: Plan

    @property
    def state(self) -> State:
        """How the approval stands, in words."""
        return RUN.state(self.run)


@dataclass(frozen=True)
class PendingStep:
    """A step at which this person may decide now, for themselves or for whoever they stand in for."""

    step: ApprovalStep
    run: ApprovalRun
    on_behalf_of_id: UUID


def policy() -> PurchasingPolicy:
    """How the actor's organisation buys; the cautious default where nobody has said so yet."""
    here = current_actor().organisation
    statement = select(PurchasingPolicy).where(PurchasingPolicy.organisation_id == here)
    found = session().scalars(statement).one_or_none()
    return found or PurchasingPolicy(
        organisation_id=here, is_ordering_automatic=False, hold_days=7, version=1
    )


def rules() -> Sequence[ApprovalRule]:
    """The rules in force, in their turn."""
    statement = select(ApprovalRule).where(ApprovalRule.is_active)
    return session().scalars(statement.order_by(ApprovalRule.position, ApprovalRule.name)).all()


def rule(rule_id: UUID) -> ApprovalRule:
    """That rule. Raises NotFound."""
    return fetch(ApprovalRule, rule_id)


def approvers_of_rules(rule_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Whom each rule asks by name."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in session().scalars(select(RuleApprover).where(RuleApprover.rule_id.in_(rule_ids))):
        found[row.rule_id].append(row.person_id)
    return found


def plan(*, amount: Money, requester_id: UUID, cost_centre_id: UUID | None, cpv_codes: Sequence[str]) -> Plan:
    """Who would be asked to approve this, and why: the rules as they stand now, applied to nothing yet."""
    rows = session().execute(
        text(PLAN),
        {
            "here": current_actor().organisation,
            "amount": amount.amount,
            "requester": requester_id,
            "centre": cost_centre_id,
            "codes": list(cpv_codes),
        },
    )
    return _plan([dict(row) for row in rows.mappings()], amount, set())


def run(run_id: UUID) -> ApprovalRun:
    """That run. Raises NotFound."""
    return fetch(ApprovalRun, run_id)


def run_of(document_id: UUID) -> ApprovalRun | None:
    """The latest approval of that document; None where none was ever asked for."""
    statement = select(ApprovalRun).where(ApprovalRun.document_id == document_id)
    return session().scalars(statement.order_by(ApprovalRun.id.desc()).limit(1)).one_or_none()


def hold_runs_of(step_ids: Collection[UUID]) -> None:
    """Hold the runs of these steps until the transaction ends, in an order that is everybody's."""
    wanted = select(ApprovalStep.run_id).where(ApprovalStep.id.in_(step_ids))
    held = select(ApprovalRun.id).where(ApprovalRun.id.in_(wanted)).order_by(ApprovalRun.id)
    session().execute(held.with_for_update())


def steps_of(run_id: UUID) -> Sequence[ApprovalStep]:
    """The steps of that run, in their turn."""
    statement = select(ApprovalStep).where(ApprovalStep.run_id == run_id)
    return session().scalars(statement.order_by(ApprovalStep.position, ApprovalStep.name)).all()


def decisions_at(step_id: UUID) -> Sequence[Decision]:
    """What has been said at that step, oldest first."""
    statement = select(Decision).where(Decision.step_id == step_id)
    return session().scalars(statement.order_by(Decision.decided_at)).all()


def decisions_in(run_id: UUID) -> Sequence[Decision]:
    """What has been said in that run, oldest first."""
    return (
        session()
        .scalars(select(Decision).where(Decision.run_id == run_id).order_by(Decision.decided_at))
        .all()
    )


def approvers_at(step_id: UUID) -> set[UUID]:
    """Who is asked at that step."""
    return set(session().scalars(select(StepApprover.person_id).where(StepApprover.step_id == step_id)))


def still_asked(of_run: ApprovalRun, step: ApprovalStep) -> list[UUID]:
    """Who may decide at that step today and has not: those who are asked, and whoever stands in for them."""
    asked = approvers_at(step.id) - {one.on_behalf_of_id for one in decisions_at(step.id)}
    return sorted((asked | stand_ins(asked)) - {of_run.requester_id})


def questions_at(step_ids: Collection[UUID]) -> dict[UUID, list[Question]]:
    """What was asked at these steps, oldest first."""
    asked = select(Question).where(Question.step_id.in_(step_ids))
    return _by_step(asked.order_by(Question.asked_at, Question.id))


def approval_of(document_id: UUID) -> Approval | None:
    """The latest approval of that document with everything that a page shows of it, in seven statements."""
    found = run_of(document_id)
    if found is None:
        return None
    steps = steps_of(found.id)
    approvers = _by_step(select(StepApprover).where(StepApprover.step_id.in_([s.id for s in steps])))
    decisions = _by_step(select(Decision).where(Decision.run_id == found.id).order_by(Decision.decided_at))
    questions = questions_at([s.id for s in steps])
    people = {row.person_id for rows in approvers.values() for row in rows} | {found.requester_id}
    people |= {row.decided_by_id for rows in decisions.values() for row in rows}
    people |= {row.asked_by_id for rows in questions.values() for row in rows}
    said = _plan(found.explanation, found.money, people)
    why = {verdict.rule_id: said.why(verdict) for verdict in said.verdicts}
    views = [StepView(s, approvers[s.id], decisions[s.id], questions[s.id], why[s.rule_id]) for s in steps]
    return Approval(found, views, said)


def my_pending_steps(document_id: UUID | None = None) -> list[PendingStep]:
    """The open steps at which the acting person may decide today, those that are due first, in one statement.

    All of them, or those of one document.
    """
    me, today = current_actor().person, clock.today()
    delegation = and_(
        Delegation.from_person_id == StepApprover.person_id,
        Delegation.to_person_id == me,
        Delegation.starts_on <= today,
        Delegation.ends_on >= today,
        Delegation.ended_at.is_(None),
    )
    is_said = exists().where(
        Decision.step_id == ApprovalStep.id,
        or_(Decision.on_behalf_of_id == StepApprover.person_id, Decision.decided_by_id == me),
    )
    statement = (
        select(ApprovalStep, ApprovalRun, StepApprover.person_id)
        .join(ApprovalRun, ApprovalRun.id == ApprovalStep.run_id)
        .join(StepApprover, StepApprover.step_id == ApprovalStep.id)
        .join(Membership, Membership.person_id == StepApprover.person_id)
        .where(
            Membership.organisation_id == ApprovalStep.organisation_id,
            Membership.is_active,
            Membership.roles.has_any(array(DECIDING)),
            ApprovalStep.status == StepState.OPEN,
            ApprovalRun.status == RunState.PENDING,
            ApprovalRun.requester_id != me,
            StepApprover.person_id != ApprovalRun.requester_id,
            or_(StepApprover.person_id == me, exists().where(delegation)),
            ~is_said,
            true() if document_id is None else ApprovalRun.document_id == document_id,
        )
        .order_by(ApprovalStep.due_at, ApprovalStep.id, StepApprover.person_id != literal(me))
    )
    found: dict[UUID, PendingStep] = {}
    for step, of_run, person_id in session().execute(statement):
        found.setdefault(step.id, PendingStep(step, of_run, person_id))
    return list(found.values())


def pending_step(step_id: UUID) -> PendingStep:
    """That step, where the acting person may decide at it now. Raises NotFound."""
    found = next((one for one in my_pending_steps() if one.step.id == step_id), None)
    if found is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return found


def question_to_me(question_id: UUID) -> Question:
    """That question, where the acting person is the one who answers it. Raises NotFound."""
    found = fetch(Question, question_id)
    if found.requester_id != current_actor().person:
        raise NotFound(_l("There is nothing here that you may see."))
    return found


def open_questions_to_me(document_id: UUID) -> Sequence[Question]:
    """What the acting person was asked about that document and has still to answer, oldest first."""
    asked = (
        select(Question)
        .join(ApprovalRun, ApprovalRun.id == Question.run_id)
        .where(
            ApprovalRun.document_id == document_id,
            ApprovalRun.status == RunState.PENDING,
            Question.requester_id == current_actor().person,
            Question.answered_at.is_(None),
            Question.lapsed_at.is_(None),
        )
    )
    return session().scalars(asked.order_by(Question.asked_at)).all()


def reasons_of(pending: Sequence[PendingStep]) -> dict[UUID, list[LazyString]]:
    """Why each of these steps asks, in two statements at most."""
    verdicts = {one.step.id: _verdict(one) for one in pending}
    labels = _labels(list(verdicts.values()))
    return {one.step.id: sentences(verdicts[one.step.id], one.run.money, labels) for one in pending}


def my_decisions(limit: int = 20) -> Sequence[tuple[Decision, ApprovalRun]]:
    """What the acting person has decided last."""
    statement = (
        select(Decision, ApprovalRun)
        .join(ApprovalRun, ApprovalRun.id == Decision.run_id)
        .where(Decision.decided_by_id == current_actor().person)
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def delegations(person_id: UUID) -> Sequence[Delegation]:
    """Delegations from or to that person that have not ended, soonest first."""
    statement = select(Delegation).where(
        or_(Delegation.from_person_id == person_id, Delegation.to_person_id == person_id),
        Delegation.ended_at.is_(None),
        Delegation.ends_on >= clock.today(),
    )
    return session().scalars(statement.order_by(Delegation.starts_on, Delegation.id)).all()


def stand_ins(person_ids: Collection[UUID]) -> set[UUID]:
    """Who may decide today in the place of one of these."""
    today = clock.today()
    statement = select(Delegation.to_person_id).where(
        Delegation.from_person_id.in_(person_ids),
        Delegation.starts_on <= today,
        Delegation.ends_on >= today,
        Delegation.ended_at.is_(None),
    )
    return set(session().scalars(statement))


def overdue_steps(moment: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """Open steps whose time is over, as (organisation, step); for the platform's clock."""
    return _running_out(ApprovalStep.due_at, moment, limit)


def steps_to_remind_of(moment: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """Open steps half of whose time is over and nobody was reminded of, likewise."""
    return _running_out(ApprovalStep.remind_at, moment, limit)


def questions_without_answer(moment: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """Questions that were to be answered by now, as (organisation, question); for the platform's clock."""
    late = select(Question.organisation_id, Question.id).where(
        Question.answered_at.is_(None), Question.lapsed_at.is_(None), Question.due_at <= moment
    )
    return [(row[0], row[1]) for row in session().execute(late.order_by(Question.due_at).limit(limit))]


def _running_out(
    column: InstrumentedAttribute[datetime | None], moment: datetime, limit: int
) -> list[tuple[UUID, UUID]]:
    late = select(ApprovalStep.organisation_id, ApprovalStep.id).where(
        ApprovalStep.status == StepState.OPEN, ApprovalStep.paused_at.is_(None), column <= moment
    )
    return [(row[0], row[1]) for row in session().execute(late.order_by(column).limit(limit))]


def _verdict(pending: PendingStep) -> Verdict:
    """What the rule of that step said when the run was started."""
    return next(v for v in map(Verdict.read, pending.run.explanation) if v.rule_id == pending.step.rule_id)


def _by_step(statement: Select[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in session().scalars(statement):
        found[row.step_id].append(row)
    return found


def _plan(said: Sequence[dict[str, Any]], amount: Money, people: set[UUID]) -> Plan:
    verdicts = [Verdict.read(row) for row in said]
    asked = {one.person_id for verdict in verdicts for one in verdict.people}
    return Plan(verdicts, amount, person_names(asked | people), _labels(verdicts))


def _labels(verdicts: Collection[Verdict]) -> dict[str, str]:
    """What the categories and cost centres of these verdicts are called, by what their conditions want."""
    prefixes = {prefix for verdict in verdicts for prefix in verdict.wants("category")}
    centres = {UUID(wanted) for verdict in verdicts for wanted in verdict.wants("cost_centre")}
    known = categories({prefix.ljust(8, "0") for prefix in prefixes}) if prefixes else {}
    named = {p: known[p.ljust(8, "0")].label for p in prefixes if p.ljust(8, "0") in known}
    rows = cost_centres_by_id(centres) if centres else {}
    return named | {str(row.id): row.label for row in rows.values()}
