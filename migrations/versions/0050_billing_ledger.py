"""(written by the room billing.ledger)

Revision ID: 0050
Revises: 0041
"""

revision = "0050"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
