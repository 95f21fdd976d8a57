"""The doors at which a request shows its token before it is known who is asking, and what identity's tables refuse.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from migrations.statements import DOORS, RUNTIME, door

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = """sign_in_id uuid, person_id uuid, person_name text, language text, theme text,
    organisation_id uuid, organisation_name text, side text, roles jsonb"""
SIDE = "CASE WHEN o.is_operator THEN 'operator' WHEN o.is_buyer THEN 'buyer' WHEN o.is_supplier THEN 'supplier' END"

# Two who leave at the same moment must see each other: hence the lock, and only then the question.
ADMINISTRATOR_REMAINS = """
CREATE FUNCTION an_administrator_remains() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(OLD.organisation_id::text, 0));
    IF NOT EXISTS (SELECT FROM memberships m WHERE m.organisation_id = OLD.organisation_id
                   AND m.is_active AND m.roles ? 'administrator') THEN
        RAISE EXCEPTION 'organisation % would have no administrator', OLD.organisation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_administrator_remains';
    END IF;
    RETURN NULL;
END $$
"""
ENDED_ONCE = """
CREATE FUNCTION ended_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) ->> TG_ARGV[0] IS NOT NULL
       AND to_jsonb(NEW) -> TG_ARGV[0] IS DISTINCT FROM to_jsonb(OLD) -> TG_ARGV[0] THEN
        RAISE EXCEPTION '% of % is written once', TG_ARGV[0], TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ended_once';
    END IF;
    RETURN NEW;
END $$
"""
ENDS = (
    ("invitations", "accepted_at"),
    ("invitations", "withdrawn_at"),
    ("sign_ins", "ended_at"),
    ("api_keys", "revoked_at"),
    ("password_resets", "used_at"),
)


def upgrade() -> None:
    """One door for browsers, one for programs; both say nothing of a token that has ended."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    door(
        "actor_of_sign_in(text, timestamptz)",
        f"""actor_of_sign_in(hash text, moment timestamptz) RETURNS TABLE ({COLUMNS}) LANGUAGE sql STABLE AS $$
        SELECT s.id, p.id, p.name, p.language::text, p.theme, o.id, o.name, {SIDE}, m.roles
        FROM sign_ins s JOIN people p ON p.id = s.person_id
        LEFT JOIN memberships m
            ON m.person_id = p.id AND m.organisation_id = s.organisation_id AND m.is_active
        LEFT JOIN organisations o ON o.id = m.organisation_id AND o.status = 'admitted'
        WHERE s.token_sha256 = hash AND s.ended_at IS NULL AND s.expires_at > moment $$""",
        to=RUNTIME,
    )
    door(
        "actor_of_api_key(text, timestamptz)",
        f"""actor_of_api_key(hash text, moment timestamptz) RETURNS TABLE ({COLUMNS}) LANGUAGE sql STABLE AS $$
        SELECT NULL::uuid, p.id, k.label, p.language::text, p.theme, o.id, o.name, {SIDE},
            (SELECT coalesce(jsonb_agg(role), '[]') FROM jsonb_array_elements_text(k.roles) role WHERE m.roles ? role)
        FROM api_keys k JOIN people p ON p.id = k.person_id
        JOIN memberships m ON m.person_id = p.id AND m.organisation_id = k.organisation_id AND m.is_active
        JOIN organisations o ON o.id = k.organisation_id AND o.status = 'admitted'
        WHERE k.key_sha256 = hash AND k.revoked_at IS NULL AND moment IS NOT NULL $$""",
        to=RUNTIME,
    )
    op.execute(ADMINISTRATOR_REMAINS)
    op.execute(f"ALTER FUNCTION an_administrator_remains() OWNER TO {DOORS}")
    op.execute(
        "CREATE TRIGGER an_administrator_remains AFTER UPDATE OF roles, is_active OR DELETE ON memberships"
        " FOR EACH ROW WHEN (OLD.is_active AND OLD.roles ? 'administrator')"
        " EXECUTE FUNCTION an_administrator_remains()"
    )
    op.execute(ENDED_ONCE)
    for table, column in ENDS:
        op.execute(
            f"CREATE TRIGGER {column}_is_final BEFORE UPDATE OF {column} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION ended_once('{column}')"
        )
