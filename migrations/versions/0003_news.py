"""News is pending from the moment it is written, and stays as it is.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from migrations.statements import DOORS

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The trigger that fills `pending_news`."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"ALTER FUNCTION news_is_pending() OWNER TO {DOORS}")
    op.execute(
        "CREATE TRIGGER news_is_pending AFTER INSERT ON news FOR EACH ROW EXECUTE FUNCTION news_is_pending()"
    )
