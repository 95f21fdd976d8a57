"""(written by the room billing.payments)

Revision ID: 0052
Revises: 0051
"""

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
