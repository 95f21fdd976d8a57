"""(written by the room billing.ledger)

Revision ID: 0051
Revises: 0050
"""

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
