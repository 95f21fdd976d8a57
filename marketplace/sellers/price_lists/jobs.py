"""What do price lists do later?"""

from uuid import UUID

from marketplace.foundation.tasks import Progress, task
from marketplace.sellers.price_lists.importing import IMPORT, work_through


@task(IMPORT)
def bring_in(progress: Progress) -> None:
    """Work through a file of prices; called again after a crash it goes on where it was."""

    def report(done: int, total: int) -> None:
        progress.expect(total)
        progress.advance(done)

    work_through(UUID(progress.arguments["import_id"]), progress.organisation_id, report)
