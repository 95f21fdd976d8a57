"""Imports remember the columns of their file, and what a complete one withdrew.

Revision ID: 0093
Revises: 0092
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns; what was imported before has no titles, so it is not remembered."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "catalogue_imports",
        sa.Column("titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]"),
    )
    op.add_column(
        "catalogue_imports", sa.Column("withdrawn", sa.Integer(), nullable=False, server_default="0")
    )
    op.alter_column("catalogue_imports", "titles", server_default=None)
    op.alter_column("catalogue_imports", "withdrawn", server_default=None)
