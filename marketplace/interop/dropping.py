"""How does a catalogue come in by a folder, as an old system or a file transfer leaves it there?

`DROP_FOLDER/<id of a supplier>/offers.csv` is read as the last file with the same columns was; where there was none,
it is refused, for nothing is guessed about figures. What came in goes to `taken`, what did not to `refused`, with the
reason beside it. A crash in between lets a file come in twice, which changes nothing. Folders bear ids, because
anybody may take somebody else's name.
"""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog

from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid, NotFound, Refusal
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.periodic import one_by_one
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.queries import organisation
from marketplace.interop.catalogues import bring_in

log = structlog.get_logger()
LARGEST = 64 * 1024**2
"""Bytes: no more than comes in by a page."""
TAKEN, REFUSED = "taken", "refused"
AT_REST = timedelta(seconds=20)
"""So long a file must not have changed: before, somebody may still be writing it."""
UNFINISHED = (".part", ".tmp", ".filepart")
"""What transfer programs call a file until it is whole."""


def take_dropped() -> int:
    """Hand every file that lies in a supplier's folder to the workers; returns how many were taken."""
    folder = current_settings().drop_folder
    if folder is None or not folder.is_dir():
        return 0
    return one_by_one("drop folder", sorted(folder.iterdir()), _take_all)


def _take_all(place: Path) -> int:
    files = [file for file in sorted(place.iterdir()) if _is_whole(file)] if place.is_dir() else []
    if not files:
        return 0
    try:
        supplier_id = _supplier(place)
    except (ValueError, NotFound):
        log.warning("no supplier has this drop folder", folder=place.name)
        return 0
    return one_by_one("file in a drop folder", files, lambda file: _take(file, supplier_id))


def _supplier(place: Path) -> UUID:
    with unit_of_work(platform("find whose drop folder this is"), read_only=True):
        found = organisation(UUID(place.name))
    if not found.is_supplier:
        raise NotFound(_l("There is no supplier “%(name)s” on this market.", name=place.name))
    return found.id


def _is_whole(file: Path) -> bool:
    if file.name.startswith(".") or file.suffix in UNFINISHED or file.is_symlink() or not file.is_file():
        return False
    return file.stat().st_mtime <= (clock.now() - AT_REST).timestamp()


def _take(file: Path, supplier_id: UUID) -> bool:
    try:
        if file.stat().st_size > LARGEST:
            raise Invalid(_l("What you sent is too large."))
        with unit_of_work(automatic(supplier_id)):
            bring_in(file.read_bytes(), {"name": file.name})
    except Refusal as refusal:
        put_away = _move(file, REFUSED)
        put_away.with_name(f"{put_away.name}.txt").write_text(f"{refusal}\n", encoding="utf-8")
        return False
    _move(file, TAKEN)
    return True


def _move(file: Path, where: str) -> Path:
    place = file.parent / where
    place.mkdir(exist_ok=True)
    return file.rename(place / f"{clock.now():%Y%m%dT%H%M%S}-{file.name}")
