"""A receipt counts by itself: what its lines say is added to the order's lines in the same statement.

Revision ID: 0041
Revises: 0040
"""

from alembic import op

from migrations.statements import DOORS

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

IS_DUE = """
CREATE FUNCTION receipt_is_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM purchase_orders
    WHERE id = NEW.order_id AND status IN ('confirmed', 'shipped', 'received') FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'order % is not agreed', NEW.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_needs_agreed_order';
    END IF;
    RETURN NEW;
END $$
"""

# The line is complete on the day of its last accepted part, also where the rest is declared missing later.
COUNTS = """
CREATE FUNCTION receipt_line_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    arrived date;
BEGIN
    SELECT coalesce(max(r.received_on) FILTER (WHERE l.accepted > 0), max(r.received_on)) INTO arrived
    FROM receipt_lines l JOIN receipts r ON r.id = l.receipt_id WHERE l.order_line_id = NEW.order_line_id;
    UPDATE purchase_order_lines SET
        accepted = accepted + NEW.accepted,
        damaged = damaged + NEW.damaged,
        missing = missing + NEW.missing,
        over = over + NEW.over,
        completed_on = CASE
            WHEN completed_on IS NOT NULL THEN completed_on
            WHEN accepted + damaged + missing + NEW.accepted + NEW.damaged + NEW.missing >= quantity THEN arrived
        END
    WHERE id = NEW.order_line_id;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Two functions that see all rows, and the triggers that call them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function, name in ((IS_DUE, "receipt_is_due"), (COUNTS, "receipt_line_counts")):
        op.execute(function)
        op.execute(f"ALTER FUNCTION {name}() SECURITY DEFINER SET search_path = public, pg_temp")
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
    op.execute(
        "CREATE TRIGGER is_due BEFORE INSERT ON receipts FOR EACH ROW EXECUTE FUNCTION receipt_is_due()"
    )
    op.execute(
        "CREATE TRIGGER counts AFTER INSERT ON receipt_lines"
        " FOR EACH ROW EXECUTE FUNCTION receipt_line_counts()"
    )
