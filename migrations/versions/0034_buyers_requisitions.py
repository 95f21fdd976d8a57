"""What people ask to be bought.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import guard, secure

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables, and who may see their rows."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "requisitions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("cost_centre_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("needed_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("total_amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("total_currency", sa.String(length=3), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("approval_run_id", sa.Uuid(), nullable=True),
        sa.Column("copied_from_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status = 'draft' or (content_hash is not null and number <> '' and cost_centre_id is not null and site_id is not null and needed_on is not null)",
            name=op.f("ck_requisitions_complete"),
        ),
        sa.ForeignKeyConstraint(
            ["approval_run_id"], ["approval_runs.id"], name=op.f("fk_requisitions_approval_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["copied_from_id"], ["requisitions.id"], name=op.f("fk_requisitions_copied_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"],
            ["cost_centres.id", "cost_centres.organisation_id"],
            name=op.f("fk_requisitions_cost_centre_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_requisitions_organisation_id")
        ),
        sa.ForeignKeyConstraint(["requester_id"], ["people.id"], name=op.f("fk_requisitions_requester_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_requisitions_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requisitions")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_requisitions_id_organisation_id")),
    )
    op.create_index(op.f("ix_requisitions_requester_id"), "requisitions", ["requester_id"], unique=False)
    op.create_index(op.f("ix_requisitions_status"), "requisitions", ["status"], unique=False)
    op.create_index(
        "uq_requisitions_cart",
        "requisitions",
        ["organisation_id", "requester_id"],
        unique=True,
        postgresql_where="status = 'draft'",
    )
    op.create_index(
        "uq_requisitions_number",
        "requisitions",
        ["organisation_id", "number"],
        unique=True,
        postgresql_where="number <> ''",
    )
    op.create_table(
        "requisition_lines",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("requisition_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cpv_code", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.String(length=3), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("unit_price_amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("unit_price_currency", sa.String(length=3), nullable=False),
        sa.Column("line_total_amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("line_total_currency", sa.String(length=3), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_line_id", sa.Uuid(), nullable=True),
        sa.Column("price_steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "abs(line_total_amount - quantity * unit_price_amount) <= 0.5",
            name=op.f("ck_requisition_lines_arithmetic"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_requisition_lines_quantity")),
        sa.CheckConstraint("unit_price_amount >= 0", name=op.f("ck_requisition_lines_unit_price")),
        sa.CheckConstraint(
            "unit_price_currency = line_total_currency", name=op.f("ck_requisition_lines_one_currency")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_requisition_lines_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_requisition_lines_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["requisition_id", "organisation_id"],
            ["requisitions.id", "requisitions.organisation_id"],
            name=op.f("fk_requisition_lines_requisition_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_requisition_lines_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requisition_lines")),
        sa.UniqueConstraint(
            "requisition_id", "product_id", name=op.f("uq_requisition_lines_requisition_id_product_id")
        ),
    )
    op.create_index(
        op.f("ix_requisition_lines_requisition_id"), "requisition_lines", ["requisition_id"], unique=False
    )
    secure(
        "requisitions",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard(
        "requisitions",
        "draft",
        "approved>ordered",
        "approved>withdrawn",
        "draft>submitted",
        "submitted>approved",
        "submitted>rejected",
        "submitted>withdrawn",
    )
    secure(
        "requisition_lines",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE, DELETE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
