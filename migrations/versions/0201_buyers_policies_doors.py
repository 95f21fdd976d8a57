"""The database judges a requisition by the buying rules again, and what they said belongs to what is approved.

Revision ID: 0201
Revises: 0200
"""

from alembic import op

from migrations.statements import ME

revision = "0201"
down_revision = "0200"
branch_labels = None
depends_on = None

BY_TENANT = "current_setting('role') = 'marketplace_tenant'"
REFUSED = "ERRCODE = 'check_violation', CONSTRAINT"

IN_FORCE = """
CREATE FUNCTION policy_rules_on(owner uuid, day date) RETURNS SETOF policy_rules LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT p.* FROM policy_rules p
    WHERE p.organisation_id = owner AND p.is_on AND day BETWEEN p.starts_on AND coalesce(p.ends_on, 'infinity')
        AND NOT EXISTS (SELECT FROM policy_rules n WHERE n.rule_id = p.rule_id AND n.version > p.version)
$$
"""

# What was last paid for a unit of each of these products, in the organisation's currency and the unit of today.
LAST_PAID = """
CREATE FUNCTION last_paid(owner uuid, of_products uuid[])
RETURNS TABLE (product_id uuid, unit_price numeric) LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT DISTINCT ON (l.product_id) l.product_id, l.unit_price_amount
    FROM requisition_lines l JOIN requisitions r ON r.id = l.requisition_id AND r.status = 'ordered'
    JOIN products p ON p.id = l.product_id AND p.unit_code = l.unit_code
    JOIN organisations o ON o.id = l.organisation_id AND o.currency = l.unit_price_currency
    WHERE l.organisation_id = owner AND l.product_id = ANY (of_products)
    ORDER BY l.product_id, r.submitted_at DESC, r.id DESC
$$
"""

ASKED = """
CREATE FUNCTION products_asked(requisition uuid) RETURNS uuid[] LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(product_id), '{}') FROM requisition_lines WHERE requisition_id = requisition
$$
"""

# The same as buyers/policies/evaluating.py, from what stands in the database alone.
HITS_DUE = """
CREATE FUNCTION policy_hits_due(r requisitions) RETURNS TABLE (rule_version_id uuid, line_id uuid) LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    WITH bought AS (
        SELECT l.*, coalesce(e.suppliers, 0) + 1 AS suppliers, paid.unit_price AS paid, card.points,
            EXISTS (SELECT FROM organisations o WHERE o.id = l.seller_id AND o.status = 'admitted') AS may_trade
        FROM requisition_lines l
        LEFT JOIN doors.offered_elsewhere(products_asked(r.id)) e ON e.product_id = l.product_id
        LEFT JOIN last_paid(r.organisation_id, products_asked(r.id)) paid ON paid.product_id = l.product_id
        LEFT JOIN LATERAL (
            SELECT s.points FROM scorecards s WHERE s.buyer_id = r.organisation_id AND s.seller_id = l.seller_id
            ORDER BY s.period DESC LIMIT 1
        ) card ON true
        WHERE l.requisition_id = r.id
    ), meant AS (
        SELECT p.id AS version, p.kind, p.figure, p.supplier_ids, p.minimum_amount, b.*,
            sum(b.line_total_amount) OVER (PARTITION BY p.id) AS amount
        FROM policy_rules_on(r.organisation_id, r.priced_on) p
        JOIN bought b ON starts_with(b.cpv_code, coalesce(p.cpv_prefix, ''))
        WHERE (p.cost_centre_id IS NULL OR p.cost_centre_id = r.cost_centre_id)
            AND (p.site_id IS NULL OR p.site_id = r.site_id)
    )
    SELECT m.version, m.id FROM meant m
    WHERE m.amount >= coalesce(m.minimum_amount, 0) AND CASE m.kind
        WHEN 'category_ban' THEN true
        WHEN 'preferred_supplier' THEN m.seller_id <> ALL (m.supplier_ids)
        WHEN 'quotes' THEN m.suppliers < m.figure
        WHEN 'contract_first' THEN m.agreement_id IS NULL
        WHEN 'standing' THEN NOT m.may_trade OR coalesce(m.points < m.figure, false)
        WHEN 'price_rise' THEN coalesce(m.unit_price_amount * 100 > m.paid * (100 + m.figure), false)
    END
$$
"""

# A rule's versions follow one another, each of the same organisation and kind.
FOLLOWS = f"""
CREATE FUNCTION policy_rule_follows() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND (
        NEW.version <> 1 + coalesce((SELECT max(version) FROM policy_rules WHERE rule_id = NEW.rule_id), 0)
        OR EXISTS (SELECT FROM policy_rules WHERE rule_id = NEW.rule_id AND kind <> NEW.kind)
    ) THEN
        RAISE EXCEPTION 'version % of rule % does not follow', NEW.version, NEW.rule_id
            USING {REFUSED} = 'policy_follows';
    END IF;
    RETURN NEW;
END $$
"""

# What the rules said is written by the one who hands in, while the document is still a cart ...
RECORD_FITS = f"""
CREATE FUNCTION policy_record_fits() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM requisitions
        WHERE id = NEW.document_id AND organisation_id = NEW.organisation_id AND status = 'draft'
            AND requester_id = {ME} FOR UPDATE;
    IF {BY_TENANT} AND NOT FOUND THEN
        RAISE EXCEPTION 'document % is no cart of this person', NEW.document_id
            USING {REFUSED} = 'policy_record';
    END IF;
    RETURN NEW;
END $$
"""

# ... which is one no longer when the transaction ends.
RECORD_STANDS = f"""
CREATE FUNCTION policy_record_stands() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND NOT EXISTS (
        SELECT FROM requisitions WHERE id = NEW.document_id AND status <> 'draft'
    ) THEN
        RAISE EXCEPTION 'document % is not handed in', NEW.document_id USING {REFUSED} = 'policy_record';
    END IF;
    RETURN NULL;
END $$
"""

OBEYS = f"""
CREATE FUNCTION requisition_obeys() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    rules uuid[] := ARRAY(SELECT id FROM policy_rules_on(NEW.organisation_id, NEW.priced_on) ORDER BY id);
    due bigint := 0;
    kept bigint := 0;
BEGIN
    IF rules <> '{{}}' THEN
        SELECT count(*), count(h.id) INTO due, kept
        FROM policy_hits_due(NEW) d JOIN requisition_lines l ON l.id = d.line_id
        LEFT JOIN policy_hits h ON h.document_id = NEW.id AND h.rule_version_id = d.rule_version_id AND h.line_id = l.id
            AND (h.line_position, h.line_name, h.seller_id, h.number) = (l.position, l.name, l.seller_id, NEW.number);
    END IF;
    IF {BY_TENANT} AND (
        abs(NEW.priced_on - (present_moment() AT TIME ZONE 'UTC')::date) > 1
        OR kept <> due OR due <> (SELECT count(*) FROM policy_hits WHERE document_id = NEW.id)
        OR NOT EXISTS (
            SELECT FROM policy_evaluations
            WHERE document_id = NEW.id AND evaluated_on = NEW.priced_on AND version_ids = rules
        )
    ) THEN
        RAISE EXCEPTION 'requisition % is not judged by the rules that hold', NEW.id
            USING {REFUSED} = 'policy_judged';
    END IF;
    RETURN NEW;
END $$
"""

# What was approved before there were buying rules has no such part, and keeps its hash.
HASH = """
CREATE OR REPLACE FUNCTION requisition_hash(r requisitions) RETURNS text LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT encode(sha256(convert_to((jsonb_build_array(
        'requisition', r.version, r.id, r.organisation_id, r.number, r.requester_id, r.cost_centre_id, r.site_id,
        r.needed_on, r.note, r.total_amount, r.total_currency,
        (SELECT jsonb_agg(jsonb_build_array(
            l.position, l.product_id, l.seller_id, l.sku, l.name, l.cpv_code, l.unit_code, l.quantity,
            CASE l.unit_price_amount WHEN round(l.unit_price_amount, 4) THEN round(l.unit_price_amount, 4)
                ELSE l.unit_price_amount END,
            l.line_total_amount, l.line_total_currency, l.agreement_id, l.agreement_line_id
        ) ORDER BY l.position, l.id) FROM requisition_lines l WHERE l.requisition_id = r.id)
    ) || coalesce((
        SELECT jsonb_build_array(jsonb_build_array(
            'policy', e.evaluated_on, to_jsonb(e.version_ids),
            (SELECT jsonb_agg(jsonb_build_array(h.rule_version_id, h.line_id, h.effect, h.found, h.reason, h.requester_id)
                ORDER BY h.rule_version_id, h.line_id) FROM policy_hits h WHERE h.document_id = r.id)
        )) FROM policy_evaluations e WHERE e.document_id = r.id
    ), '[]'))::text, 'UTF8')), 'hex')
$$
"""

FUNCTIONS = (IN_FORCE, LAST_PAID, ASKED, HITS_DUE, FOLLOWS, RECORD_FITS, RECORD_STANDS, OBEYS, HASH)
TRIGGERS = (
    ("policy_rules", "only_roles", "BEFORE INSERT", "only_roles('procurement_lead')"),
    ("policy_rules", "follows", "BEFORE INSERT", "policy_rule_follows()"),
    ("policy_evaluations", "fits", "BEFORE INSERT", "policy_record_fits()"),
    ("policy_hits", "fits", "BEFORE INSERT", "policy_record_fits()"),
)


def upgrade() -> None:
    """Functions and triggers; `obeys` runs after `lifecycle_keeps` and `moves`, by its name."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in FUNCTIONS:
        op.execute(function)
    for table, name, moment, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}")
    for table in ("policy_evaluations", "policy_hits"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER stands AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION policy_record_stands()"
        )
    op.execute(
        "CREATE TRIGGER obeys BEFORE UPDATE OF status ON requisitions FOR EACH ROW"
        " WHEN (OLD.status = 'draft' AND NEW.status = 'submitted') EXECUTE FUNCTION requisition_obeys()"
    )
