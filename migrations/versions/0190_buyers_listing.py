"""A list of numbers is answered number by number: what the actor may order that has it.

Revision ID: 0190
Revises: 0171
"""

from migrations.statements import door

revision = "0190"
down_revision = "0171"
branch_labels = None
depends_on = None

# Of one number at most thirty, those that ask least for what they contain.
NUMBERED = """
products_by_number(keys text[]) RETURNS TABLE (key text, product_id uuid) LANGUAGE sql STABLE AS $$
    SELECT w.key, f.id FROM unnest(keys) w (key) CROSS JOIN LATERAL (
        SELECT p.id FROM doors.products_numbered(ARRAY[w.key]) n JOIN products p ON p.number = n.number
        JOIN organisations o ON o.id = p.organisation_id AND o.status = 'admitted'
        ORDER BY p.price_amount / p.pack_size, p.id LIMIT 30
    ) f
$$
"""


def upgrade() -> None:
    """One door."""
    door("products_by_number(text[])", NUMBERED)
