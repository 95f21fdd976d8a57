"""Catalogues: products, their prices and categories, and the index they are found by.

Revision ID: 0010
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import guard, secure

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables, and who may see their rows."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "products",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("cpv_code", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("maker", sa.Text(), nullable=True),
        sa.Column("maker_part_number", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("price_amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("price_currency", sa.String(length=3), nullable=False),
        sa.Column("pack_size", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("minimum_quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("step_quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=False),
        sa.Column("is_stocked", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("visible_to_id", sa.Uuid(), nullable=True),
        sa.Column("image_file_id", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cpv_code ~ '^[0-9]{8}$'", name=op.f("ck_products_cpv_code_form")),
        sa.CheckConstraint(
            "gtin IS NULL OR CASE WHEN gtin ~ '^([0-9]{8}|[0-9]{12,14})$' THEN mod(3 * substr(lpad(gtin, 14, '0'), 1, 1)::int + 1 * substr(lpad(gtin, 14, '0'), 2, 1)::int + 3 * substr(lpad(gtin, 14, '0'), 3, 1)::int + 1 * substr(lpad(gtin, 14, '0'), 4, 1)::int + 3 * substr(lpad(gtin, 14, '0'), 5, 1)::int + 1 * substr(lpad(gtin, 14, '0'), 6, 1)::int + 3 * substr(lpad(gtin, 14, '0'), 7, 1)::int + 1 * substr(lpad(gtin, 14, '0'), 8, 1)::int + 3 * substr(lpad(gtin, 14, '0'), 9, 1)::int + 1 * substr(lpad(gtin, 14, '0'), 10, 1)::int + 3 * substr(lpad(gtin, 14, '0'), 11, 1)::int + 1 * substr(lpad(gtin, 14, '0'), 12, 1)::int + 3 * substr(lpad(gtin, 14, '0'), 13, 1)::int + 1 * substr(lpad(gtin, 14, '0'), 14, 1)::int, 10) = 0 ELSE false END",
            name=op.f("ck_products_gtin_check_digit"),
        ),
        sa.CheckConstraint("unit_code ~ '^[A-Z0-9]{2,3}$'", name=op.f("ck_products_unit_code_form")),
        sa.CheckConstraint("char_length(description) <= 8000", name=op.f("ck_products_description_length")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 250", name=op.f("ck_products_name_length")),
        sa.CheckConstraint("char_length(sku) BETWEEN 1 AND 60", name=op.f("ck_products_sku_length")),
        sa.CheckConstraint("division = left(cpv_code, 2)", name=op.f("ck_products_division_of_cpv_code")),
        sa.CheckConstraint(
            "lead_time_days BETWEEN 0 AND 365", name=op.f("ck_products_lead_time_days_in_range")
        ),
        sa.CheckConstraint(
            "minimum_quantity > 0 AND mod(minimum_quantity, step_quantity) = 0",
            name=op.f("ck_products_minimum_quantity_in_steps"),
        ),
        sa.CheckConstraint("pack_size > 0", name=op.f("ck_products_pack_size_positive")),
        sa.CheckConstraint(
            "price_amount > 0 AND price_amount < 1000000000000", name=op.f("ck_products_price_positive")
        ),
        sa.CheckConstraint("step_quantity > 0", name=op.f("ck_products_step_quantity_positive")),
        sa.CheckConstraint("visible_to_id <> organisation_id", name=op.f("ck_products_visible_to_a_buyer")),
        sa.ForeignKeyConstraint(
            ["image_file_id"], ["stored_files.id"], name=op.f("fk_products_image_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_products_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["visible_to_id"], ["organisations.id"], name=op.f("fk_products_visible_to_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint(
            "id",
            "organisation_id",
            "price_currency",
            name=op.f("uq_products_id_organisation_id_price_currency"),
        ),
        sa.UniqueConstraint("number", name=op.f("uq_products_number")),
        sa.UniqueConstraint("organisation_id", "sku", name=op.f("uq_products_organisation_id_sku")),
        postgresql_with={"toast_tuple_target": 256},
    )
    op.create_index(
        "ix_products_gtin_key", "products", [sa.literal_column("lpad(gtin, 14, '0')")], unique=False
    )
    op.create_index("ix_products_of_seller", "products", ["organisation_id", "id"], unique=False)
    op.create_index(
        "ix_products_part_number_key",
        "products",
        [sa.literal_column("upper(regexp_replace(maker_part_number, '[^A-Za-z0-9]', '', 'g'))")],
        unique=False,
    )
    op.create_index(
        "ix_products_shelf",
        "products",
        ["division", "id"],
        unique=False,
        postgresql_where="status = 'published'",
    )
    op.create_index(
        "ix_products_sku_key",
        "products",
        [sa.literal_column("upper(regexp_replace(sku, '[^A-Za-z0-9]', '', 'g'))")],
        unique=False,
    )
    op.create_index(op.f("ix_products_status"), "products", ["status"], unique=False)
    op.create_table(
        "cpv_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("label_fr", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{8}$'", name=op.f("ck_cpv_codes_code_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cpv_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_cpv_codes_code")),
    )
    op.create_index(op.f("ix_cpv_codes_parent_code"), "cpv_codes", ["parent_code"], unique=False)
    op.create_table(
        "shelf_counts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("division", sa.Text(), nullable=False),
        sa.Column("visible_to_id", sa.Uuid(), nullable=True),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("products >= 0", name=op.f("ck_shelf_counts_products_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf_counts")),
        sa.UniqueConstraint(
            "organisation_id",
            "division",
            "visible_to_id",
            name=op.f("uq_shelf_counts_organisation_id_division_visible_to_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_shelf_counts_division"), "shelf_counts", ["division"], unique=False)
    op.create_table(
        "search_vocabulary",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_vocabulary")),
        sa.UniqueConstraint("term", name=op.f("uq_search_vocabulary_term")),
    )
    op.create_table(
        "search_terms",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("weight", sa.REAL(), nullable=False),
        sa.PrimaryKeyConstraint("number", "term_id", name=op.f("pk_search_terms")),
    )
    op.create_index(
        "ix_search_terms_heaviest",
        "search_terms",
        ["term_id", sa.literal_column("weight DESC"), "number"],
        unique=False,
    )
    op.create_table(
        "catalogue_imports",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("reading", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created + changed + unchanged + rejected <= rows_read",
            name=op.f("ck_catalogue_imports_every_row_counted_once"),
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_catalogue_imports_file_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_catalogue_imports_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_imports")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_catalogue_imports_id_organisation_id")),
    )
    op.create_index(
        op.f("ix_catalogue_imports_organisation_id"), "catalogue_imports", ["organisation_id"], unique=False
    )
    op.create_table(
        "price_tiers",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("from_quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("price_amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("price_currency", sa.String(length=3), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("from_quantity > 0", name=op.f("ck_price_tiers_from_quantity_positive")),
        sa.CheckConstraint("price_amount > 0", name=op.f("ck_price_tiers_price_positive")),
        sa.ForeignKeyConstraint(
            ["product_id", "organisation_id", "price_currency"],
            ["products.id", "products.organisation_id", "products.price_currency"],
            name=op.f("fk_price_tiers_product_id_organisation_id_price_currency"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_tiers")),
        sa.UniqueConstraint(
            "product_id", "from_quantity", name=op.f("uq_price_tiers_product_id_from_quantity")
        ),
    )
    op.create_table(
        "import_rejections",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id", "organisation_id"],
            ["catalogue_imports.id", "catalogue_imports.organisation_id"],
            name=op.f("fk_import_rejections_import_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rejections")),
        sa.UniqueConstraint(
            "import_id", "line", "column", name=op.f("uq_import_rejections_import_id_line_column")
        ),
    )
    secure(
        "products",
        readers="organisation_id = {HERE} OR (status = 'published' AND (visible_to_id IS NULL OR visible_to_id = {HERE}))",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (sku, name, description, cpv_code, division, gtin, maker, maker_part_number, unit_code, price_amount, pack_size, minimum_quantity, step_quantity, lead_time_days, is_stocked, status, visible_to_id, image_file_id, changed_at)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard("products", "draft", "draft>published", "published>withdrawn", "withdrawn>published")
    secure(
        "cpv_codes",
        readers="true",
        writers="false",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "shelf_counts",
        readers="false",
        writers="false",
        grants="",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "search_vocabulary",
        readers="false",
        writers="false",
        grants="",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "search_terms",
        readers="false",
        writers="false",
        grants="",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "catalogue_imports",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "price_tiers",
        readers="organisation_id = {HERE} OR (EXISTS (SELECT FROM products p WHERE p.id = product_id))",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE, DELETE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "import_rejections",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT",
    )
