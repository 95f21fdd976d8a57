"""What products of a category say of themselves.

Revision ID: 0126
Revises: 0125
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import secure

revision = "0126"
down_revision = "0125"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The properties, which the operator describes, and the values, which suppliers write."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_attributes()
    _create_values()


def _create_attributes() -> None:
    op.create_table(
        "attributes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("label_fr", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("code ~ '^[a-z][a-z0-9_]{0,39}$'", name=op.f("ck_attributes_code_form")),
        sa.CheckConstraint("category ~ '^([0-9]{2,8})?$'", name=op.f("ck_attributes_category_form")),
        sa.CheckConstraint(
            "char_length(label_en) BETWEEN 1 AND 80 AND char_length(label_fr) BETWEEN 1 AND 80",
            name=op.f("ck_attributes_labels_length"),
        ),
        sa.CheckConstraint(
            "kind IN ('text', 'number', 'choice', 'flag')", name=op.f("ck_attributes_kind_known")
        ),
        sa.CheckConstraint(
            "unit_code IS NULL OR kind = 'number'", name=op.f("ck_attributes_unit_of_a_number")
        ),
        sa.CheckConstraint(
            "(kind = 'choice') = (jsonb_array_length(choices) > 1)",
            name=op.f("ck_attributes_choices_to_choose_from"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attributes")),
        sa.UniqueConstraint("code", name=op.f("uq_attributes_code")),
    )
    secure(
        "attributes",
        readers="true",
        writers="false",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )


def _create_values() -> None:
    op.create_table(
        "product_attributes",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("attribute_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "char_length(value) BETWEEN 1 AND 250", name=op.f("ck_product_attributes_value_length")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_attributes_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_product_attributes_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["attribute_id"], ["attributes.id"], name=op.f("fk_product_attributes_attribute_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_attributes")),
        sa.UniqueConstraint(
            "product_id", "attribute_id", name=op.f("uq_product_attributes_product_id_attribute_id")
        ),
    )
    op.create_index("ix_product_attributes_attribute_id", "product_attributes", ["attribute_id"])
    secure(
        "product_attributes",
        readers="organisation_id = {HERE} OR (EXISTS (SELECT FROM products p WHERE p.id = product_id))",
        writers="EXISTS (SELECT FROM products p WHERE p.id = product_id AND p.organisation_id = {HERE})",
        grants="SELECT, INSERT, UPDATE, DELETE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
