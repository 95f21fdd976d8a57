"""Which pictures are in an archive, and what are they pictures of?

A picture is named after its product: `A-100.jpg` is of the article A-100, `4006381333931.png` of that GTIN. The folder
says nothing.
"""

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue.pictures import LARGEST_FILE, NoPicture

MOST_PICTURES = 20_000
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What reading an entry raises that is damaged, encrypted, or packed in a way that nobody uses."""


class Archive:
    """A ZIP archive of pictures. Raises Invalid for what is none, or has too many."""

    def __init__(self, content: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except BROKEN:
            raise Invalid(_l("This is not a ZIP archive."), field="file") from None
        self.entries = [entry for entry in self._archive.infolist() if _is_picture(entry)]
        if not self.entries:
            raise Invalid(_l("There is no picture in this archive."), field="file")
        if len(self.entries) > MOST_PICTURES:
            raise Invalid(_l("At most %(most)s pictures at once, please.", most=MOST_PICTURES), field="file")

    def read(self, entry: zipfile.ZipInfo) -> bytes:
        """One picture; no more of it is unpacked than a picture may have. Raises NoPicture."""
        try:
            with self._archive.open(entry) as packed:
                return packed.read(LARGEST_FILE + 1)
        except BROKEN:
            raise NoPicture(_l("This part of the archive is damaged.")) from None


def named(entry: zipfile.ZipInfo) -> str:
    """The article number or GTIN that a picture is named after."""
    return PurePosixPath(entry.filename).stem.strip()


def _is_picture(entry: zipfile.ZipInfo) -> bool:
    """Not a folder, and not what systems add of themselves."""
    path = PurePosixPath(entry.filename)
    return not entry.is_dir() and not path.name.startswith(".") and "__MACOSX" not in path.parts
