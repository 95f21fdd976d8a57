"""Is this a PDF that can be handed out?

It is kept as it came, byte by byte, for it may be signed. So what cannot be opened by everybody, or would do something
when it is opened, is refused.
"""

import io
from collections.abc import Iterator

from flask_babel import LazyString
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

MEDIA_TYPE = "application/pdf"
LARGEST_FILE = 20 * 1024**2
MOST_PAGES = 2000
PROGRAMS = ("/JavaScript", "/Launch")


class NoDocument(Invalid):
    """The file is no PDF that we can hand out."""


def check_pdf(content: bytes) -> None:
    """Raises NoDocument for what is empty, too large, no PDF, damaged, locked, or has a program in it."""
    if not content:
        raise _refused(_l("This file is empty."))
    if len(content) > LARGEST_FILE:
        raise _refused(_l("A document may have at most 20 MB."))
    if not content.startswith(b"%PDF-"):
        raise _refused(_l("This is not a PDF."))
    try:
        _read(content)
    except NoDocument:
        raise
    except Exception:  # whatever goes wrong in a reader, it is the document's fault
        raise _refused(_l("This PDF is damaged; please save it anew.")) from None


def _read(content: bytes) -> None:
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise _refused(_l("This PDF is locked; please save it without a password."))
    if not 0 < len(reader.pages) <= MOST_PAGES:
        raise _refused(_l("A document has at least one page, and at most %(most)s.", most=MOST_PAGES))
    if _scripts(reader) or _has_program(reader):
        raise _refused(_l("There is a program in this PDF; please save it without."))


def _scripts(reader: PdfReader) -> bool:
    """Whether there are programs that run as it is opened (ISO 32000-1, 7.7.4)."""
    return any("/JavaScript" in names for names in _dictionaries(reader.root_object.get("/Names")))


def _places(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Where a document can do something: as a whole, on a page, or by a note on one."""
    yield reader.root_object
    for page in reader.pages:
        yield page
        yield from _dictionaries(page.get("/Annots"))


def _has_program(reader: PdfReader) -> bool:
    """Whether one would run, at once or after something else that is done; each action is looked at once."""
    waiting, seen = list(_places(reader)), dict[int, DictionaryObject]()
    while waiting:
        one = waiting.pop()
        if one.get("/S") in PROGRAMS:
            return True
        if id(one) not in seen:
            seen[id(one)] = one
            waiting += _deeds(one)
    return False


def _deeds(place: DictionaryObject) -> Iterator[DictionaryObject]:
    """The actions that are said there (ISO 32000-1, 12.6)."""
    for name in ("/OpenAction", "/A", "/Next"):
        yield from _dictionaries(place.get(name))
    for events in _dictionaries(place.get("/AA")):
        for event in events.values():
            yield from _dictionaries(event)


def _dictionaries(found: PdfObject | None) -> list[DictionaryObject]:
    """What stands there, or in the list there, as far as it is dictionaries."""
    known = found.get_object() if found is not None else None
    several = [each.get_object() for each in known] if isinstance(known, ArrayObject) else [known]
    return [each for each in several if isinstance(each, DictionaryObject)]


def _refused(sentence: LazyString) -> NoDocument:
    return NoDocument(sentence, field="file")
