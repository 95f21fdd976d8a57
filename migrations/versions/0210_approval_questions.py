"""Approvers are reminded, ask before they decide, and an organisation says for how long a requisition is held.

Revision ID: 0210
Revises: 0191
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import HERE, ME, door, secure

revision = "0210"
down_revision = "0191"
branch_labels = None
depends_on = None

BY_TENANT = "current_setting('role') = 'marketplace_tenant'"
REFUSED = "ERRCODE = 'check_violation', CONSTRAINT"
HERE_ONLY = "organisation_id = {HERE}"
MOMENT = sa.DateTime(timezone=True)

# As in 0073, but that a clock may stand: from the moment of an open question on, until there is none. What is left then
# may end some days later, for no deadline ends on a week-end or a holiday.
KEEPS_TIME = f"""
CREATE OR REPLACE FUNCTION approval_step_keeps_time() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    stays boolean := OLD.status = 'open' AND NEW.status = 'open' AND NEW.opened_at = OLD.opened_at;
    is_asked boolean := EXISTS (
        SELECT FROM approval_questions q
        WHERE q.step_id = OLD.id AND q.answered_at IS NULL AND q.lapsed_at IS NULL AND q.asked_at <= present_moment() + interval '1 hour'
            AND q.asked_at = coalesce(NEW.paused_at, q.asked_at)
    );
    opens boolean := OLD.status = 'waiting' AND NEW.status = 'open' AND NEW.opened_at <= present_moment() + interval '1 hour'
        AND NEW.due_at >= NEW.opened_at + make_interval(days => NEW.deadline_days) - interval '2 hours'
        AND NEW.paused_at IS NULL;
    escalates boolean := stays AND OLD.due_at <= present_moment() AND NEW.due_at > OLD.due_at
        AND OLD.paused_at IS NULL AND NEW.paused_at IS NULL;
    pauses boolean := stays AND NEW.due_at = OLD.due_at AND OLD.paused_at IS NULL AND is_asked;
    resumes boolean := stays AND NEW.paused_at IS NULL AND NOT is_asked
        AND NEW.due_at - OLD.due_at BETWEEN interval '0' AND present_moment() - OLD.paused_at + interval '5 days';
    reminds boolean := stays AND NEW.due_at = OLD.due_at AND NEW.paused_at IS NOT DISTINCT FROM OLD.paused_at
        AND NEW.remind_at IS NULL AND OLD.remind_at <= present_moment();
BEGIN
    IF {BY_TENANT} AND (NEW.opened_at, NEW.due_at, NEW.paused_at, NEW.remind_at)
       IS DISTINCT FROM (OLD.opened_at, OLD.due_at, OLD.paused_at, OLD.remind_at)
       AND NOT coalesce(opens, false) AND NOT coalesce(reminds, false) AND NOT coalesce(escalates, false) AND NOT coalesce(pauses, false)
       AND NOT coalesce(resumes, false) THEN
        RAISE EXCEPTION 'the deadline of step % stands', OLD.id USING {REFUSED} = 'approval_deadline';
    END IF;
    RETURN NEW;
END $$
"""

ESCALATE = f"""escalate_step(step uuid, moment timestamptz) RETURNS SETOF uuid LANGUAGE sql AS $$
    INSERT INTO approval_step_approvers (id, organisation_id, step_id, person_id, source)
    SELECT uuidv7(), s.organisation_id, s.id, m.person_id, 'escalation'
    FROM approval_steps s
    JOIN approval_runs r ON r.id = s.run_id
    JOIN memberships m ON m.organisation_id = s.organisation_id
    WHERE s.id = step AND s.organisation_id = {HERE} AND s.status = 'open' AND s.paused_at IS NULL
        AND s.due_at <= least(moment, present_moment())
        AND m.is_active AND m.roles ? 'procurement_lead' AND m.person_id <> r.requester_id
    ON CONFLICT (step_id, person_id) DO NOTHING
    RETURNING person_id
$$"""

# Asked now, at an open step, by somebody who is asked there or stands in for one who is; answered by the requester.
QUESTION_FITS = f"""
CREATE FUNCTION approval_question_fits() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    today date := (NEW.asked_at AT TIME ZONE 'UTC')::date;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF num_nonnulls(OLD.answered_at, OLD.lapsed_at) > 0 THEN
            RAISE EXCEPTION 'question % has ended', OLD.id USING {REFUSED} = 'approval_question_ended';
        END IF;
        IF {BY_TENANT} AND (
            NEW.answered_at IS NOT NULL AND NEW.requester_id IS DISTINCT FROM {ME}
            OR NEW.lapsed_at IS NOT NULL AND OLD.due_at > present_moment()
        ) THEN
            RAISE EXCEPTION 'question % waits for its answer', OLD.id USING {REFUSED} = 'approval_question_fits';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM approval_steps s JOIN approval_runs r ON r.id = s.run_id
        WHERE s.id = NEW.step_id AND s.organisation_id = NEW.organisation_id AND s.status = 'open'
            AND r.status = 'pending' AND r.requester_id = NEW.requester_id
    ) OR {BY_TENANT} AND (
        NEW.asked_by_id IS DISTINCT FROM {ME} OR abs(extract(epoch FROM NEW.asked_at - present_moment())) > 300
        OR NEW.due_at NOT BETWEEN NEW.asked_at + interval '1 day' AND NEW.asked_at + interval '14 days'
    ) OR NOT EXISTS (
        SELECT FROM memberships m WHERE m.person_id = NEW.asked_by_id AND m.organisation_id = NEW.organisation_id
            AND m.is_active AND decides(m.roles)
    ) OR NOT EXISTS (
        SELECT FROM approval_step_approvers a WHERE a.step_id = NEW.step_id AND (
            a.person_id = NEW.asked_by_id OR EXISTS (
                SELECT FROM approval_delegations d
                WHERE d.organisation_id = NEW.organisation_id AND d.from_person_id = a.person_id
                    AND d.to_person_id = NEW.asked_by_id AND today BETWEEN d.starts_on - 1 AND d.ends_on + 1
                    AND (d.ended_at IS NULL OR d.ended_at > NEW.asked_at)
            )
        )
    ) THEN
        RAISE EXCEPTION '% is not asked at step %', NEW.asked_by_id, NEW.step_id
            USING {REFUSED} = 'approval_question_fits';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """One table, what a step and a policy say more, and the clock that may stand."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in ("remind_at", "paused_at"):
        op.add_column("approval_steps", sa.Column(column, MOMENT, nullable=True))
    op.execute("GRANT UPDATE (remind_at, paused_at) ON approval_steps TO marketplace_tenant")
    op.add_column(
        "purchasing_policies", sa.Column("hold_days", sa.Integer(), nullable=False, server_default="7")
    )
    op.alter_column("purchasing_policies", "hold_days", server_default=None)
    op.create_check_constraint(
        op.f("ck_purchasing_policies_hold_days"), "purchasing_policies", "hold_days between 1 and 30"
    )
    _questions()
    op.execute(KEEPS_TIME)
    op.execute("DROP FUNCTION doors.escalate_step(uuid, timestamptz)")
    door("escalate_step(uuid, timestamptz)", ESCALATE)
    op.execute(QUESTION_FITS)
    op.execute(
        "CREATE TRIGGER fits BEFORE INSERT OR UPDATE ON approval_questions"
        " FOR EACH ROW EXECUTE FUNCTION approval_question_fits()"
    )


def _questions() -> None:
    op.create_table(
        "approval_questions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("lapsed_at", MOMENT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_questions")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_approval_questions_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["people.id"], name=op.f("fk_approval_questions_requester_id")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_approval_questions_asked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id", "run_id"],
            ["approval_steps.id", "approval_steps.run_id"],
            name=op.f("fk_approval_questions_step_id_run_id"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(answered_at, lapsed_at) < 2", name=op.f("ck_approval_questions_ends_once")
        ),
        sa.CheckConstraint(
            "(answer is null) = (answered_at is null)", name=op.f("ck_approval_questions_answer")
        ),
        sa.CheckConstraint("asked_by_id <> requester_id", name=op.f("ck_approval_questions_not_own")),
        sa.CheckConstraint("due_at > asked_at", name=op.f("ck_approval_questions_due")),
    )
    op.create_index("ix_approval_questions_run_id", "approval_questions", ["run_id"])
    op.create_index(
        "uq_approval_questions_open",
        "approval_questions",
        ["step_id"],
        unique=True,
        postgresql_where="answered_at is null and lapsed_at is null",
    )
    secure(
        "approval_questions",
        readers=HERE_ONLY,
        writers=HERE_ONLY,
        grants="SELECT, INSERT, UPDATE (answer, answered_at, lapsed_at)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
