"""Price lists, the circles of customers that they are meant for, and promotions.

Revision ID: 0085
Revises: 0084
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import secure

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None


TIERS_DESCEND = """
CREATE FUNCTION price_tiers_descend(price numeric, tiers jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT NOT EXISTS (
        SELECT FROM (
            SELECT start, amount, lag(start, 1, 0) OVER (ORDER BY place) AS start_before,
                lag(amount, 1, price) OVER (ORDER BY place) AS amount_before
            FROM jsonb_array_elements(tiers) WITH ORDINALITY e (tier, place)
            CROSS JOIN LATERAL (SELECT (tier ->> 'from')::numeric AS start, (tier ->> 'price')::numeric AS amount) t
        ) steps
        WHERE (start > start_before AND amount > 0 AND amount < amount_before) IS NOT TRUE
    )
$$
"""


def upgrade() -> None:
    """Tables, and that only the supplier sees their rows."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TIERS_DESCEND)
    op.create_table(
        "customer_groups",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("formed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 120", name=op.f("ck_customer_groups_name_length")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_customer_groups_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_groups")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_customer_groups_id_organisation_id")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_customer_groups_organisation_id_name")),
    )
    op.create_table(
        "customer_group_members",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "buyer_id <> organisation_id", name=op.f("ck_customer_group_members_another_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisations.id"], name=op.f("fk_customer_group_members_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "organisation_id"],
            ["customer_groups.id", "customer_groups.organisation_id"],
            name=op.f("fk_customer_group_members_group_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_customer_group_members_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_group_members")),
        sa.UniqueConstraint("group_id", "buyer_id", name=op.f("uq_customer_group_members_group_id_buyer_id")),
    )
    op.create_index(
        op.f("ix_customer_group_members_buyer_id"), "customer_group_members", ["buyer_id"], unique=False
    )
    op.create_table(
        "price_lists",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("buyer_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_price_lists_currency_form")),
        sa.CheckConstraint("buyer_id <> organisation_id", name=op.f("ck_price_lists_another_organisation")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 120", name=op.f("ck_price_lists_name_length")),
        sa.CheckConstraint("ends_on >= starts_on - 1", name=op.f("ck_price_lists_term")),
        sa.CheckConstraint("group_id IS NULL OR buyer_id IS NULL", name=op.f("ck_price_lists_one_audience")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name=op.f("fk_price_lists_buyer_id")),
        sa.ForeignKeyConstraint(
            ["group_id", "organisation_id"],
            ["customer_groups.id", "customer_groups.organisation_id"],
            name=op.f("fk_price_lists_group_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_price_lists_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_lists")),
        sa.UniqueConstraint(
            "id", "organisation_id", "currency", name=op.f("uq_price_lists_id_organisation_id_currency")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_price_lists_number")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_price_lists_organisation_id_name")),
    )
    op.create_index(op.f("ix_price_lists_buyer_id"), "price_lists", ["buyer_id"], unique=False)
    op.create_index(
        "ix_price_lists_for_everybody",
        "price_lists",
        ["organisation_id"],
        unique=False,
        postgresql_where="group_id IS NULL AND buyer_id IS NULL",
    )
    op.create_index(op.f("ix_price_lists_group_id"), "price_lists", ["group_id"], unique=False)
    op.create_index(op.f("ix_price_lists_organisation_id"), "price_lists", ["organisation_id"], unique=False)
    op.create_table(
        "promotions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("percentage", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("price_amount", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("price_currency", sa.String(length=3), nullable=True),
        sa.Column("minimum_quantity", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(percentage IS NULL) <> (price_amount IS NULL)", name=op.f("ck_promotions_percentage_or_price")
        ),
        sa.CheckConstraint(
            "(price_amount IS NULL) = (price_currency IS NULL)", name=op.f("ck_promotions_price_whole")
        ),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 120", name=op.f("ck_promotions_title_length")),
        sa.CheckConstraint("ends_on >= starts_on - 1", name=op.f("ck_promotions_term")),
        sa.CheckConstraint("ends_on IS NOT NULL", name=op.f("ck_promotions_ends")),
        sa.CheckConstraint("minimum_quantity > 0", name=op.f("ck_promotions_minimum_quantity_positive")),
        sa.CheckConstraint(
            "percentage > 0 AND percentage < 100", name=op.f("ck_promotions_percentage_in_range")
        ),
        sa.CheckConstraint("price_amount > 0", name=op.f("ck_promotions_price_positive")),
        sa.CheckConstraint(
            "price_amount IS NULL OR product_id IS NOT NULL", name=op.f("ck_promotions_price_of_a_product")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_promotions_organisation_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_promotions_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
    )
    op.create_index(
        "ix_promotions_of_everything",
        "promotions",
        ["organisation_id"],
        unique=False,
        postgresql_where="product_id IS NULL",
    )
    op.create_index(op.f("ix_promotions_organisation_id"), "promotions", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_promotions_product_id"), "promotions", ["product_id"], unique=False)
    op.create_table(
        "price_list_lines",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("product_number", sa.Integer(), nullable=False),
        sa.Column("price_amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("price_currency", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("tiers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pack_quantity", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("per_pack", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("broken_pack", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int4range(product_number, product_number, '[]')"), "&&"),
            (sa.text("int4range(list_number, list_number, '[]')"), "&&"),
            (sa.text("daterange(starts_on, ends_on + 1)"), "&&"),
            using="gist",
            name="ex_price_list_lines_one_price_a_day",
        ),
        sa.CheckConstraint("kind IN ('all_units', 'incremental')", name=op.f("ck_price_list_lines_kind")),
        sa.CheckConstraint(
            "(pack_quantity IS NULL) = (per_pack + broken_pack = 0)",
            name=op.f("ck_price_list_lines_surcharge_of_a_pack"),
        ),
        sa.CheckConstraint("ends_on >= starts_on - 1", name=op.f("ck_price_list_lines_term")),
        sa.CheckConstraint("pack_quantity > 0", name=op.f("ck_price_list_lines_pack_quantity_positive")),
        sa.CheckConstraint(
            "per_pack >= 0 AND broken_pack >= 0", name=op.f("ck_price_list_lines_surcharges_not_negative")
        ),
        sa.CheckConstraint("price_amount > 0", name=op.f("ck_price_list_lines_price_positive")),
        sa.CheckConstraint(
            "price_tiers_descend(price_amount, tiers)", name=op.f("ck_price_list_lines_tiers_descend")
        ),
        sa.ForeignKeyConstraint(
            ["list_id", "organisation_id", "price_currency"],
            ["price_lists.id", "price_lists.organisation_id", "price_lists.currency"],
            name=op.f("fk_price_list_lines_list_id_organisation_id_price_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_price_list_lines_organisation_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_price_list_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list_lines")),
    )
    op.create_index(
        "ix_price_list_lines_list_product", "price_list_lines", ["list_id", "product_id"], unique=False
    )
    op.create_index(op.f("ix_price_list_lines_product_id"), "price_list_lines", ["product_id"], unique=False)
    secure(
        "customer_groups",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "customer_group_members",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE, DELETE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "price_lists",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (name, ends_on)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "promotions",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (ends_on)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "price_list_lines",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (ends_on)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
