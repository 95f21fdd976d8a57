"""A letter's reader is asked for anew: a member, of an organisation that is admitted. A hold is no longer than is said.

Revision ID: 0212
Revises: 0201
"""

from alembic import op
from sqlalchemy import text

from migrations.statements import RUNTIME, door

revision = "0212"
down_revision = "0201"
branch_labels = None
depends_on = None

COLUMNS = """sign_in_id uuid, person_id uuid, person_name text, language text, theme text,
    organisation_id uuid, organisation_name text, side text, sides text[], roles jsonb"""
SIDES = """array_remove(ARRAY[
    CASE WHEN o.is_operator THEN 'operator' END,
    CASE WHEN o.is_buyer THEN 'buyer' END,
    CASE WHEN o.is_supplier THEN 'supplier' END], NULL)"""
MEMBER = f"""
actor_of_member(organisation uuid, person uuid) RETURNS TABLE ({COLUMNS}) LANGUAGE sql STABLE AS $$
    SELECT NULL::uuid, p.id, p.name, p.language::text, p.theme, o.id, o.name, ({SIDES})[1], {SIDES}, m.roles
    FROM people p JOIN memberships m ON m.person_id = p.id AND m.organisation_id = organisation AND m.is_active
    JOIN organisations o ON o.id = organisation AND o.status = 'admitted'
    WHERE p.id = person $$"""

# As long as the organisation says, and no longer than all of it is offered; a day more, for days begin elsewhere first.
HELD_AT_MOST = """
CREATE FUNCTION requisition_held_at_most(requisition uuid, owner uuid) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT least(
        present_moment() + make_interval(
            days => coalesce((SELECT y.hold_days FROM purchasing_policies y WHERE y.organisation_id = owner), 7),
            hours => 1
        ),
        (SELECT (min(p.ends_on) + 2)::timestamptz FROM requisition_lines l JOIN products p ON p.id = l.product_id
            WHERE l.requisition_id = requisition)
    )
$$
"""
THIRTY_ONE = "present_moment() + interval '31 days'"


def upgrade() -> None:
    """A door, and a bound."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    door("actor_of_member(uuid, uuid)", MEMBER, to=RUNTIME)
    op.execute(HELD_AT_MOST)
    bind = op.get_bind()
    moves = bind.execute(text("SELECT pg_get_functiondef('requisition_moves'::regproc)")).scalar_one()
    bounded = moves.replace(THIRTY_ONE, "requisition_held_at_most(NEW.id, NEW.organisation_id)")
    bind.exec_driver_sql(bounded.replace("%", "%%"))
