"""Both doors say on which sides of the market an organisation is: one that buys and sells does both in one place.

Revision ID: 0076
Revises: 0079
"""

from alembic import op

from migrations.statements import RUNTIME, door

revision = "0076"
down_revision = "0079"
branch_labels = None
depends_on = None

COLUMNS = """sign_in_id uuid, person_id uuid, person_name text, language text, theme text,
    organisation_id uuid, organisation_name text, side text, sides text[], roles jsonb"""
SIDES = """array_remove(ARRAY[
    CASE WHEN o.is_operator THEN 'operator' END,
    CASE WHEN o.is_buyer THEN 'buyer' END,
    CASE WHEN o.is_supplier THEN 'supplier' END], NULL)"""


def upgrade() -> None:
    """As in 0005, with one column more."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("actor_of_sign_in", "actor_of_api_key"):
        op.execute(f"DROP FUNCTION doors.{name}(text, timestamptz)")
    door(
        "actor_of_sign_in(text, timestamptz)",
        f"""actor_of_sign_in(hash text, moment timestamptz) RETURNS TABLE ({COLUMNS}) LANGUAGE sql STABLE AS $$
        SELECT s.id, p.id, p.name, p.language::text, p.theme, o.id, o.name, ({SIDES})[1], {SIDES}, m.roles
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
        SELECT NULL::uuid, p.id, k.label, p.language::text, p.theme, o.id, o.name, ({SIDES})[1], {SIDES},
            (SELECT coalesce(jsonb_agg(role), '[]') FROM jsonb_array_elements_text(k.roles) role WHERE m.roles ? role)
        FROM api_keys k JOIN people p ON p.id = k.person_id
        JOIN memberships m ON m.person_id = p.id AND m.organisation_id = k.organisation_id AND m.is_active
        JOIN organisations o ON o.id = k.organisation_id AND o.status = 'admitted'
        WHERE k.key_sha256 = hash AND k.revoked_at IS NULL AND moment IS NOT NULL $$""",
        to=RUNTIME,
    )
