"""(written by the room sellers.catalogue)

Revision ID: 0010
Revises: 0005
"""

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
