"""(written by the room buyers.budgets)

Revision ID: 0030
Revises: 0021
"""

revision = "0030"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
