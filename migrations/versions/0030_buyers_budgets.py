"""What may be spent, and what is held of it.

Revision ID: 0030
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import secure

revision = "0030"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables, and who may see their rows."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "cost_centres",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_cost_centres_organisation_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_cost_centres_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_centres")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_cost_centres_id_organisation_id")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_cost_centres_organisation_id_code")),
    )
    op.create_table(
        "budgets",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("cost_centre_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("committed", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("spent", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_budgets_amount")),
        sa.CheckConstraint("committed + spent <= amount", name=op.f("ck_budgets_within")),
        sa.CheckConstraint("committed >= 0 and spent >= 0", name=op.f("ck_budgets_totals")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_budgets_period")),
        sa.ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"],
            ["cost_centres.id", "cost_centres.organisation_id"],
            name=op.f("fk_budgets_cost_centre_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_budgets_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_budgets_id_organisation_id")),
    )
    op.create_index(op.f("ix_budgets_cost_centre_id"), "budgets", ["cost_centre_id"], unique=False)
    op.create_index(op.f("ix_budgets_organisation_id"), "budgets", ["organisation_id"], unique=False)
    op.create_table(
        "budget_entries",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("committed", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("spent", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind in ('committed', 'changed', 'released', 'handed_over', 'taken_over', 'spent')",
            name=op.f("ck_budget_entries_kind"),
        ),
        sa.CheckConstraint("committed <> 0 or spent <> 0", name=op.f("ck_budget_entries_moves_something")),
        sa.CheckConstraint("spent >= 0", name=op.f("ck_budget_entries_spent")),
        sa.ForeignKeyConstraint(
            ["budget_id", "organisation_id"],
            ["budgets.id", "budgets.organisation_id"],
            name=op.f("fk_budget_entries_budget_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_budget_entries_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_entries")),
    )
    op.create_index(op.f("ix_budget_entries_budget_id"), "budget_entries", ["budget_id"], unique=False)
    op.create_index(op.f("ix_budget_entries_document_id"), "budget_entries", ["document_id"], unique=False)
    op.create_table(
        "budget_commitments",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("committed", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("spent", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("committed >= 0", name=op.f("ck_budget_commitments_never_negative")),
        sa.ForeignKeyConstraint(
            ["budget_id", "organisation_id"],
            ["budgets.id", "budgets.organisation_id"],
            name=op.f("fk_budget_commitments_budget_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_budget_commitments_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_commitments")),
        sa.UniqueConstraint(
            "organisation_id", "document_id", name=op.f("uq_budget_commitments_organisation_id_document_id")
        ),
    )
    op.create_index(
        op.f("ix_budget_commitments_budget_id"), "budget_commitments", ["budget_id"], unique=False
    )
    secure(
        "cost_centres",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "budgets",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (amount)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "budget_entries",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT",
    )
    secure(
        "budget_commitments",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
