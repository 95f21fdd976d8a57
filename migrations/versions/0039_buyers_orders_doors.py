"""What the database itself holds against an order: approval, whose move it is, and that it is as both agreed.

Revision ID: 0039
Revises: 0038
"""

from alembic import op

from migrations.statements import DOORS, HERE

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BY_TENANT = "current_setting('role') = 'marketplace_tenant'"
ORDERABLE = """
    SELECT FROM requisitions r JOIN approval_runs a ON a.id = r.approval_run_id
    WHERE r.id = NEW.requisition_id AND r.organisation_id = NEW.buyer_id
      AND r.status IN ('approved', 'ordered') AND a.status = 'granted' AND a.document_hash = r.content_hash
"""
IS_PLACED = f"""
CREATE FUNCTION purchase_order_is_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {BY_TENANT} AND (NEW.buyer_id IS DISTINCT FROM {HERE} OR NEW.version <> 1 OR NOT EXISTS ({ORDERABLE})) THEN
        RAISE EXCEPTION 'an order needs a granted approval of its requisition'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_needs_approval';
    END IF;
    RETURN NEW;
END $$
"""

LINE_IS_PLACED = f"""
CREATE FUNCTION purchase_order_line_is_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {BY_TENANT} AND (
        NEW.buyer_id IS DISTINCT FROM {HERE}
        OR NEW.shipped + NEW.accepted + NEW.damaged + NEW.missing + NEW.over + NEW.replaced <> 0
        OR NEW.completed_on IS NOT NULL
        OR NOT EXISTS (
            SELECT FROM requisition_lines r JOIN purchase_orders o ON o.requisition_id = r.requisition_id
            WHERE o.id = NEW.order_id AND r.id = NEW.requisition_line_id AND r.seller_id = NEW.seller_id
              AND r.product_id = NEW.product_id AND r.quantity = NEW.quantity
              AND r.unit_price_amount = NEW.unit_price_amount AND r.unit_price_currency = NEW.unit_price_currency
              AND r.line_total_amount = NEW.line_total_amount
        )
    ) THEN
        RAISE EXCEPTION 'an order line is a line of the approved requisition'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_needs_approval';
    END IF;
    RETURN NEW;
END $$
"""

IS_MOVED = f"""
CREATE FUNCTION purchase_order_is_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    move text := OLD.status || '>' || NEW.status;
    mover uuid := CASE WHEN move = ANY (TG_ARGV) THEN NEW.seller_id ELSE NEW.buyer_id END;
BEGIN
    IF NOT {BY_TENANT} THEN
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND mover IS DISTINCT FROM {HERE} THEN
        RAISE EXCEPTION '% is not for this party', move
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_the_other_partys_move';
    END IF;
    IF (NEW.status = OLD.status AND NEW.proposed_version IS DISTINCT FROM OLD.proposed_version)
       OR (NEW.version = OLD.version AND (NEW.total_amount, NEW.confirmed_on, NEW.confirmed_at)
           IS DISTINCT FROM (OLD.total_amount, OLD.confirmed_on, OLD.confirmed_at)) THEN
        RAISE EXCEPTION 'an order changes by its versions'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_equals_its_version';
    END IF;
    IF NEW.file_id IS NOT NULL AND NEW.file_id IS DISTINCT FROM OLD.file_id AND NOT EXISTS (
        SELECT FROM order_documents d
        WHERE d.order_id = NEW.id AND d.version = NEW.version AND d.file_id = NEW.file_id
    ) THEN
        RAISE EXCEPTION 'file % is no document of this order', NEW.file_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_equals_its_version';
    END IF;
    RETURN NEW;
END $$
"""

LINE_IS_MOVED = f"""
CREATE FUNCTION purchase_order_line_is_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {BY_TENANT} AND (NEW.shipped, NEW.replaced) IS DISTINCT FROM (OLD.shipped, OLD.replaced) AND (
        NEW.buyer_id IS DISTINCT FROM {HERE} OR NEW.shipped < OLD.shipped OR NEW.replaced < OLD.replaced
    ) THEN
        RAISE EXCEPTION 'the buyer hears what was shipped, and it only grows'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'counts_follow_goods';
    END IF;
    RETURN NEW;
END $$
"""

# What a version may say is checked when it is written; it never changes after that.
VERSION_IS_FIT = f"""
CREATE FUNCTION order_version_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    terms jsonb := NEW.snapshot;
    base jsonb;
    last int;
    loose text[] := CASE WHEN NEW.kind = 'confirmed' THEN '{{promised_on}}'::text[]
        ELSE '{{quantity,unit_price,line_total,promised_on}}'::text[] END;
BEGIN
    IF (terms ->> 'version')::int <> NEW.version OR (terms ->> 'total')::numeric IS DISTINCT FROM (
        SELECT sum((l ->> 'line_total')::numeric) FROM jsonb_array_elements(terms -> 'lines') l
    ) OR EXISTS (
        SELECT FROM jsonb_array_elements(terms -> 'lines') l
        WHERE abs((l ->> 'line_total')::numeric - (l ->> 'quantity')::numeric * (l ->> 'unit_price')::numeric) > 0.5
    ) THEN
        RAISE EXCEPTION 'version % does not add up', NEW.version
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_version_is_unfit';
    END IF;
    IF NOT {BY_TENANT} THEN
        RETURN NEW;
    END IF;
    SELECT max(version) INTO last FROM order_versions WHERE order_id = NEW.order_id;
    SELECT snapshot INTO base FROM order_versions WHERE order_id = NEW.order_id AND version = NEW.base_version;
    IF NEW.author_id IS DISTINCT FROM {HERE}
       OR NEW.author_id <> (CASE WHEN NEW.kind = 'placed' THEN NEW.buyer_id ELSE NEW.seller_id END)
       OR (NEW.kind = 'placed') <> (NEW.version = 1)
       OR NEW.version <> coalesce(last, 0) + 1
       OR (base IS NOT NULL AND (
           (terms - '{{version,lines,total}}'::text[]) <> (base - '{{version,lines,total}}'::text[])
           OR (SELECT jsonb_agg(l - loose) FROM jsonb_array_elements(terms -> 'lines') l)
              IS DISTINCT FROM (SELECT jsonb_agg(l - loose) FROM jsonb_array_elements(base -> 'lines') l)))
       OR (NEW.kind = 'confirmed' AND EXISTS (
           SELECT FROM jsonb_array_elements(terms -> 'lines') l
           WHERE coalesce(l ->> 'promised_on', 'infinity')::date > (terms ->> 'requested_on')::date))
    THEN
        RAISE EXCEPTION 'version % does not follow from the order', NEW.version
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_version_is_unfit';
    END IF;
    RETURN NEW;
END $$
"""

# At commit: the order is what its version says, and came to that version by a move that both parties have a part in.
AGREES = f"""
CREATE FUNCTION purchase_order_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    o purchase_orders;
    v order_versions;
    terms jsonb;
    lines int;
    promised date;
    is_fit boolean := true;
BEGIN
    IF TG_OP = 'UPDATE' AND {BY_TENANT} THEN
        SELECT * INTO v FROM order_versions
        WHERE order_id = NEW.id AND version = coalesce(NEW.proposed_version, NEW.version);
        IF NEW.version <> OLD.version OR (NEW.status = 'confirmed' AND OLD.status <> 'confirmed') THEN
            is_fit := NEW.status = 'confirmed' AND v.base_version = OLD.version AND v.author_id = NEW.seller_id
                AND CASE OLD.status WHEN 'placed' THEN v.kind = 'confirmed'
                    ELSE v.kind = 'change' AND NEW.version = OLD.proposed_version END;
        ELSIF NEW.proposed_version IS NOT NULL THEN
            is_fit := v.kind = 'change' AND v.base_version = NEW.version AND v.author_id = NEW.seller_id;
        END IF;
    END IF;
    SELECT * INTO o FROM purchase_orders WHERE id = NEW.id;
    SELECT snapshot INTO terms FROM order_versions WHERE order_id = o.id AND version = o.version;
    SELECT count(*), CASE WHEN bool_and(promised_on IS NOT NULL) FILTER (WHERE quantity > 0)
            THEN max(promised_on) FILTER (WHERE quantity > 0) END
        INTO lines, promised FROM purchase_order_lines WHERE order_id = o.id;
    IF is_fit IS NOT TRUE OR terms IS NULL
       OR (terms ->> 'total')::numeric <> o.total_amount
       OR (terms ->> 'number', terms ->> 'ship_to', terms ->> 'currency', (terms ->> 'requested_on')::date)
          IS DISTINCT FROM (o.number, o.ship_to, o.total_currency::text, o.requested_on)
       OR jsonb_array_length(terms -> 'lines') <> lines OR promised IS DISTINCT FROM o.confirmed_on
    THEN
        RAISE EXCEPTION 'order % is not as its version says', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_equals_its_version';
    END IF;
    RETURN NULL;
END $$
"""

LINE_AGREES = """
CREATE FUNCTION purchase_order_line_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM purchase_order_lines l JOIN purchase_orders o ON o.id = l.order_id
        JOIN order_versions v ON v.order_id = o.id AND v.version = o.version
        CROSS JOIN LATERAL (SELECT v.snapshot -> 'lines' -> (l.position - 1) AS agreed) a
        WHERE l.id = NEW.id
          AND (a.agreed ->> 'order_line_id')::uuid = l.id
          AND (a.agreed ->> 'product_id')::uuid = l.product_id
          AND (a.agreed ->> 'quantity')::numeric = l.quantity
          AND (a.agreed ->> 'unit_price')::numeric = l.unit_price_amount
          AND (a.agreed ->> 'line_total')::numeric = l.line_total_amount
          AND (a.agreed ->> 'promised_on')::date IS NOT DISTINCT FROM l.promised_on
          AND l.unit_price_currency = o.total_currency AND l.line_total_currency = o.total_currency
    ) THEN
        RAISE EXCEPTION 'line % is not as its order''s version says', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_equals_its_version';
    END IF;
    RETURN NULL;
END $$
"""
FUNCTIONS = {
    "purchase_order_is_placed": IS_PLACED,
    "purchase_order_line_is_placed": LINE_IS_PLACED,
    "purchase_order_is_moved": IS_MOVED,
    "purchase_order_line_is_moved": LINE_IS_MOVED,
    "order_version_is_fit": VERSION_IS_FIT,
    "purchase_order_agrees": AGREES,
    "purchase_order_line_agrees": LINE_AGREES,
}
SELLERS_MOVES = "'placed>confirmed', 'placed>refused', 'placed>change_proposed', 'change_proposed>refused'"
TRIGGERS = (
    "CREATE TRIGGER is_placed BEFORE INSERT ON purchase_orders"
    " FOR EACH ROW EXECUTE FUNCTION purchase_order_is_placed()",
    "CREATE TRIGGER is_placed BEFORE INSERT ON purchase_order_lines"
    " FOR EACH ROW EXECUTE FUNCTION purchase_order_line_is_placed()",
    "CREATE TRIGGER is_moved BEFORE UPDATE ON purchase_orders"
    f" FOR EACH ROW EXECUTE FUNCTION purchase_order_is_moved({SELLERS_MOVES})",
    "CREATE TRIGGER is_moved BEFORE UPDATE ON purchase_order_lines"
    " FOR EACH ROW EXECUTE FUNCTION purchase_order_line_is_moved()",
    "CREATE TRIGGER is_fit BEFORE INSERT ON order_versions"
    " FOR EACH ROW EXECUTE FUNCTION order_version_is_fit()",
    "CREATE CONSTRAINT TRIGGER agrees AFTER INSERT OR UPDATE ON purchase_orders DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION purchase_order_agrees()",
    "CREATE CONSTRAINT TRIGGER agrees AFTER INSERT OR UPDATE ON purchase_order_lines"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION purchase_order_line_agrees()",
)


def upgrade() -> None:
    """Functions that see all rows, and the triggers that call them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, function in FUNCTIONS.items():
        op.execute(function)
        op.execute(f"ALTER FUNCTION {name}() SECURITY DEFINER SET search_path = public, pg_temp")
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
    for trigger in TRIGGERS:
        op.execute(trigger)
