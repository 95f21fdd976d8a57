"""What do versions of a catalogue do later?"""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.tasks import Progress, task
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.catalogue.importing import INTO_A_VERSION, work_through as bring_in
from marketplace.sellers.versions.actions import PUBLISH, begin_publishing
from marketplace.sellers.versions.landing import INTO_VERSION
from marketplace.sellers.versions.lifecycle import VersionState
from marketplace.sellers.versions.models import CatalogueVersion
from marketplace.sellers.versions.publishing import work_through


@task(INTO_A_VERSION)
def bring_into_version(progress: Progress) -> None:
    """Work through a file; called again after a crash it goes on where it was."""
    import_id = UUID(progress.arguments["import_id"])
    bring_in(import_id, progress.organisation_id, _told(progress), INTO_VERSION)


@task(PUBLISH)
def publish(progress: Progress) -> None:
    """Publish a version; called again after a crash it goes on where it was."""
    work_through(UUID(progress.arguments["version_id"]), progress.organisation_id, _told(progress))


def publish_where_due() -> int:
    """Begin to publish each version whose day has come; returns how many."""
    due = (CatalogueVersion.status == VersionState.SCHEDULED, CatalogueVersion.publish_on <= clock.today())
    with unit_of_work(platform("publish versions that are due"), read_only=True):
        waiting = select(CatalogueVersion.id, CatalogueVersion.organisation_id).where(*due)
        rows = session().execute(waiting.order_by(CatalogueVersion.id)).all()
    return sum(_begin(version_id, organisation_id) for version_id, organisation_id in rows)


def _begin(version_id: UUID, organisation_id: UUID) -> int:
    """Whether this is who begins: another one may have, or it was called off."""
    with unit_of_work(automatic(organisation_id)):
        still = select(CatalogueVersion).where(
            CatalogueVersion.id == version_id, CatalogueVersion.status == VersionState.SCHEDULED
        )
        row = session().scalars(still.with_for_update(skip_locked=True)).first()
        if row is not None:
            begin_publishing(row)
    return int(row is not None)


def _told(progress: Progress) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        progress.expect(total)
        progress.advance(done)

    return report
