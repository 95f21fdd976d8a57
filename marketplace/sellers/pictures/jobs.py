"""How do the pictures of an archive find their products?"""

from uuid import UUID
from zipfile import ZipInfo

from marketplace.foundation.files import stored_file
from marketplace.foundation.tasks import Progress, task
from marketplace.foundation.tenancy import automatic
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.catalogue.pictures import NoPicture
from marketplace.sellers.pictures.actions import show_picture
from marketplace.sellers.pictures.archives import Archive, named
from marketplace.sellers.pictures.queries import NO_PICTURE, PICTURES, Outcome, picture_task


@task(PICTURES)
def show_pictures(progress: Progress) -> None:
    """One picture after the other, each in a transaction of its own; called again after a crash it goes on."""
    supplier = automatic(progress.organisation_id)
    with unit_of_work(supplier, read_only=True):
        archive = Archive(stored_file(UUID(progress.arguments["file_id"])).content)
        outcome = Outcome.of(picture_task(progress.task_id))
    progress.expect(len(archive.entries))
    for number, entry in enumerate(archive.entries[progress.done :], start=progress.done + 1):
        with unit_of_work(supplier):
            outcome.count(entry.filename, _show(archive, entry))
        progress.advance(number, **outcome.as_json())


def _show(archive: Archive, entry: ZipInfo) -> str:
    try:
        return show_picture(name=named(entry), picture=archive.read(entry))
    except NoPicture:
        return NO_PICTURE
