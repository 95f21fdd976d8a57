"""How the database keeps a requisition what it was when it was submitted, and unapproved until it is approved.

Revision ID: 0035
Revises: 0034
"""

from alembic import op

from migrations.statements import ME

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

HASH = """
CREATE FUNCTION requisition_hash(r requisitions) RETURNS text LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        'requisition', r.version, r.id, r.organisation_id, r.number, r.requester_id, r.cost_centre_id, r.site_id,
        r.needed_on, r.note, r.total_amount, r.total_currency,
        (SELECT jsonb_agg(jsonb_build_array(
            l.position, l.product_id, l.seller_id, l.sku, l.name, l.cpv_code, l.unit_code, l.quantity,
            l.unit_price_amount, l.line_total_amount, l.line_total_currency, l.agreement_id, l.agreement_line_id
        ) ORDER BY l.position, l.id) FROM requisition_lines l WHERE l.requisition_id = r.id)
    )::text, 'UTF8')), 'hex')
$$
"""

STARTS = f"""
CREATE FUNCTION requisition_starts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('role') = 'marketplace_tenant' AND NEW.requester_id IS DISTINCT FROM {ME} THEN
        RAISE EXCEPTION 'a cart is made by the one who fills it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_own';
    END IF;
    NEW.content_hash := NULL;
    NEW.approval_run_id := NULL;
    RETURN NEW;
END $$
"""

FREEZES = """
CREATE FUNCTION requisition_freezes(r requisitions) RETURNS requisitions LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    SELECT coalesce(sum(line_total_amount), 0) INTO r.total_amount
    FROM requisition_lines WHERE requisition_id = r.id;
    SELECT currency INTO r.total_currency FROM organisations WHERE id = r.organisation_id;
    IF NOT EXISTS (SELECT FROM requisition_lines WHERE requisition_id = r.id) THEN
        RAISE EXCEPTION 'requisition % has no lines', r.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_lines_missing';
    END IF;
    IF EXISTS (
        SELECT FROM requisition_lines WHERE requisition_id = r.id AND line_total_currency <> r.total_currency
    ) THEN
        RAISE EXCEPTION 'requisition % mixes currencies', r.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_currency';
    END IF;
    IF EXISTS (
        SELECT FROM requisition_lines l
        LEFT JOIN products p ON p.id = l.product_id AND p.organisation_id = l.seller_id
            AND p.cpv_code = l.cpv_code AND p.unit_code = l.unit_code AND p.status = 'published'
        WHERE l.requisition_id = r.id AND (p.id IS NULL OR NOT (
            l.agreement_line_id IS NULL AND (
                l.unit_price_amount = p.price_amount
                OR EXISTS (
                    SELECT FROM price_tiers t WHERE t.product_id = p.id AND t.from_quantity <= l.quantity
                        AND t.price_amount = l.unit_price_amount
                )
            ) OR EXISTS (
                SELECT FROM agreement_lines a
                WHERE a.id = l.agreement_line_id AND a.agreement_id = l.agreement_id AND a.product_id = l.product_id
                    AND a.buyer_id = r.organisation_id AND a.unit_price_amount = l.unit_price_amount
            )
        ))
    ) THEN
        RAISE EXCEPTION 'requisition % has a line that no catalogue or agreement says', r.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_prices';
    END IF;
    r.content_hash := requisition_hash(r);
    RETURN r;
END $$
"""

KEEPS = f"""
CREATE FUNCTION requisition_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before requisitions := OLD;
    after requisitions := NEW;
BEGIN
    IF OLD.status = 'draft' THEN
        IF current_setting('role') = 'marketplace_tenant' AND OLD.requester_id IS DISTINCT FROM {ME}
            OR (NEW.id, NEW.organisation_id, NEW.requester_id)
                IS DISTINCT FROM (OLD.id, OLD.organisation_id, OLD.requester_id)
        THEN
            RAISE EXCEPTION 'a cart is changed by the one who fills it'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_own';
        END IF;
        NEW.content_hash := NULL;
        NEW.approval_run_id := NULL;
        IF NEW.status <> 'draft' THEN
            NEW := requisition_freezes(NEW);
        END IF;
        RETURN NEW;
    END IF;
    after.status := OLD.status;
    after.approval_run_id := coalesce(OLD.approval_run_id, NEW.approval_run_id);
    before.approval_run_id := after.approval_run_id;
    IF after IS DISTINCT FROM before OR NEW.approval_run_id IS DISTINCT FROM after.approval_run_id THEN
        RAISE EXCEPTION 'requisition % is %, its content stays as it is', OLD.id, OLD.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_frozen';
    END IF;
    IF NEW.status <> OLD.status AND NEW.status IN ('approved', 'ordered') AND NOT EXISTS (
        SELECT FROM approval_runs a
        WHERE a.id = NEW.approval_run_id AND a.organisation_id = NEW.organisation_id
            AND a.document_kind = 'requisition' AND a.document_id = NEW.id AND a.status = 'granted'
            AND a.document_hash = NEW.content_hash AND NEW.content_hash = requisition_hash(OLD)
            AND a.requester_id = NEW.requester_id AND a.cost_centre_id = NEW.cost_centre_id
            AND a.amount = NEW.total_amount AND a.currency = NEW.total_currency
            AND a.cpv_codes @> (
                SELECT jsonb_agg(DISTINCT cpv_code) FROM requisition_lines WHERE requisition_id = NEW.id
            )
    ) THEN
        RAISE EXCEPTION 'requisition % has no granted approval of what it says', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_unapproved';
    END IF;
    RETURN NEW;
END $$
"""

LINES_KEEP = f"""
CREATE FUNCTION requisition_lines_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cart requisitions;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.requisition_id <> OLD.requisition_id THEN
        RAISE EXCEPTION 'a line stays where it is'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_frozen';
    END IF;
    SELECT * INTO cart FROM requisitions WHERE id = coalesce(NEW.requisition_id, OLD.requisition_id) FOR SHARE;
    IF cart.status <> 'draft' THEN
        RAISE EXCEPTION 'requisition % is %, its lines stay as they are', cart.id, cart.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_frozen';
    END IF;
    IF current_setting('role') = 'marketplace_tenant' AND cart.requester_id IS DISTINCT FROM {ME} THEN
        RAISE EXCEPTION 'a cart is changed by the one who fills it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_own';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$
"""

TRIGGERS = (
    ("requisitions", "starts", "BEFORE INSERT", "requisition_starts()"),
    ("requisitions", "lifecycle_keeps", "BEFORE UPDATE", "requisition_keeps()"),
    ("requisition_lines", "keep", "BEFORE INSERT OR UPDATE OR DELETE", "requisition_lines_keep()"),
)


def upgrade() -> None:
    """The hash, and the triggers that freeze; `lifecycle_keeps` runs after `lifecycle_guard`, by its name."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (HASH, STARTS, FREEZES, KEEPS, LINES_KEEP):
        op.execute(function)
    for table, name, moment, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}")
