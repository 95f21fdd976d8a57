"""The books: accounts, transactions and their entries.

Revision ID: 0050
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import secure

revision = "0050"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables, and who may see their rows."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "ledger_accounts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_ledger_accounts_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint(
            "organisation_id",
            "purpose",
            "currency",
            name=op.f("uq_ledger_accounts_organisation_id_purpose_currency"),
        ),
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("entries >= 2", name=op.f("ck_ledger_transactions_is_double_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transactions")),
        sa.UniqueConstraint("cause", "cause_id", name=op.f("uq_ledger_transactions_cause_cause_id")),
    )
    op.create_index(
        op.f("ix_ledger_transactions_buyer_id"), "ledger_transactions", ["buyer_id"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_transactions_order_id"), "ledger_transactions", ["order_id"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_transactions_seller_id"), "ledger_transactions", ["seller_id"], unique=False
    )
    op.create_table(
        "ledger_entries",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entries_is_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_entries_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transactions.id"], name=op.f("fk_ledger_entries_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("position", name=op.f("uq_ledger_entries_position")),
    )
    op.create_index("ix_ledger_entries_account", "ledger_entries", ["account_id", "position"], unique=False)
    op.create_index(
        op.f("ix_ledger_entries_organisation_id"), "ledger_entries", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_entries_transaction_id"), "ledger_entries", ["transaction_id"], unique=False
    )
    secure(
        "ledger_accounts",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT",
    )
    secure(
        "ledger_transactions",
        readers="buyer_id = {HERE} OR seller_id = {HERE}",
        writers="buyer_id = {HERE} OR seller_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT",
    )
    secure(
        "ledger_entries",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT",
    )
