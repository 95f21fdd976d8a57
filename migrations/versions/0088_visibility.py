"""Who may see a product: everybody, one buyer, a group of customers, or whoever has an agreement with the supplier.

One column says for which circle a product is, one door in which circles the actor is, and one predicate compares them:
in the policy of `products` and in every door. Shelves are counted for each circle, by division and by category.

Revision ID: 0088
Revises: 0083
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import HERE, TENANT, door, reword_doors, within_circles

revision = "0088"
down_revision = "0083"
branch_labels = None
depends_on = None

# The circle of those who have a concluded agreement with a supplier is called by the supplier's own id.
CIRCLE = "coalesce(visible_to_id, group_id, CASE WHEN needs_agreement THEN organisation_id END)"
ONE_AUDIENCE = "num_nonnulls(visible_to_id, group_id, nullif(needs_agreement, false)) <= 1"

# As the door of the known terms says it.
OF_TERMS = """(p.visible_to_id IS NULL
            OR p.visible_to_id = nullif(current_setting('app.organisation_id', true), '')::uuid)"""

CIRCLES = """
circles() RETURNS uuid[] LANGUAGE sql STABLE AS $$
    WITH here AS (SELECT nullif(current_setting('app.organisation_id', true), '')::uuid AS id)
    SELECT coalesce(array_agg(c.id), '{}') FROM (
        SELECT here.id FROM here WHERE here.id IS NOT NULL
        UNION ALL SELECT m.group_id FROM here JOIN customer_group_members m ON m.buyer_id = here.id
        UNION ALL SELECT a.seller_id FROM here JOIN agreements a ON a.buyer_id = here.id AND a.status = 'concluded'
    ) c (id)
$$
"""

# Each published product stands on two shelves of its supplier: that of its division and that of its category.
COUNT = """
CREATE OR REPLACE FUNCTION shelves_are_counted() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changes jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT jsonb_agg(c) INTO changes FROM (
            SELECT organisation_id, cpv_code, circle_id, count(*) AS products
            FROM new_rows WHERE status = 'published' GROUP BY 1, 2, 3
        ) c;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT jsonb_agg(c) INTO changes FROM (
            SELECT organisation_id, cpv_code, circle_id, -count(*) AS products
            FROM old_rows WHERE status = 'published' GROUP BY 1, 2, 3
        ) c;
    ELSE
        SELECT jsonb_agg(c) INTO changes FROM (
            SELECT organisation_id, cpv_code, circle_id, sum(step) AS products
            FROM (
                SELECT organisation_id, cpv_code, circle_id, 1 AS step FROM new_rows WHERE status = 'published'
                UNION ALL
                SELECT organisation_id, cpv_code, circle_id, -1 FROM old_rows WHERE status = 'published'
            ) steps
            GROUP BY 1, 2, 3 HAVING sum(step) <> 0
        ) c;
    END IF;
    IF changes IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_agg(s) INTO changes FROM (
        SELECT c.organisation_id, shelf.code, c.circle_id, sum(c.products) AS products
        FROM jsonb_to_recordset(changes) c (organisation_id uuid, cpv_code text, circle_id uuid, products integer)
        CROSS JOIN LATERAL (VALUES (left(c.cpv_code, 2)), (c.cpv_code)) shelf (code)
        GROUP BY 1, 2, 3
    ) s;
    INSERT INTO shelf_counts (id, organisation_id, code, circle_id, products)
        SELECT uuidv7(), c.organisation_id, c.code, c.circle_id, 0
        FROM jsonb_to_recordset(changes) c (organisation_id uuid, code text, circle_id uuid)
        ORDER BY 2, 3, 4
        ON CONFLICT DO NOTHING;
    PERFORM FROM shelf_counts s
        WHERE s.organisation_id IN (
            SELECT c.organisation_id FROM jsonb_to_recordset(changes) c (organisation_id uuid)
        )
        ORDER BY s.id FOR UPDATE;
    UPDATE shelf_counts s SET products = s.products + c.products
        FROM jsonb_to_recordset(changes) c (organisation_id uuid, code text, circle_id uuid, products integer)
        WHERE s.organisation_id = c.organisation_id AND s.code = c.code
            AND s.circle_id IS NOT DISTINCT FROM c.circle_id;
    RETURN NULL;
END $$
"""
COUNTED = """
INSERT INTO shelf_counts (id, organisation_id, code, circle_id, products)
SELECT uuidv7(), p.organisation_id, shelf.code, p.circle_id, count(*)
FROM products p CROSS JOIN LATERAL (VALUES (p.division), (p.cpv_code)) shelf (code)
WHERE p.status = 'published' GROUP BY 2, 3, 4
"""

# How many published products the actor may see stand on the shelves below a category (a code without its zeros, or
# nothing for all divisions), by the next digit of their code and by supplier; of suppliers the twelve fullest.
SHELVES = f"""
shelves(in_category text, of_sellers uuid[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH counted AS (
        SELECT s.code, s.organisation_id, s.circle_id, s.products FROM shelf_counts s
        WHERE in_category = '' AND char_length(s.code) = 2
        UNION ALL
        SELECT s.code, s.organisation_id, s.circle_id, s.products FROM shelf_counts s
        WHERE in_category <> '' AND char_length(s.code) = 8
            AND s.code ~>=~ in_category AND s.code ~<~ (in_category || '~')
    ), shown AS (
        SELECT left(c.code, greatest(2, char_length(in_category) + 1)) AS code, c.organisation_id, c.products,
            of_sellers IS NULL OR c.organisation_id = ANY (of_sellers) AS is_wanted
        FROM counted c JOIN organisations o ON o.id = c.organisation_id AND o.status = 'admitted'
        WHERE c.products > 0 AND {within_circles("c")}
    )
    SELECT jsonb_build_object(
        'total', (SELECT coalesce(sum(products), 0) FROM shown WHERE is_wanted),
        'categories', (SELECT coalesce(jsonb_object_agg(code, n), '{{}}')
            FROM (SELECT code, sum(products) AS n FROM shown WHERE is_wanted GROUP BY 1) c),
        'sellers', (SELECT coalesce(jsonb_object_agg(organisation_id, n), '{{}}')
            FROM (SELECT organisation_id, sum(products) AS n FROM shown GROUP BY 1
                ORDER BY organisation_id = ANY (of_sellers) DESC NULLS LAST, 2 DESC LIMIT 12) o)
    )
$$
"""


def upgrade() -> None:
    """The column, the door and the predicate; then whatever said it otherwise says it so."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _add_circles()
    door("circles()", CIRCLES)
    op.execute("DROP POLICY readers ON products")
    op.execute(
        f"CREATE POLICY readers ON products FOR SELECT TO {TENANT}"
        f" USING (organisation_id = {HERE} OR (status = 'published' AND {within_circles('products')}))"
    )
    _count_anew()
    for asked in (HERE, "here.id", "here"):
        reword_doors(f"(p.visible_to_id IS NULL OR p.visible_to_id = {asked})", within_circles("p"))
    reword_doors(OF_TERMS, within_circles("p"))
    reword_doors("(o.visible_to_id IS NULL OR o.visible_to_id = here.id)", within_circles("o"))


def _add_circles() -> None:
    op.add_column("products", sa.Column("group_id", sa.Uuid(), nullable=True))
    op.add_column(
        "products", sa.Column("needs_agreement", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column(
        "products", sa.Column("circle_id", sa.Uuid(), sa.Computed(CIRCLE, persisted=True), nullable=True)
    )
    op.create_check_constraint(op.f("ck_products_one_audience"), "products", ONE_AUDIENCE)
    op.create_foreign_key(
        op.f("fk_products_group_id_organisation_id"),
        "products",
        "customer_groups",
        ["group_id", "organisation_id"],
        ["id", "organisation_id"],
    )
    op.execute(f"GRANT UPDATE (group_id, needs_agreement) ON products TO {TENANT}")


def _count_anew() -> None:
    """The shelves by their codes. The owner may be subject to its own policies."""
    for table in ("products", "shelf_counts"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM shelf_counts")
    op.drop_constraint(op.f("uq_shelf_counts_organisation_id_division_visible_to_id"), "shelf_counts")
    op.drop_index(op.f("ix_shelf_counts_division"), "shelf_counts")
    op.alter_column("shelf_counts", "visible_to_id", new_column_name="circle_id")
    op.alter_column("shelf_counts", "division", new_column_name="code")
    op.create_unique_constraint(
        op.f("uq_shelf_counts_organisation_id_code_circle_id"),
        "shelf_counts",
        ["organisation_id", "code", "circle_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_shelf_counts_code", "shelf_counts", [sa.text("code text_pattern_ops")])
    op.create_index(
        "ix_shelf_counts_divisions", "shelf_counts", ["code"], postgresql_where="char_length(code) = 2"
    )
    op.execute(COUNT)
    op.execute("DROP FUNCTION doors.shelves(text, uuid)")
    door("shelves(text, uuid[])", SHELVES)
    op.execute(COUNTED)
    for table in ("products", "shelf_counts"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
