"""The door at which a buyer asks who else sells the same product.

Revision ID: 0037
Revises: 0036
"""

from alembic import op

from migrations.statements import door

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# The same product has the same GTIN, or the same maker and part number. Numbers are compared as capitals and digits,
# which row-level security lets no index serve; hence a door, with the visibility said again.
ALIKE = """
products_alike(product uuid) RETURNS TABLE (product_id uuid) LANGUAGE sql STABLE AS $$
    WITH here AS (SELECT nullif(current_setting('app.organisation_id', true), '')::uuid AS id),
    this AS (
        SELECT p.* FROM products p, here
        WHERE p.id = product AND (p.organisation_id = here.id OR p.status = 'published'
            AND (p.visible_to_id IS NULL OR p.visible_to_id = here.id))
    ), alike AS (
        SELECT o.id FROM this JOIN products o ON lpad(o.gtin, 14, '0') = lpad(this.gtin, 14, '0')
        UNION
        SELECT o.id FROM this JOIN products o
            ON upper(regexp_replace(o.maker_part_number, '[^A-Za-z0-9]', '', 'g'))
                = upper(regexp_replace(this.maker_part_number, '[^A-Za-z0-9]', '', 'g'))
            AND lower(o.maker) = lower(this.maker)
    )
    SELECT o.id FROM alike JOIN products o USING (id)
    JOIN organisations s ON s.id = o.organisation_id AND s.status = 'admitted'
    CROSS JOIN here
    WHERE o.id <> product AND o.status = 'published'
        AND (o.visible_to_id IS NULL OR o.visible_to_id = here.id)
    ORDER BY o.id LIMIT 30
$$
"""


def upgrade() -> None:
    """One door."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    door("products_alike(uuid)", ALIKE)
