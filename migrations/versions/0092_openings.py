"""A product may be published as it is brought in: the guard of lifecycles knows openings, moves from nowhere.

Revision ID: 0092
Revises: 0072
"""

from alembic import op

from migrations.statements import guard

revision = "0092"
down_revision = "0072"
branch_labels = None
depends_on = None

GUARD = """
CREATE OR REPLACE FUNCTION lifecycle_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> TG_ARGV[0] AND NOT ('>' || NEW.status) = ANY (TG_ARGV)
           AND current_setting('role') = 'marketplace_tenant' THEN
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


def upgrade() -> None:
    """The function for every table, the opening for products."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(GUARD)
    op.execute("DROP TRIGGER lifecycle_guard ON products")
    guard("products", "draft", ">published", "draft>published", "published>withdrawn", "withdrawn>published")
