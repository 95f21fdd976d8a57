"""What the database itself keeps of the books: every transaction sums to nothing, in every currency.

Revision ID: 0051
Revises: 0050
"""

from alembic import op

from migrations.statements import DOORS

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

# Deferred to the commit, because a transaction's entries arrive one after the other. An entry that is added to an old
# transaction later unbalances it, and is refused for that.
BALANCED = """
CREATE FUNCTION ledger_is_balanced() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM ledger_entries WHERE transaction_id = NEW.transaction_id
        GROUP BY currency HAVING sum(amount) <> 0;
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % does not sum to nothing', NEW.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_is_balanced';
    END IF;
    PERFORM 1 FROM ledger_accounts a WHERE a.id = NEW.account_id
        AND (a.organisation_id, a.currency) = (NEW.organisation_id, NEW.currency);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'entry does not belong to account %', NEW.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_is_balanced';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """The deferred constraint trigger; only the platform writes the books."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(BALANCED)
    op.execute(f"ALTER FUNCTION ledger_is_balanced() OWNER TO {DOORS}")
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_is_balanced AFTER INSERT ON ledger_entries"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_is_balanced()"
    )
