"""Who gives roles, and who decides: administrators give them, never to themselves; approvers decide while they are.

Revision ID: 0073
Revises: 0081
"""

from alembic import op

from migrations.statements import DOORS, HERE, ME, door

revision = "0073"
down_revision = "0081"
branch_labels = None
depends_on = None

BY_TENANT = "current_setting('role') = 'marketplace_tenant'"
REFUSED = "ERRCODE = 'check_violation', CONSTRAINT"

# The instant at which the present unit of work acts: the house's own clock, which a test or the demo may have set.
MOMENT = """
CREATE FUNCTION present_moment() RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT coalesce(nullif(current_setting('app.moment', true), '')::timestamptz, statement_timestamp())
$$
"""

# A clock or reaction has nobody in person, the platform and the doors have rules of their own: they may.
MAY_ACT = f"""
CREATE FUNCTION may_act(VARIADIC wanted text[]) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT NOT {BY_TENANT} OR {ME} IS NULL OR EXISTS (
        SELECT FROM memberships
        WHERE person_id = {ME} AND organisation_id = {HERE} AND is_active AND roles ?| wanted
    )
$$
"""

ROLES_FIT = f"""
CREATE FUNCTION roles_fit() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM organisations o
        WHERE o.id = NEW.organisation_id AND jsonb_array_length(NEW.roles) > 0 AND string_to_array(concat_ws(' ',
            CASE WHEN o.is_buyer THEN TG_ARGV[0] END,
            CASE WHEN o.is_supplier THEN TG_ARGV[1] END,
            CASE WHEN o.is_operator THEN TG_ARGV[2] END
        ), ' ') @> ARRAY(SELECT jsonb_array_elements_text(NEW.roles))
    ) THEN
        RAISE EXCEPTION '% are no roles of organisation %', NEW.roles, NEW.organisation_id
            USING {REFUSED} = 'roles_fit';
    END IF;
    RETURN NEW;
END $$
"""

NOT_ONESELF = f"""
CREATE FUNCTION nobody_raises_themselves() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND NEW.person_id = {ME}
       AND (NOT NEW.roles <@ OLD.roles OR (NEW.is_active AND NOT OLD.is_active)) THEN
        RAISE EXCEPTION 'nobody gives roles to themselves'
            USING {REFUSED} = 'nobody_raises_themselves';
    END IF;
    RETURN NEW;
END $$
"""

OWN_KEY = f"""
CREATE FUNCTION api_key_is_ones_own() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND NOT EXISTS (
        SELECT FROM memberships
        WHERE person_id = {ME} AND person_id = NEW.person_id AND organisation_id = NEW.organisation_id
            AND is_active AND roles @> NEW.roles
    ) THEN
        RAISE EXCEPTION 'a key has roles that its maker has'
            USING {REFUSED} = 'api_key_is_ones_own';
    END IF;
    RETURN NEW;
END $$
"""

OWN_INVITATION = f"""
CREATE FUNCTION invitation_is_ones_own() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND (NEW.invited_by_id IS DISTINCT FROM {ME} OR NEW.accepted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'an invitation is written by the one who invites'
            USING {REFUSED} = 'invitation_is_ones_own';
    END IF;
    RETURN NEW;
END $$
"""

DECIDES = """
CREATE FUNCTION decides(roles jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT roles ?| '{approver,procurement_lead}'
$$
"""

# As in 0078, but that only those are asked who may decide.
PLAN = """
CREATE OR REPLACE FUNCTION approval_plan(here uuid, wanted numeric, requester uuid, centre uuid, codes text[])
RETURNS TABLE (
    rule_id uuid, name text, version int, turn int, quorum int, deadline_days int,
    is_asked boolean, because jsonb, people jsonb
) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH members AS (
        SELECT person_id, roles ? 'procurement_lead' AS is_lead
        FROM memberships WHERE organisation_id = here AND is_active AND decides(roles) AND person_id <> requester
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

# Nobody makes a deadline pass by another clock than the one at which the work is done.
ESCALATE = f"""escalate_step(step uuid, moment timestamptz) RETURNS SETOF uuid LANGUAGE sql AS $$
    INSERT INTO approval_step_approvers (id, organisation_id, step_id, person_id, source)
    SELECT uuidv7(), s.organisation_id, s.id, m.person_id, 'escalation'
    FROM approval_steps s
    JOIN approval_runs r ON r.id = s.run_id
    JOIN memberships m ON m.organisation_id = s.organisation_id
    WHERE s.id = step AND s.organisation_id = {HERE} AND s.status = 'open'
        AND s.due_at <= least(moment, present_moment())
        AND m.is_active AND m.roles ? 'procurement_lead' AND m.person_id <> r.requester_id
    ON CONFLICT (step_id, person_id) DO NOTHING
    RETURNING person_id
$$"""

KEEPS_TIME = f"""
CREATE FUNCTION approval_step_keeps_time() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    opens boolean := OLD.status = 'waiting' AND NEW.status = 'open' AND NEW.opened_at <= present_moment() + interval '1 hour'
        AND NEW.due_at >= NEW.opened_at + make_interval(days => NEW.deadline_days) - interval '2 hours';
    escalates boolean := OLD.status = 'open' AND NEW.status = 'open' AND NEW.opened_at = OLD.opened_at
        AND OLD.due_at <= present_moment() AND NEW.due_at > OLD.due_at;
BEGIN
    IF {BY_TENANT} AND (NEW.opened_at, NEW.due_at) IS DISTINCT FROM (OLD.opened_at, OLD.due_at)
       AND NOT coalesce(opens, false) AND NOT coalesce(escalates, false) THEN
        RAISE EXCEPTION 'the deadline of step % stands', OLD.id USING {REFUSED} = 'approval_deadline';
    END IF;
    RETURN NEW;
END $$
"""

RUN_PROVES = f"""
CREATE OR REPLACE FUNCTION approval_run_proves() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status = 'granted' AND EXISTS (
        SELECT FROM approval_steps WHERE run_id = NEW.id AND status <> 'approved'
    ) OR NEW.status = 'refused' AND NOT EXISTS (
        SELECT FROM approval_steps WHERE run_id = NEW.id AND status = 'refused'
    ) OR NEW.status = 'void' AND NEW.requester_id IS DISTINCT FROM {ME} AND NOT may_act('procurement_lead') THEN
        RAISE EXCEPTION 'the steps of run % do not say %', NEW.id, NEW.status
            USING {REFUSED} = 'approval_proof';
    END IF;
    RETURN NEW;
END $$
"""

ENDS_WITH_RUN = f"""
CREATE FUNCTION approval_step_ends_with_run() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM approval_runs WHERE id = NEW.run_id AND status = 'pending') THEN
        RAISE EXCEPTION 'step % is still needed', NEW.id USING {REFUSED} = 'approval_proof';
    END IF;
    RETURN NULL;
END $$
"""

# A decision is made now, by somebody who may decide now, for somebody who may decide now.
DECISION_FITS = f"""
CREATE OR REPLACE FUNCTION approval_decision_fits() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM approval_steps s JOIN approval_runs r ON r.id = s.run_id
        WHERE s.id = NEW.step_id AND s.status = 'open' AND r.status = 'pending' AND s.opened_at <= NEW.decided_at
    ) OR {BY_TENANT} AND abs(extract(epoch FROM NEW.decided_at - present_moment())) > 3600 THEN
        RAISE EXCEPTION 'step % is not open', NEW.step_id USING {REFUSED} = 'approval_step_open';
    END IF;
    IF 2 <> (
        SELECT count(*) FROM unnest(ARRAY[NEW.decided_by_id, NEW.on_behalf_of_id]) AS voice (id)
        JOIN memberships m ON m.person_id = voice.id
        WHERE m.organisation_id = NEW.organisation_id AND m.is_active AND decides(m.roles)
    ) OR NEW.decided_by_id <> NEW.on_behalf_of_id AND NOT EXISTS (
        SELECT FROM approval_delegations d
        WHERE d.organisation_id = NEW.organisation_id
            AND d.from_person_id = NEW.on_behalf_of_id AND d.to_person_id = NEW.decided_by_id
            AND NEW.decided_on BETWEEN d.starts_on AND d.ends_on
            AND (d.ended_at IS NULL OR d.ended_at > NEW.decided_at)
    ) THEN
        RAISE EXCEPTION '% may not decide for %', NEW.decided_by_id, NEW.on_behalf_of_id
            USING {REFUSED} = 'approval_not_asked';
    END IF;
    IF EXISTS (
        SELECT FROM approval_runs a JOIN requisitions q ON q.id = a.document_id
        WHERE a.id = NEW.run_id AND q.organisation_id = NEW.organisation_id AND q.held_until <= NEW.decided_at
    ) THEN
        RAISE EXCEPTION 'what run % asks for is held no longer', NEW.run_id
            USING {REFUSED} = 'requisition_hold_is_over';
    END IF;
    RETURN NEW;
END $$
"""

BUYER = "administrator requester approver receiver buyer_finance procurement_lead"
SUPPLIER = "administrator sales_desk warehouse supplier_finance"
OPERATOR = "administrator operator mediator"
FUNCTIONS = (
    MOMENT, MAY_ACT, ROLES_FIT, NOT_ONESELF, OWN_KEY, OWN_INVITATION,
    DECIDES, PLAN, KEEPS_TIME, RUN_PROVES, ENDS_WITH_RUN, DECISION_FITS,
)  # fmt: skip
BY_ADMINISTRATOR = (
    ("memberships", "UPDATE OF roles, is_active"),
    ("invitations", "INSERT OR UPDATE OF withdrawn_at"),
    ("organisations", "UPDATE OF name, vat_number, registration_number, language"),
    ("sites", "INSERT OR UPDATE"),
)
AT_ONCE = (
    ("memberships", "nobody_raises_themselves", "UPDATE OF roles, is_active", "nobody_raises_themselves()"),
    ("api_keys", "is_ones_own", "INSERT", "api_key_is_ones_own()"),
    ("invitations", "is_ones_own", "INSERT", "invitation_is_ones_own()"),
    ("approval_steps", "keeps_time", "UPDATE", "approval_step_keeps_time()"),
)


def upgrade() -> None:
    """The clock and the roles as the database knows them; the triggers that ask for them; one door anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(f"ALTER FUNCTION roles_fit() OWNER TO {DOORS}")
    op.execute("DROP FUNCTION doors.escalate_step(uuid, timestamptz)")
    door("escalate_step(uuid, timestamptz)", ESCALATE)
    for table in ("memberships", "invitations", "api_keys"):
        op.execute(
            f"CREATE TRIGGER roles_fit BEFORE INSERT OR UPDATE OF roles ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION roles_fit('{BUYER}', '{SUPPLIER}', '{OPERATOR}')"
        )
    for table, changes in BY_ADMINISTRATOR:
        op.execute(
            f"CREATE TRIGGER only_roles BEFORE {changes} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION only_roles('administrator')"
        )
    for table, name, changes, function in AT_ONCE:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {changes} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}"
        )
    op.execute(
        "CREATE CONSTRAINT TRIGGER ends_with_run AFTER UPDATE OF status ON approval_steps"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'cancelled')"
        " EXECUTE FUNCTION approval_step_ends_with_run()"
    )
    op.drop_index("uq_approval_runs_live", "approval_runs")
    op.create_index(
        "uq_approval_runs_live",
        "approval_runs",
        ["organisation_id", "document_id"],
        unique=True,
        postgresql_where="status in ('pending', 'granted')",
    )
