"""How the database keeps approval honest: the rules are applied by one door, and every state proves itself.

Revision ID: 0033
Revises: 0032
"""

from alembic import op

from migrations.statements import HERE, door

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

PLAN = """
CREATE FUNCTION approval_plan(here uuid, wanted numeric, requester uuid, centre uuid, codes text[])
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
            ('cost_centre', r.cost_centre_id::text, centre = r.cost_centre_id)
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

START = f"""start_approval(
    run uuid, kind text, document uuid, number text, hash text, wanted numeric, money text,
    requester uuid, centre uuid, codes text[], moment timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    here uuid := {HERE};
    rule record;
    step uuid;
BEGIN
    IF NOT EXISTS (SELECT FROM organisations WHERE id = here AND currency = money) THEN
        RAISE EXCEPTION 'the rules of % do not speak of %', here, money
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_currency';
    END IF;
    INSERT INTO approval_runs (
        id, organisation_id, document_kind, document_id, document_number, document_hash, amount, currency,
        requester_id, cost_centre_id, cpv_codes, status, policy_version, explanation, started_at
    ) VALUES (
        run, here, kind, document, number, hash, wanted, money, requester, centre, to_jsonb(codes), 'pending',
        coalesce((SELECT version FROM purchasing_policies WHERE organisation_id = here), 1),
        (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]') FROM approval_plan(here, wanted, requester, centre, codes) p),
        moment
    );
    FOR rule IN SELECT * FROM approval_plan(here, wanted, requester, centre, codes) p WHERE p.is_asked LOOP
        IF rule.people = '[]' THEN
            RAISE EXCEPTION 'rule % asks nobody who may decide', rule.name
                USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_nobody', DETAIL = rule.name;
        END IF;
        step := uuidv7();
        INSERT INTO approval_steps (
            id, organisation_id, run_id, rule_id, name, position, quorum, deadline_days, status
        ) VALUES (
            step, here, run, rule.rule_id, rule.name, rule.turn,
            least(rule.quorum, jsonb_array_length(rule.people)), rule.deadline_days, 'waiting'
        );
        INSERT INTO approval_step_approvers (id, organisation_id, step_id, person_id, source)
        SELECT uuidv7(), here, step, (p->>'person_id')::uuid, p->>'source'
        FROM jsonb_array_elements(rule.people) p;
    END LOOP;
END $$"""

ESCALATE = f"""escalate_step(step uuid, moment timestamptz) RETURNS SETOF uuid LANGUAGE sql AS $$
    INSERT INTO approval_step_approvers (id, organisation_id, step_id, person_id, source)
    SELECT uuidv7(), s.organisation_id, s.id, m.person_id, 'escalation'
    FROM approval_steps s
    JOIN approval_runs r ON r.id = s.run_id
    JOIN memberships m ON m.organisation_id = s.organisation_id
    WHERE s.id = step AND s.organisation_id = {HERE} AND s.status = 'open' AND s.due_at <= moment
        AND m.is_active AND m.roles ? 'procurement_lead' AND m.person_id <> r.requester_id
    ON CONFLICT (step_id, person_id) DO NOTHING
    RETURNING person_id
$$"""

RUN_PROVES = """
CREATE FUNCTION approval_run_proves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'granted' AND EXISTS (
        SELECT FROM approval_steps WHERE run_id = NEW.id AND status <> 'approved'
    ) OR NEW.status = 'refused' AND NOT EXISTS (
        SELECT FROM approval_steps WHERE run_id = NEW.id AND status = 'refused'
    ) THEN
        RAISE EXCEPTION 'the steps of run % do not say %', NEW.id, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_proof';
    END IF;
    RETURN NEW;
END $$
"""

STEP_PROVES = """
CREATE FUNCTION approval_step_proves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    yes int;
    no int;
    is_proven boolean;
BEGIN
    SELECT count(*) FILTER (WHERE is_yes), count(*) FILTER (WHERE NOT is_yes) INTO yes, no
    FROM approval_decisions WHERE step_id = NEW.id;
    is_proven := CASE NEW.status
        WHEN 'open' THEN NEW.opened_at IS NOT NULL AND NEW.due_at IS NOT NULL
            AND EXISTS (SELECT FROM approval_runs WHERE id = NEW.run_id AND status = 'pending')
            AND NOT EXISTS (
                SELECT FROM approval_steps
                WHERE run_id = NEW.run_id AND position < NEW.position AND status <> 'approved'
            )
        WHEN 'approved' THEN no = 0 AND yes >= NEW.quorum
        WHEN 'refused' THEN no > 0
        ELSE true
    END;
    IF NOT is_proven THEN
        RAISE EXCEPTION 'the decisions of step % do not say %', NEW.id, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_proof';
    END IF;
    RETURN NEW;
END $$
"""

DECISION_FITS = """
CREATE FUNCTION approval_decision_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM approval_steps s JOIN approval_runs r ON r.id = s.run_id
        WHERE s.id = NEW.step_id AND s.status = 'open' AND r.status = 'pending' AND s.opened_at <= NEW.decided_at
    ) THEN
        RAISE EXCEPTION 'step % is not open', NEW.step_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_step_open';
    END IF;
    IF NOT EXISTS (
        SELECT FROM memberships
        WHERE person_id = NEW.decided_by_id AND organisation_id = NEW.organisation_id AND is_active
    ) OR NEW.decided_by_id <> NEW.on_behalf_of_id AND NOT EXISTS (
        SELECT FROM approval_delegations d
        WHERE d.organisation_id = NEW.organisation_id
            AND d.from_person_id = NEW.on_behalf_of_id AND d.to_person_id = NEW.decided_by_id
            AND NEW.decided_on BETWEEN d.starts_on AND d.ends_on
            AND (d.ended_at IS NULL OR d.ended_at > NEW.decided_at)
    ) THEN
        RAISE EXCEPTION '% may not decide for %', NEW.decided_by_id, NEW.on_behalf_of_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_not_asked';
    END IF;
    RETURN NEW;
END $$
"""

DELEGATION_FITS = """
CREATE FUNCTION approval_delegation_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'delegation % has ended', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'delegation_ended';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(uuid_hash_extended(NEW.organisation_id, 33));
    IF NOT EXISTS (
        SELECT FROM memberships
        WHERE person_id = NEW.to_person_id AND organisation_id = NEW.organisation_id AND is_active
    ) THEN
        RAISE EXCEPTION '% is no member', NEW.to_person_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delegation_member';
    END IF;
    IF EXISTS (
        WITH RECURSIVE reached (person_id) AS (
            SELECT NEW.to_person_id
            UNION
            SELECT d.to_person_id FROM approval_delegations d JOIN reached r ON r.person_id = d.from_person_id
            WHERE d.organisation_id = NEW.organisation_id AND d.ended_at IS NULL
                AND d.starts_on <= NEW.ends_on AND d.ends_on >= NEW.starts_on
        )
        SELECT FROM reached WHERE person_id = NEW.from_person_id
    ) THEN
        RAISE EXCEPTION 'delegation in a circle'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delegation_circle';
    END IF;
    RETURN NEW;
END $$
"""

TRIGGERS = (
    ("approval_runs", "proves", "BEFORE UPDATE OF status", "approval_run_proves()"),
    ("approval_steps", "proves", "BEFORE UPDATE OF status", "approval_step_proves()"),
    ("approval_decisions", "fits", "BEFORE INSERT", "approval_decision_fits()"),
    ("approval_delegations", "fits", "BEFORE INSERT OR UPDATE", "approval_delegation_fits()"),
    ("purchasing_policies", "only_roles", "BEFORE INSERT OR UPDATE", "only_roles('procurement_lead')"),
    ("approval_rules", "only_roles", "BEFORE INSERT OR UPDATE", "only_roles('procurement_lead')"),
    (
        "approval_rule_approvers",
        "only_roles",
        "BEFORE INSERT OR UPDATE OR DELETE",
        "only_roles('procurement_lead')",
    ),
)


def upgrade() -> None:
    """The plan that a page may ask for too, the two doors, and the triggers."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (PLAN, RUN_PROVES, STEP_PROVES, DECISION_FITS, DELEGATION_FITS):
        op.execute(function)
    door(
        "start_approval(uuid, text, uuid, text, text, numeric, text, uuid, uuid, text[], timestamptz)", START
    )
    door("escalate_step(uuid, timestamptz)", ESCALATE)
    for table, name, moment, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}")
