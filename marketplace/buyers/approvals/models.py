"""What do we remember of rules, approvals and decisions?

A run is made by the door `doors.start_approval` alone, which applies the rules as they stand and freezes why each of
them asked or did not. A decision binds a person to one hash of one document: the foreign keys and checks below
refuse one's own document, another version of it, and a step at which somebody else was asked.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.buyers.approvals.lifecycle import RUN, STEP, RunState, StepState
from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.money import Money
from marketplace.foundation.tenancy import HERE, ME, Kind, Tenancy

HERE_ONLY = f"organisation_id = {HERE}"


class PurchasingPolicy(Base):
    """How an organisation buys; `version` counts every change of it and of its rules."""

    __tablename__ = "purchasing_policies"
    __table_args__ = (CheckConstraint("hold_days between 1 and 30", name="hold_days"),)
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    is_ordering_automatic: Mapped[bool] = mapped_column(default=False)
    hold_days: Mapped[int] = mapped_column(default=7)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class ApprovalRule(Base):
    """When somebody is asked, who, and in which turn; an empty condition always holds, all must hold."""

    __tablename__ = "approval_rules"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"], ["cost_centres.id", "cost_centres.organisation_id"]
        ),
        CheckConstraint("position between 1 and 99", name="position"),
        CheckConstraint("quorum between 1 and 99", name="quorum"),
        CheckConstraint("deadline_days between 1 and 30", name="deadline"),
        CheckConstraint("minimum_amount >= 0", name="minimum_amount"),
        CheckConstraint("cpv_prefix ~ '^[0-9]{2,8}$'", name="cpv_prefix"),
    )
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    position: Mapped[int]
    minimum_amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    cpv_prefix: Mapped[str | None]
    cost_centre_id: Mapped[UUID | None]
    asks_owner: Mapped[bool] = mapped_column(default=False)
    quorum: Mapped[int] = mapped_column(default=1)
    deadline_days: Mapped[int] = mapped_column(default=2)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class RuleApprover(Base):
    """Somebody whom a rule asks by name."""

    __tablename__ = "approval_rule_approvers"
    __table_args__ = (
        UniqueConstraint("rule_id", "person_id"),
        ForeignKeyConstraint(
            ["rule_id", "organisation_id"], ["approval_rules.id", "approval_rules.organisation_id"]
        ),
    )
    tenancy = Kind.private().deletable()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    rule_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))


class ApprovalRun(Base):
    """The approval of one version of one document, with the rules of the day it was started."""

    __tablename__ = "approval_runs"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        UniqueConstraint("id", "requester_id", "document_hash"),
        ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"], ["cost_centres.id", "cost_centres.organisation_id"]
        ),
        Index(
            "uq_approval_runs_live",
            "organisation_id",
            "document_id",
            unique=True,
            postgresql_where="status in ('pending', 'granted')",
        ),
    )
    tenancy = Tenancy(HERE_ONLY, HERE_ONLY, ("SELECT", "UPDATE (status, ended_at)"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    document_kind: Mapped[str]
    document_id: Mapped[UUID] = mapped_column(index=True)
    document_number: Mapped[str]
    document_hash: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    currency: Mapped[str] = mapped_column(String(3))
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    cost_centre_id: Mapped[UUID]
    cpv_codes: Mapped[list[str]]
    status: Mapped[RunState] = RUN.column()
    policy_version: Mapped[int]
    explanation: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def money(self) -> Money:
        """What the document costs."""
        return Money(self.amount, self.currency)


class ApprovalStep(Base):
    """One turn of a run: at least `quorum` of those who are asked must say yes; one no ends it."""

    __tablename__ = "approval_steps"
    __table_args__ = (
        UniqueConstraint("id", "run_id"),
        ForeignKeyConstraint(
            ["run_id", "organisation_id"], ["approval_runs.id", "approval_runs.organisation_id"]
        ),
    )
    tenancy = Tenancy(
        HERE_ONLY,
        HERE_ONLY,
        ("SELECT", "UPDATE (status, opened_at, due_at, remind_at, paused_at, escalated_at, closed_at)"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    run_id: Mapped[UUID] = mapped_column(index=True)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("approval_rules.id"))
    name: Mapped[str]
    position: Mapped[int]
    quorum: Mapped[int]
    deadline_days: Mapped[int]
    status: Mapped[StepState] = STEP.column()
    opened_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    remind_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class StepApprover(Base):
    """Somebody who is asked at a step, and why: named by the rule, owner of the cost centre, or stepping in."""

    __tablename__ = "approval_step_approvers"
    __table_args__ = (
        UniqueConstraint("step_id", "person_id"),
        CheckConstraint("source in ('named', 'owner', 'nobody_else', 'escalation')", name="source"),
    )
    tenancy = Kind.private().read_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    step_id: Mapped[UUID] = mapped_column(ForeignKey("approval_steps.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    source: Mapped[str]


class Question(Base):
    """What somebody who is asked to decide wants to know first; the clock of the step stands until it is answered."""

    __tablename__ = "approval_questions"
    __table_args__ = (
        ForeignKeyConstraint(["step_id", "run_id"], ["approval_steps.id", "approval_steps.run_id"]),
        Index(
            "uq_approval_questions_open",
            "step_id",
            unique=True,
            postgresql_where="answered_at is null and lapsed_at is null",
        ),
        CheckConstraint("num_nonnulls(answered_at, lapsed_at) < 2", name="ends_once"),
        CheckConstraint("(answer is null) = (answered_at is null)", name="answer"),
        CheckConstraint("asked_by_id <> requester_id", name="not_own"),
        CheckConstraint("due_at > asked_at", name="due"),
    )
    tenancy = Tenancy(HERE_ONLY, HERE_ONLY, ("SELECT", "INSERT", "UPDATE (answer, answered_at, lapsed_at)"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    run_id: Mapped[UUID] = mapped_column(index=True)
    step_id: Mapped[UUID]
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    question: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its answer."""
        return self.answered_at is None and self.lapsed_at is None


class Delegation(Base):
    """That somebody may decide in another's place for some days; it is not passed on, and no circle is accepted."""

    __tablename__ = "approval_delegations"
    __table_args__ = (
        CheckConstraint("from_person_id <> to_person_id", name="to_another"),
        CheckConstraint("ends_on >= starts_on", name="period"),
    )
    tenancy = Tenancy(
        HERE_ONLY, f"{HERE_ONLY} AND from_person_id = {ME}", ("SELECT", "INSERT", "UPDATE (ended_at)")
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    from_person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    to_person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ended_at: Mapped[datetime | None]


class Decision(Base):
    """Yes or no of one person to one version of one document, for themselves or for whoever they stand in for."""

    __tablename__ = "approval_decisions"
    __table_args__ = (
        UniqueConstraint("step_id", "on_behalf_of_id"),
        UniqueConstraint("step_id", "decided_by_id"),
        ForeignKeyConstraint(["step_id", "run_id"], ["approval_steps.id", "approval_steps.run_id"]),
        ForeignKeyConstraint(
            ["run_id", "requester_id", "document_hash"],
            ["approval_runs.id", "approval_runs.requester_id", "approval_runs.document_hash"],
            name="fk_approval_decisions_document",
        ),
        ForeignKeyConstraint(
            ["step_id", "on_behalf_of_id"],
            ["approval_step_approvers.step_id", "approval_step_approvers.person_id"],
            name="fk_approval_decisions_asked",
        ),
        CheckConstraint("decided_by_id <> requester_id and on_behalf_of_id <> requester_id", name="not_own"),
        CheckConstraint("abs(decided_on - (decided_at at time zone 'UTC')::date) <= 1", name="day"),
    )
    tenancy = Tenancy(
        HERE_ONLY,
        f"{HERE_ONLY} AND decided_by_id = {ME}",
        ("SELECT", "INSERT"),
        ("SELECT", "INSERT"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    run_id: Mapped[UUID] = mapped_column(index=True)
    step_id: Mapped[UUID]
    requester_id: Mapped[UUID]
    document_hash: Mapped[str]
    decided_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    on_behalf_of_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    is_yes: Mapped[bool]
    comment: Mapped[str]
    decided_at: Mapped[datetime]
    decided_on: Mapped[date]
