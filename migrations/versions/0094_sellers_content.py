"""What one unit of a product contains is measured: 25 pieces, 5 litres.

Revision ID: 0094
Revises: 0093
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import TENANT

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The unit of the content; until now it was pieces."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("products", sa.Column("content_unit_code", sa.Text(), nullable=False, server_default="C62"))
    op.alter_column("products", "content_unit_code", server_default=None)
    op.create_check_constraint(
        op.f("ck_products_content_unit_code_form"), "products", "content_unit_code ~ '^[A-Z0-9]{2,3}$'"
    )
    op.execute(f"GRANT UPDATE (content_unit_code) ON products TO {TENANT}")
