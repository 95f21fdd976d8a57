"""Is this a PDF that can be handed out?

It is kept as it came, byte by byte, for it may be signed. So what cannot be opened by everybody, or would do something
when it is opened, is refused.
"""

import io

from flask_babel import LazyString
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

MEDIA_TYPE = "application/pdf"
LARGEST_FILE = 20 * 1024**2
MOST_PAGES = 2000
MOST_PARTS = 100_000
PROGRAMS = frozenset(("/JavaScript", "/JS", "/Launch"))
"""Kinds of actions, and the keys that hold one."""


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
    numbers = _numbers(reader)
    if len(numbers) > MOST_PARTS:
        raise _refused(_l("This PDF has more than %(most)s parts; please save it smaller.", most=MOST_PARTS))
    if any(_has_program(reader.get_object(IndirectObject(*one, reader))) for one in numbers):
        raise _refused(_l("There is a program in this PDF; please save it without."))


def _numbers(reader: PdfReader) -> set[tuple[int, int]]:
    """The number and generation of every object in the file: a program may hang on any of them."""
    plain = {(number, generation) for generation, known in reader.xref.items() for number in known}
    return plain | {(number, 0) for number in reader.xref_objStm}


def _has_program(found: PdfObject | None) -> bool:
    """Whether an object would do something, or what stands within it (ISO 32000-1, 12.6); others have their turn."""
    waiting: list[object] = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, DictionaryObject):
            if PROGRAMS.intersection(one) or ("/S" in one and str(one["/S"]) in PROGRAMS):
                return True
            waiting += dict.values(one)
        elif isinstance(one, ArrayObject):
            waiting += list.__iter__(one)
    return False


def _refused(sentence: LazyString) -> NoDocument:
    return NoDocument(sentence, field="file")
