"""What an approval rests on is held as long as it is needed: budget, goods, ceilings, and until when.

Revision ID: 0074
Revises: 0073
"""

from alembic import op

from migrations.statements import DOORS, HERE, ME

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

BY_TENANT = "current_setting('role') = 'marketplace_tenant'"
REFUSED = "ERRCODE = 'check_violation', CONSTRAINT"

REQUISITION_MOVES = f"""
CREATE FUNCTION requisition_moves() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT {BY_TENANT} OR NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NEW.status = 'submitted' AND (NEW.held_until BETWEEN present_moment() AND present_moment() + interval '31 days')
        IS NOT TRUE OR NEW.status IN ('approved', 'ordered') AND NEW.held_until <= present_moment()
    THEN
        RAISE EXCEPTION 'requisition % is held no longer', NEW.id USING {REFUSED} = 'requisition_hold_is_over';
    END IF;
    IF NEW.status = 'submitted' AND EXISTS (
        SELECT FROM requisition_lines l JOIN products p ON p.id = l.product_id
        WHERE l.requisition_id = NEW.id AND (l.sku, l.name) <> (p.sku, p.name)
    ) THEN
        RAISE EXCEPTION 'requisition % names something else than what is sold', NEW.id
            USING {REFUSED} = 'requisition_prices';
    END IF;
    IF NEW.status = 'rejected' AND NOT EXISTS (
        SELECT FROM approval_runs WHERE id = NEW.approval_run_id AND status = 'refused'
    ) OR NEW.status = 'withdrawn' AND NEW.requester_id IS DISTINCT FROM {ME} AND NOT may_act('procurement_lead')
      OR NEW.status = 'ordered' AND NOT may_act('requester', 'procurement_lead') THEN
        RAISE EXCEPTION 'requisition % does not become % by this person', NEW.id, NEW.status
            USING {REFUSED} = 'requisition_move';
    END IF;
    RETURN NEW;
END $$
"""

# Whether a document's amount is held by its budget or spent, and whether something of its goods is not kept for it.
BUDGET_HOLDS = """
CREATE FUNCTION budget_holds(document uuid, owner uuid, total numeric, money text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT total = 0 OR EXISTS (
        SELECT FROM budget_commitments
        WHERE organisation_id = owner AND document_id = document AND currency = money AND committed + spent >= total
    )
$$
"""
GOODS_LACK = """
CREATE FUNCTION goods_lack(document uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM (
            SELECT product_id, quantity FROM requisition_lines WHERE requisition_id = document
            UNION ALL
            SELECT product_id, sum(quantity) FROM purchase_order_lines WHERE order_id = document GROUP BY product_id
        ) l
        JOIN products p ON p.id = l.product_id AND p.is_stocked
        LEFT JOIN stock_reservations r
            ON r.holder_id = document AND r.product_id = l.product_id AND r.status = 'open'
        WHERE coalesce(r.quantity, 0) < l.quantity
    )
$$
"""
CALL_OFFS_LACK = """
CREATE FUNCTION call_offs_lack(ordered uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM purchase_order_lines l
        WHERE l.order_id = ordered AND l.agreement_line_id IS NOT NULL AND l.quantity > coalesce((
            SELECT sum(c.quantity) FROM call_offs c
            WHERE c.order_id = ordered AND c.agreement_line_id = l.agreement_line_id AND c.released_at IS NULL
        ), 0)
    )
$$
"""
IS_LIVE = """
CREATE FUNCTION document_is_live(document uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM requisitions WHERE id = document AND status IN ('submitted', 'approved'))
        OR EXISTS (
            SELECT FROM purchase_orders
            WHERE id = document AND status IN ('placed', 'change_proposed', 'confirmed', 'shipped')
        )
$$
"""

# At commit: what is submitted is held, and what is called ordered is ordered, every line of it.
REQUISITION_STANDS = f"""
CREATE FUNCTION requisition_stands() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    r requisitions;
BEGIN
    SELECT * INTO r FROM requisitions WHERE id = NEW.id;
    IF NOT {BY_TENANT} OR r.status = OLD.status THEN
        RETURN NULL;
    END IF;
    IF OLD.status = 'draft' AND r.status IN ('submitted', 'approved') AND (
        NOT budget_holds(r.id, r.organisation_id, r.total_amount, r.total_currency)
        OR goods_lack(r.id)
    ) THEN
        RAISE EXCEPTION 'nothing is held for requisition %', r.id USING {REFUSED} = 'requisition_is_not_held';
    END IF;
    IF r.status = 'ordered' AND EXISTS (
        SELECT FROM requisition_lines l LEFT JOIN purchase_order_lines o ON o.requisition_line_id = l.id
        WHERE l.requisition_id = r.id AND o.id IS NULL
    ) THEN
        RAISE EXCEPTION 'requisition % is not ordered as a whole', r.id USING {REFUSED} = 'requisition_move';
    END IF;
    RETURN NULL;
END $$
"""

ENTRY_STANDS = f"""
CREATE FUNCTION budget_entry_stands() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND (EXISTS (
        SELECT FROM requisitions r
        WHERE r.id = NEW.document_id AND r.status IN ('submitted', 'approved')
            AND NOT budget_holds(r.id, r.organisation_id, r.total_amount, r.total_currency)
    ) OR EXISTS (
        SELECT FROM purchase_orders o
        WHERE o.id = NEW.document_id AND document_is_live(o.id)
            AND NOT budget_holds(o.id, o.buyer_id, o.total_amount, o.total_currency)
    )) THEN
        RAISE EXCEPTION 'document % still needs its budget', NEW.document_id USING {REFUSED} = 'budget_entry_fits';
    END IF;
    RETURN NULL;
END $$
"""

IS_PLACED = f"""
CREATE OR REPLACE FUNCTION purchase_order_is_placed() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND (
        NEW.buyer_id IS DISTINCT FROM {HERE} OR NEW.version <> 1
        OR NEW.approved_total_amount <> NEW.total_amount OR NOT EXISTS (
            SELECT FROM requisitions r JOIN approval_runs a ON a.id = r.approval_run_id JOIN sites s ON s.id = r.site_id
            WHERE r.id = NEW.requisition_id AND r.organisation_id = NEW.buyer_id
              AND r.status IN ('approved', 'ordered') AND a.status = 'granted' AND a.document_hash = r.content_hash
              AND r.cost_centre_id = NEW.cost_centre_id AND r.needed_on = NEW.requested_on
              AND NEW.ship_to = format('%s, %s, %s %s, %s', s.name, s.street, s.postal_code, s.city, s.country)
        )
    ) THEN
        RAISE EXCEPTION 'an order needs a granted approval of its requisition' USING {REFUSED} = 'order_needs_approval';
    END IF;
    RETURN NEW;
END $$
"""

LINE_IS_PLACED = f"""
CREATE OR REPLACE FUNCTION purchase_order_line_is_placed() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND (
        NEW.buyer_id IS DISTINCT FROM {HERE}
        OR NEW.shipped + NEW.accepted + NEW.damaged + NEW.missing + NEW.over + NEW.replaced <> 0
        OR NEW.completed_on IS NOT NULL
        OR NOT EXISTS (
            SELECT FROM requisition_lines r JOIN purchase_orders o ON o.requisition_id = r.requisition_id
            WHERE o.id = NEW.order_id AND r.id = NEW.requisition_line_id
              AND (r.seller_id, r.product_id, r.sku, r.name, r.unit_code::text, r.quantity, r.unit_price_amount,
                   r.unit_price_currency, r.line_total_amount, r.agreement_line_id)
                IS NOT DISTINCT FROM (NEW.seller_id, NEW.product_id, NEW.sku, NEW.name, NEW.unit_code::text, NEW.quantity,
                   NEW.unit_price_amount, NEW.unit_price_currency, NEW.line_total_amount, NEW.agreement_line_id)
        )
    ) THEN
        RAISE EXCEPTION 'an order line is a line of the approved requisition'
            USING {REFUSED} = 'order_needs_approval';
    END IF;
    RETURN NEW;
END $$
"""

# At commit: an order that is placed, or changed with the buyer's yes, holds its budget, goods and ceilings.
ORDER_STANDS = f"""
CREATE FUNCTION purchase_order_stands() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    o purchase_orders;
BEGIN
    SELECT * INTO o FROM purchase_orders WHERE id = NEW.id;
    IF NOT {BY_TENANT} OR NOT document_is_live(o.id)
       OR TG_OP = 'UPDATE' AND (OLD.status <> 'change_proposed' OR NEW.version = OLD.version) THEN
        RETURN NULL;
    END IF;
    IF NOT budget_holds(o.id, o.buyer_id, o.total_amount, o.total_currency)
       OR NOT EXISTS (SELECT FROM requisitions WHERE id = o.requisition_id AND status = 'ordered')
       OR goods_lack(o.id) OR call_offs_lack(o.id)
    THEN
        RAISE EXCEPTION 'nothing is held for order %', o.id USING {REFUSED} = 'order_is_not_held';
    END IF;
    RETURN NULL;
END $$
"""

CALL_OFF_STANDS = f"""
CREATE FUNCTION call_off_stands() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND document_is_live(NEW.order_id) AND call_offs_lack(NEW.order_id) THEN
        RAISE EXCEPTION 'order % still needs its call-off', NEW.order_id USING {REFUSED} = 'order_is_not_held';
    END IF;
    RETURN NULL;
END $$
"""

# What is kept for a document that is still alive goes to its orders alone, and is let go with it alone; the seller ships.
RESERVATION_STANDS = f"""
CREATE FUNCTION reservation_stands() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND (NEW.buyer_id = {HERE} OR NEW.status = 'released')
       AND document_is_live(OLD.holder_id) AND goods_lack(OLD.holder_id) THEN
        RAISE EXCEPTION '% still needs its goods', OLD.holder_id USING {REFUSED} = 'stock_is_kept';
    END IF;
    RETURN NULL;
END $$
"""

FUNCTIONS = (REQUISITION_MOVES, BUDGET_HOLDS, GOODS_LACK, CALL_OFFS_LACK, IS_LIVE)
WITH_RIGHTS = {
    "requisition_stands": REQUISITION_STANDS,
    "budget_entry_stands": ENTRY_STANDS,
    "purchase_order_is_placed": IS_PLACED,
    "purchase_order_line_is_placed": LINE_IS_PLACED,
    "purchase_order_stands": ORDER_STANDS,
    "call_off_stands": CALL_OFF_STANDS,
    "reservation_stands": RESERVATION_STANDS,
}
AT_COMMIT = (
    ("requisitions", "stands", "UPDATE OF status", "requisition_stands()", "NEW.status <> OLD.status"),
    ("budget_entries", "stands", "INSERT", "budget_entry_stands()", "true"),
    ("purchase_orders", "stands", "INSERT OR UPDATE OF version", "purchase_order_stands()", "true"),
    ("call_offs", "stands", "UPDATE", "call_off_stands()", "true"),
    (
        "stock_reservations",
        "stands",
        "UPDATE",
        "reservation_stands()",
        "NEW.status <> 'expired' AND (NEW.quantity < OLD.quantity OR NEW.holder_id <> OLD.holder_id)",
    ),
)


def upgrade() -> None:
    """Functions and triggers; `moves` runs after `lifecycle_keeps`, by its name."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (*FUNCTIONS, *WITH_RIGHTS.values()):
        op.execute(function)
    for name in WITH_RIGHTS:
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
    op.execute(
        "CREATE TRIGGER moves BEFORE UPDATE OF status ON requisitions FOR EACH ROW EXECUTE FUNCTION requisition_moves()"
    )
    for table, name, moment, function, condition in AT_COMMIT:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {name} AFTER {moment} ON {table} DEFERRABLE INITIALLY DEFERRED"
            f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {function}"
        )
