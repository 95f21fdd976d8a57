"""What one supplier's products say is found without going through everybody's, when a catalogue is given out.

Revision ID: 0191
Revises: 0190
"""

from alembic import op

revision = "0191"
down_revision = "0190"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index on whose each row is."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("product_attributes", "product_facts", "product_certificates"):
        op.create_index(f"ix_{table}_organisation_id", table, ["organisation_id"])
