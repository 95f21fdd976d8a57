"""(written by the room interop.api)

Revision ID: 0070
Revises: 0061
"""

revision = "0070"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
