"""(written by the room disputes.cases)

Revision ID: 0060
Revises: 0053
"""

revision = "0060"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
