"""What the database itself keeps of the books: every transaction is whole and sums to nothing, in every currency.

Revision ID: 0051
Revises: 0050
"""

from alembic import op

from migrations.statements import DOORS

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

# Deferred to the commit, because a transaction's entries arrive one after the other. A transaction says how many they
# are and is never changed, so nothing can be added to it later, not even a pair that sums to nothing.
BALANCED = """
CREATE FUNCTION ledger_is_balanced() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    written uuid := coalesce(to_jsonb(NEW) ->> 'transaction_id', to_jsonb(NEW) ->> 'id')::uuid;
BEGIN
    PERFORM 1 FROM ledger_entries WHERE transaction_id = written GROUP BY currency HAVING sum(amount) <> 0;
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % does not sum to nothing', written
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_is_balanced';
    END IF;
    PERFORM 1 FROM ledger_transactions t WHERE t.id = written
        AND t.entries = (SELECT count(*) FROM ledger_entries e WHERE e.transaction_id = written);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'transaction % is not whole', written
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_is_balanced';
    END IF;
    PERFORM 1 FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
        WHERE e.transaction_id = written AND (a.organisation_id, a.currency) <> (e.organisation_id, e.currency);
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % has an entry on an account of another', written
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_is_balanced';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """The deferred constraint trigger on both tables; only the platform writes the books."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(BALANCED)
    op.execute(f"ALTER FUNCTION ledger_is_balanced() OWNER TO {DOORS}")
    for table in ("ledger_transactions", "ledger_entries"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER ledger_is_balanced AFTER INSERT ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_is_balanced()"
        )
