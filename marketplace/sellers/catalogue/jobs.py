"""What does the catalogue do later?"""

from uuid import UUID

from sqlalchemy import text

from marketplace.foundation.db import session
from marketplace.foundation.tasks import Progress, task
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.catalogue.importing import BATCH, IMPORT, work_through
from marketplace.sellers.catalogue.models import HAS_TERM, IN_TERM

# Who sees an offer says its own days; the shelves count it as they begin and end.
TURN = text(f"""
    UPDATE products SET is_current = NOT is_current WHERE id IN (
        SELECT id FROM products WHERE ({HAS_TERM}) AND is_current <> ({IN_TERM})
        ORDER BY id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
    ) RETURNING id
""")


@task(IMPORT)
def bring_in(progress: Progress) -> None:
    """Work through a file; called again after a crash it goes on where it was."""

    def report(done: int, total: int) -> None:
        progress.expect(total)
        progress.advance(done)

    work_through(UUID(progress.arguments["import_id"]), progress.organisation_id, report)


def turn_offers() -> int:
    """Count offers on the shelves whose first day has come, and no more those whose last has gone; returns how many."""
    turned = 0
    while some := _turn_some():
        turned += some
    return turned


def _turn_some() -> int:
    with unit_of_work(platform("count the offers of the day")):
        return len(session().scalars(TURN).all())
