"""One thing, whoever sells it: items above the offers, by their numbers and by what a person has decided.

Revision ID: 0125
Revises: 0120
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import HERE, door, secure, shown

revision = "0125"
down_revision = "0120"
branch_labels = None
depends_on = None

# Two offers of one item, as an actor may see them; of those whose numbers alone brought them there, none that
# contradicts the first (an offer for a circle contradicts without parting what everybody sees).
TOGETHER = f"""
    JOIN item_offers o ON o.item_id = t.item_id AND o.product_id <> t.product_id
        AND NOT (o.key = t.key AND coalesce(o.gtin <> t.gtin OR o.part <> t.part OR o.maker <> t.maker, false))
    JOIN products p ON p.id = o.product_id AND {shown("p")}
    JOIN organisations s ON s.id = p.organisation_id AND s.status = 'admitted'
"""
OFFERED = f"""
    item_offers t JOIN products this ON this.id = t.product_id
        AND (this.organisation_id = {HERE} OR {shown("this")})
"""

# Other offers of the same item, at most thirty: those that ask least for what they contain.
ALIKE = f"""
products_alike(product uuid) RETURNS TABLE (product_id uuid) LANGUAGE sql STABLE AS $$
    SELECT p.id FROM {OFFERED} {TOGETHER}
    WHERE t.product_id = product ORDER BY p.price_amount / p.pack_size, p.id LIMIT 30
$$
"""

# How many other suppliers offer the same, counted among the first two hundred offers.
ELSEWHERE = f"""
offered_elsewhere(of_products uuid[]) RETURNS TABLE (product_id uuid, suppliers bigint) LANGUAGE sql STABLE AS $$
    SELECT t.product_id, n.suppliers FROM {OFFERED} CROSS JOIN LATERAL (
        SELECT count(DISTINCT f.organisation_id) AS suppliers FROM (
            SELECT p.organisation_id FROM (SELECT t.*) t {TOGETHER}
            WHERE p.organisation_id <> this.organisation_id LIMIT 200
        ) f
    ) n
    WHERE t.product_id = ANY (of_products) AND n.suppliers > 0
$$
"""


def upgrade() -> None:
    """Four tables of the platform, and two doors."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_items()
    _create_decisions()
    for table in ("items", "item_offers", "item_partings", "item_suggestions"):
        secure(
            table,
            readers="false",
            writers="false",
            grants="",
            platform_grants="SELECT, INSERT, UPDATE, DELETE",
        )
    op.execute("DROP FUNCTION doors.products_alike(uuid)")
    door("products_alike(uuid)", ALIKE)
    door("offered_elsewhere(uuid[])", ELSEWHERE)


def _create_items() -> None:
    op.create_table(
        "items",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("joined_to_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("joined_to_id <> id", name=op.f("ck_items_joined_to_another")),
        sa.ForeignKeyConstraint(["joined_to_id"], ["items.id"], name=op.f("fk_items_joined_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("key", name=op.f("uq_items_key")),
    )
    op.create_index("ix_items_joined_to_id", "items", ["joined_to_id"])
    op.create_table(
        "item_offers",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("maker", sa.Text(), nullable=True),
        sa.Column("part", sa.Text(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("title", sa.BigInteger(), nullable=False),
        sa.Column("is_compared", sa.Boolean(), nullable=False, server_default="false"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_item_offers_product_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_offers_item_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_item_offers")),
    )
    for column in ("item_id", "key", "gtin", "part"):
        op.create_index(f"ix_item_offers_{column}", "item_offers", [column])
    op.create_index(
        "ix_item_offers_to_compare",
        "item_offers",
        ["product_id"],
        postgresql_where="NOT is_compared AND is_public",
    )


def _create_decisions() -> None:
    op.create_table(
        "item_partings",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("from_product_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("parted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("product_id <> from_product_id", name=op.f("ck_item_partings_two_offers")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_item_partings_product_id")),
        sa.ForeignKeyConstraint(
            ["from_product_id"], ["products.id"], name=op.f("fk_item_partings_from_product_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_item_partings_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_partings")),
        sa.UniqueConstraint(
            "product_id", "from_product_id", name=op.f("uq_item_partings_product_id_from_product_id")
        ),
    )
    op.create_index("ix_item_partings_from_product_id", "item_partings", ["from_product_id"])
    op.create_table(
        "item_suggestions",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("other_item_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("other_product_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("likeness", sa.Numeric(18, 4), nullable=False),
        sa.Column("is_same", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("item_id < other_item_id", name=op.f("ck_item_suggestions_asked_once")),
        sa.CheckConstraint("likeness BETWEEN 0 AND 1", name=op.f("ck_item_suggestions_likeness_in_range")),
        sa.CheckConstraint(
            "basis IN ('gtin', 'part', 'alike')", name=op.f("ck_item_suggestions_basis_known")
        ),
        sa.CheckConstraint(
            "num_nulls(is_same, decided_at, person_id) IN (0, 3)",
            name=op.f("ck_item_suggestions_decided_by_somebody"),
        ),
        sa.CheckConstraint("char_length(reason) <= 500", name=op.f("ck_item_suggestions_reason_length")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_suggestions_item_id")),
        sa.ForeignKeyConstraint(
            ["other_item_id"], ["items.id"], name=op.f("fk_item_suggestions_other_item_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_item_suggestions_product_id")),
        sa.ForeignKeyConstraint(
            ["other_product_id"], ["products.id"], name=op.f("fk_item_suggestions_other_product_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_item_suggestions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_suggestions")),
        sa.UniqueConstraint(
            "item_id", "other_item_id", name=op.f("uq_item_suggestions_item_id_other_item_id")
        ),
    )
    for column in ("other_item_id", "product_id", "other_product_id"):
        op.create_index(f"ix_item_suggestions_{column}", "item_suggestions", [column])
    op.create_index(
        "ix_item_suggestions_open", "item_suggestions", ["id"], postgresql_where="is_same IS NULL"
    )
