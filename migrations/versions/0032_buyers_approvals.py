"""Who is asked, and what they have decided.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import guard, secure

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables, and who may see their rows."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "purchasing_policies",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("is_ordering_automatic", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_purchasing_policies_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchasing_policies")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_purchasing_policies_organisation_id")),
    )
    op.create_table(
        "approval_rules",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("minimum_amount", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("cpv_prefix", sa.Text(), nullable=True),
        sa.Column("cost_centre_id", sa.Uuid(), nullable=True),
        sa.Column("asks_owner", sa.Boolean(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("deadline_days", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cpv_prefix ~ '^[0-9]{2,8}$'", name=op.f("ck_approval_rules_cpv_prefix")),
        sa.CheckConstraint("deadline_days between 1 and 30", name=op.f("ck_approval_rules_deadline")),
        sa.CheckConstraint("minimum_amount >= 0", name=op.f("ck_approval_rules_minimum_amount")),
        sa.CheckConstraint("position between 1 and 99", name=op.f("ck_approval_rules_position")),
        sa.CheckConstraint("quorum between 1 and 99", name=op.f("ck_approval_rules_quorum")),
        sa.ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"],
            ["cost_centres.id", "cost_centres.organisation_id"],
            name=op.f("fk_approval_rules_cost_centre_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_approval_rules_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_rules")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_approval_rules_id_organisation_id")),
    )
    op.create_index(
        op.f("ix_approval_rules_organisation_id"), "approval_rules", ["organisation_id"], unique=False
    )
    op.create_table(
        "approval_runs",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("cost_centre_id", sa.Uuid(), nullable=False),
        sa.Column("cpv_codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"],
            ["cost_centres.id", "cost_centres.organisation_id"],
            name=op.f("fk_approval_runs_cost_centre_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_approval_runs_organisation_id")
        ),
        sa.ForeignKeyConstraint(["requester_id"], ["people.id"], name=op.f("fk_approval_runs_requester_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_runs")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_approval_runs_id_organisation_id")),
        sa.UniqueConstraint(
            "id", "requester_id", "document_hash", name=op.f("uq_approval_runs_id_requester_id_document_hash")
        ),
    )
    op.create_index(op.f("ix_approval_runs_document_id"), "approval_runs", ["document_id"], unique=False)
    op.create_index(
        op.f("ix_approval_runs_organisation_id"), "approval_runs", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_approval_runs_status"), "approval_runs", ["status"], unique=False)
    op.create_index(
        "uq_approval_runs_live",
        "approval_runs",
        ["document_id"],
        unique=True,
        postgresql_where="status in ('pending', 'granted')",
    )
    op.create_table(
        "approval_delegations",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("from_person_id", sa.Uuid(), nullable=False),
        sa.Column("to_person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_approval_delegations_period")),
        sa.CheckConstraint("from_person_id <> to_person_id", name=op.f("ck_approval_delegations_to_another")),
        sa.ForeignKeyConstraint(
            ["from_person_id"], ["people.id"], name=op.f("fk_approval_delegations_from_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_approval_delegations_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_person_id"], ["people.id"], name=op.f("fk_approval_delegations_to_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_delegations")),
    )
    op.create_index(
        op.f("ix_approval_delegations_organisation_id"),
        "approval_delegations",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "approval_rule_approvers",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_approval_rule_approvers_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_approval_rule_approvers_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id", "organisation_id"],
            ["approval_rules.id", "approval_rules.organisation_id"],
            name=op.f("fk_approval_rule_approvers_rule_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_rule_approvers")),
        sa.UniqueConstraint(
            "rule_id", "person_id", name=op.f("uq_approval_rule_approvers_rule_id_person_id")
        ),
    )
    op.create_table(
        "approval_steps",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("deadline_days", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_approval_steps_organisation_id")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["approval_rules.id"], name=op.f("fk_approval_steps_rule_id")),
        sa.ForeignKeyConstraint(
            ["run_id", "organisation_id"],
            ["approval_runs.id", "approval_runs.organisation_id"],
            name=op.f("fk_approval_steps_run_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_steps")),
        sa.UniqueConstraint("id", "run_id", name=op.f("uq_approval_steps_id_run_id")),
    )
    op.create_index(op.f("ix_approval_steps_due_at"), "approval_steps", ["due_at"], unique=False)
    op.create_index(op.f("ix_approval_steps_run_id"), "approval_steps", ["run_id"], unique=False)
    op.create_index(op.f("ix_approval_steps_status"), "approval_steps", ["status"], unique=False)
    op.create_table(
        "approval_step_approvers",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "source in ('named', 'owner', 'nobody_else', 'escalation')",
            name=op.f("ck_approval_step_approvers_source"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_approval_step_approvers_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_approval_step_approvers_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["approval_steps.id"], name=op.f("fk_approval_step_approvers_step_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_step_approvers")),
        sa.UniqueConstraint(
            "step_id", "person_id", name=op.f("uq_approval_step_approvers_step_id_person_id")
        ),
    )
    op.create_index(
        op.f("ix_approval_step_approvers_person_id"), "approval_step_approvers", ["person_id"], unique=False
    )
    op.create_table(
        "approval_decisions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=False),
        sa.Column("on_behalf_of_id", sa.Uuid(), nullable=False),
        sa.Column("is_yes", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "abs(decided_on - (decided_at at time zone 'UTC')::date) <= 1",
            name=op.f("ck_approval_decisions_day"),
        ),
        sa.CheckConstraint(
            "decided_by_id <> requester_id and on_behalf_of_id <> requester_id",
            name=op.f("ck_approval_decisions_not_own"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_approval_decisions_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["people.id"], name=op.f("fk_approval_decisions_on_behalf_of_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_approval_decisions_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "requester_id", "document_hash"],
            ["approval_runs.id", "approval_runs.requester_id", "approval_runs.document_hash"],
            name="fk_approval_decisions_document",
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "on_behalf_of_id"],
            ["approval_step_approvers.step_id", "approval_step_approvers.person_id"],
            name="fk_approval_decisions_asked",
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "run_id"],
            ["approval_steps.id", "approval_steps.run_id"],
            name=op.f("fk_approval_decisions_step_id_run_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_decisions")),
        sa.UniqueConstraint(
            "step_id", "decided_by_id", name=op.f("uq_approval_decisions_step_id_decided_by_id")
        ),
        sa.UniqueConstraint(
            "step_id", "on_behalf_of_id", name=op.f("uq_approval_decisions_step_id_on_behalf_of_id")
        ),
    )
    op.create_index(op.f("ix_approval_decisions_run_id"), "approval_decisions", ["run_id"], unique=False)
    secure(
        "purchasing_policies",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "approval_rules",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "approval_runs",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, UPDATE (status, ended_at)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard("approval_runs", "pending", "granted>void", "pending>granted", "pending>refused", "pending>void")
    secure(
        "approval_delegations",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE} AND from_person_id = {ME}",
        grants="SELECT, INSERT, UPDATE (ended_at)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "approval_rule_approvers",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE, DELETE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "approval_steps",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, UPDATE (status, opened_at, due_at, escalated_at, closed_at)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard(
        "approval_steps",
        "waiting",
        "open>approved",
        "open>cancelled",
        "open>refused",
        "waiting>cancelled",
        "waiting>open",
    )
    secure(
        "approval_step_approvers",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "approval_decisions",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE} AND decided_by_id = {ME}",
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT",
    )
