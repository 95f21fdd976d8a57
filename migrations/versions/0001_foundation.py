"""The ground that every table stands on: the doors' schema and the guard of lifecycles.

Revision ID: 0001
Revises: -
"""

from alembic import op

from migrations.statements import DOORS, PLATFORM, RUNTIME, TENANT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION lifecycle_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> TG_ARGV[0] AND current_setting('role') = 'marketplace_tenant' THEN
            RAISE EXCEPTION '% starts as %', TG_TABLE_NAME, TG_ARGV[0]
                USING ERRCODE = 'check_violation', CONSTRAINT = 'lifecycle_guard';
        END IF;
    ELSIF NEW.status <> OLD.status AND NOT (OLD.status || '>' || NEW.status) = ANY (TG_ARGV) THEN
        RAISE EXCEPTION '% cannot go from % to %', TG_TABLE_NAME, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lifecycle_guard';
    END IF;
    RETURN NEW;
END $$
"""

PENDING = """
CREATE FUNCTION news_is_pending() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO pending_news (id, news_id, subject_id, position, next_try_at)
    VALUES (uuidv7(), NEW.id, NEW.subject_id, NEW.position, NEW.happened_at + interval '10 seconds');
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Schema, grants, and the trigger functions that later migrations use."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {TENANT}, {PLATFORM}, {DOORS}, {RUNTIME}")
    op.execute("CREATE SCHEMA doors")
    op.execute(f"GRANT USAGE ON SCHEMA doors TO {TENANT}, {PLATFORM}, {RUNTIME}")
    op.execute(f"GRANT CREATE, USAGE ON SCHEMA doors TO {DOORS}")
    op.execute(GUARD)
    op.execute(PENDING)
