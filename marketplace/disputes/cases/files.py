"""Which files may be filed as evidence?"""

from dataclasses import dataclass
from pathlib import PurePath

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

LARGEST = 20 * 1024 * 1024
MOST = 10
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".eml": "message/rfc822",
    ".msg": "application/vnd.ms-outlook",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".zip": "application/zip",
}


@dataclass(frozen=True)
class Exhibit:
    """A file as somebody brings it."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        """What its name says it is. Raises Invalid for a kind that is not taken."""
        found = MEDIA_TYPES.get(PurePath(self.name).suffix.lower())
        if found is None:
            raise Invalid(
                _l(
                    "“%(name)s”: pictures, PDF, texts, tables, mails and archives can be filed.",
                    name=self.name,
                ),
                field="files",
            )
        return found


def checked(exhibits: list[Exhibit]) -> list[Exhibit]:
    """The same, where all of them can be filed. Raises Invalid."""
    if len(exhibits) > MOST:
        raise Invalid(_l("At most %(number)d files at once, please.", number=MOST), field="files")
    for exhibit in exhibits:
        if not exhibit.content:
            raise Invalid(_l("“%(name)s” is empty.", name=exhibit.name), field="files")
        if len(exhibit.content) > LARGEST:
            raise Invalid(_l("“%(name)s” is larger than 20 MB.", name=exhibit.name), field="files")
        assert exhibit.media_type
    return exhibits
