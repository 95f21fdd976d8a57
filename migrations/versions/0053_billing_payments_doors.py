"""(written by the room billing.payments)

Revision ID: 0053
Revises: 0052
"""

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
