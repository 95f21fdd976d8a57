"""A function looks in our schema before any other, whoever calls it; and two of approval's questions are asked whole.

Revision ID: 0078
Revises: 0094
"""

from alembic import op

revision = "0078"
down_revision = "0094"
branch_labels = None
depends_on = None

# A temporary table hides one of ours of the same name from every function that does not say where it looks. So whoever
# writes SQL by hand could show an empty table of steps to the trigger that asks whether each of them was approved.
LOOKS_AT_HOME = """
DO $$
DECLARE
    careless record;
BEGIN
    FOR careless IN
        SELECT p.oid::regprocedure AS signature FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
            AND NOT coalesce(p.proconfig @> ARRAY['search_path=public, pg_temp'], false)
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', careless.signature);
    END LOOP;
END $$
"""

# As in 0033, but that a document without a cost centre is not for the one that a rule wants: yes or no, never unknown.
PLAN = """
CREATE OR REPLACE FUNCTION approval_plan(here uuid, wanted numeric, requester uuid, centre uuid, codes text[])
RETURNS TABLE (
    rule_id uuid, name text, version int, turn int, quorum int, deadline_days int,
    is_asked boolean, because jsonb, people jsonb
) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH members AS (
        SELECT person_id, roles ? 'procurement_lead' AS is_lead
        FROM memberships WHERE organisation_id = here AND is_active AND person_id <> requester
    ), checks AS (
        SELECT r.id AS rule_id, c.what, c.wants, c.is_met
        FROM approval_rules r CROSS JOIN LATERAL (VALUES
            ('amount', r.minimum_amount::text, wanted >= r.minimum_amount),
            ('category', r.cpv_prefix, EXISTS (SELECT FROM unnest(codes) c WHERE starts_with(c, r.cpv_prefix))),
            ('cost_centre', r.cost_centre_id::text, coalesce(centre = r.cost_centre_id, false))
        ) AS c (what, wants, is_met)
        WHERE r.organisation_id = here AND c.wants IS NOT NULL
    ), asked AS (
        SELECT a.rule_id, a.person_id, 'named' AS source
        FROM approval_rule_approvers a WHERE a.organisation_id = here
        UNION ALL
        SELECT r.id, k.owner_id, 'owner'
        FROM approval_rules r JOIN cost_centres k ON k.id = centre AND k.organisation_id = here
        WHERE r.organisation_id = here AND r.asks_owner
    ), able AS (
        SELECT DISTINCT ON (a.rule_id, a.person_id) a.rule_id, a.person_id, a.source
        FROM asked a JOIN members m USING (person_id)
        ORDER BY a.rule_id, a.person_id, a.source
    )
    SELECT
        r.id, r.name, r.version, r.position, r.quorum, r.deadline_days,
        NOT EXISTS (SELECT FROM checks c WHERE c.rule_id = r.id AND NOT c.is_met),
        (SELECT coalesce(jsonb_agg(to_jsonb(c) - 'rule_id' ORDER BY c.what), '[]')
            FROM checks c WHERE c.rule_id = r.id),
        (SELECT coalesce(
            (SELECT jsonb_agg(to_jsonb(a) - 'rule_id' ORDER BY a.person_id) FROM able a WHERE a.rule_id = r.id),
            (SELECT jsonb_agg(jsonb_build_object('person_id', m.person_id, 'source', 'nobody_else')
                ORDER BY m.person_id) FROM members m WHERE m.is_lead),
            '[]'))
    FROM approval_rules r
    WHERE r.organisation_id = here AND r.is_active
    ORDER BY r.position, r.name, r.id
$$
"""

# As in 0035, but that the agreement which says a price is one that both have signed.
FREEZES = """
CREATE OR REPLACE FUNCTION requisition_freezes(r requisitions) RETURNS requisitions LANGUAGE plpgsql
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
                SELECT FROM agreement_lines a JOIN agreements g ON g.id = a.agreement_id AND g.status = 'concluded'
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


def upgrade() -> None:
    """The two functions anew, then the path of all that have none."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(PLAN)
    op.execute(FREEZES)
    op.execute(LOOKS_AT_HOME)
