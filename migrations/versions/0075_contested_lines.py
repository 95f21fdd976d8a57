"""Which order lines are contested is remembered by dispute, also of lines that are not complete yet.

Revision ID: 0075
Revises: 0078
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import secure

revision = "0075"
down_revision = "0078"
branch_labels = None
depends_on = None

KNOWN_DISPUTES = """
INSERT INTO contested_lines (id, buyer_id, seller_id, dispute_id, order_line_id, is_open, was_founded)
SELECT uuidv7(), d.buyer_id, d.seller_id, d.id, l.order_line_id, d.closed_at IS NULL,
    d.closed_at IS NOT NULL AND d.is_founded
FROM disputes d JOIN dispute_lines l ON l.dispute_id = d.id
"""
READ_BY_OWNER = ("disputes", "dispute_lines", "contested_lines")


def upgrade() -> None:
    """The table, filled from the disputes there are; the facts lose what it now says."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "contested_lines",
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("was_founded", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "not (is_open and was_founded)", name=op.f("ck_contested_lines_founded_in_the_end")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contested_lines")),
        sa.UniqueConstraint(
            "order_line_id", "dispute_id", name=op.f("uq_contested_lines_order_line_id_dispute_id")
        ),
    )
    op.create_index(op.f("ix_contested_lines_dispute_id"), "contested_lines", ["dispute_id"], unique=False)
    secure(
        "contested_lines",
        readers="buyer_id = {HERE} OR seller_id = {HERE}",
        writers="buyer_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (is_open, was_founded)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    for table in READ_BY_OWNER:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(KNOWN_DISPUTES)
    for table in READ_BY_OWNER:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.drop_column("delivery_facts", "is_contested")
    op.drop_column("delivery_facts", "was_founded")
    op.execute("REVOKE UPDATE, DELETE ON delivery_facts FROM marketplace_platform, marketplace_doors")
