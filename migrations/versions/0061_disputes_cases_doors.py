"""(written by the room disputes.cases)

Revision ID: 0061
Revises: 0060
"""

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
