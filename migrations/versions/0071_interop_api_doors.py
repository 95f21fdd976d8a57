"""(written by the room interop.api)

Revision ID: 0071
Revises: 0070
"""

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
