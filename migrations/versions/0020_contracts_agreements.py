"""(written by the room contracts.agreements)

Revision ID: 0020
Revises: 0017
"""

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
