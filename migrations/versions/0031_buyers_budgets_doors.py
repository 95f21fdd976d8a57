"""What a budget holds against: overlapping periods, entries past the amount, and people without the role.

Revision ID: 0031
Revises: 0030
"""

from alembic import op

from migrations.statements import DOORS, HERE, ME

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ONE_BUDGET_AT_A_TIME = """
ALTER TABLE budgets ADD CONSTRAINT ex_budgets_period EXCLUDE USING gist (
    int8range(uuid_hash_extended(cost_centre_id, 0), uuid_hash_extended(cost_centre_id, 0), '[]') WITH &&,
    daterange(starts_on, ends_on, '[]') WITH &&
)
"""

COUNTS = """
CREATE FUNCTION budget_entry_counts() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE budgets SET committed = committed + NEW.committed, spent = spent + NEW.spent
    WHERE id = NEW.budget_id AND organisation_id = NEW.organisation_id AND currency = NEW.currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'budget % has another currency or owner', NEW.budget_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_entry_fits';
    END IF;
    INSERT INTO budget_commitments (id, organisation_id, budget_id, document_id, committed, spent, currency)
    VALUES (NEW.id, NEW.organisation_id, NEW.budget_id, NEW.document_id, 0, 0, NEW.currency)
    ON CONFLICT (organisation_id, document_id) DO NOTHING;
    UPDATE budget_commitments SET committed = committed + NEW.committed, spent = spent + NEW.spent
    WHERE organisation_id = NEW.organisation_id AND document_id = NEW.document_id AND budget_id = NEW.budget_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'document % is committed to another budget', NEW.document_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_entry_fits';
    END IF;
    RETURN NEW;
END $$
"""

STARTS_EMPTY = """
CREATE FUNCTION budget_starts_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.committed <> 0 OR NEW.spent <> 0 THEN
        RAISE EXCEPTION 'a budget starts without entries'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_entry_fits';
    END IF;
    RETURN NEW;
END $$
"""

ONLY_ROLES = f"""
CREATE FUNCTION only_roles() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('role') = 'marketplace_tenant' AND NOT EXISTS (
        SELECT FROM memberships
        WHERE person_id = {ME} AND organisation_id = {HERE} AND is_active AND roles ?| TG_ARGV
    ) THEN
        RAISE EXCEPTION 'only % may write %', array_to_string(TG_ARGV, ' or '), TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'only_roles';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$
"""


def upgrade() -> None:
    """One exclusion, and the triggers; `only_roles` also guards the rules of approval."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(ONE_BUDGET_AT_A_TIME)
    for function, name in ((COUNTS, "budget_entry_counts"), (ONLY_ROLES, "only_roles")):
        op.execute(function)
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
    op.execute(STARTS_EMPTY)
    op.execute(
        "CREATE TRIGGER counts BEFORE INSERT ON budget_entries"
        " FOR EACH ROW EXECUTE FUNCTION budget_entry_counts()"
    )
    op.execute(
        "CREATE TRIGGER starts_empty BEFORE INSERT ON budgets"
        " FOR EACH ROW EXECUTE FUNCTION budget_starts_empty()"
    )
    for table, changes in (("cost_centres", "UPDATE"), ("budgets", "UPDATE OF amount")):
        op.execute(
            f"CREATE TRIGGER only_roles BEFORE INSERT OR {changes} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION only_roles('buyer_finance', 'procurement_lead')"
        )
