"""The text of an agreement that is being proposed at this moment is fixed already.

Revision ID: 0141
Revises: 0126
"""

from alembic import op

revision = "0141"
down_revision = "0126"
branch_labels = None
depends_on = None

# A draft is held while a line or a clause is written into it: whoever proposes it waits, or is waited for. Without
# that, a price that the signed contract does not bear could enter between the look at the status and the commit.
FIXED_TEXT = """
CREATE OR REPLACE FUNCTION agreement_text_is_fixed() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM agreements WHERE id = coalesce(NEW.agreement_id, OLD.agreement_id) AND status = 'draft'
        FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'agreement is fixed' USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_is_fixed';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$
"""


def upgrade() -> None:
    """The same trigger function, which now holds the draft; it keeps its owner and its triggers."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FIXED_TEXT)
