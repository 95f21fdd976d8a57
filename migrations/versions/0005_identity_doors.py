"""The doors at which a request shows its token before it is known who is asking.

Revision ID: 0005
Revises: 0004
"""

from migrations.statements import RUNTIME, door

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = """sign_in_id uuid, person_id uuid, person_name text, language text, theme text,
    organisation_id uuid, organisation_name text, side text, roles jsonb"""
SIDE = "CASE WHEN o.is_operator THEN 'operator' WHEN o.is_buyer THEN 'buyer' WHEN o.is_supplier THEN 'supplier' END"


def upgrade() -> None:
    """One door for browsers, one for programs; both say nothing of a token that has ended."""
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
        SELECT NULL::uuid, p.id, k.label, p.language::text, p.theme, o.id, o.name, {SIDE}, k.roles
        FROM api_keys k JOIN people p ON p.id = k.person_id
        JOIN organisations o ON o.id = k.organisation_id AND o.status = 'admitted'
        WHERE k.key_sha256 = hash AND k.revoked_at IS NULL AND moment IS NOT NULL $$""",
        to=RUNTIME,
    )
