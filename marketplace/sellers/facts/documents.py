"""Which documents come with a product, and how is each written?

UBL ItemSpecificationDocumentReference: what kind it is (UNCL 1001), its language, its title and the SHA-256 of its
bytes. A file of a catalogue names a document by that; the bytes themselves were handed in before.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l, locale

LONGEST_TITLE, LONGEST_CERTIFICATE, MOST_DOCUMENTS = 120, 80, 20
SEVERAL = "mul"
TONGUES = (
    "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "it", "lt", "lv", "mt", "nb", "nl",
    "pl", "pt", "ro", "sk", "sl", "sv", SEVERAL,
)  # fmt: skip
"""The languages of the Union and Norwegian (ISO 639-1), and that of a document in several (ISO 639-2)."""
BETWEEN = "; "


class Kind(NamedTuple):
    """What it is called, and its code in UNCL 1001: 916, a related document, where that has none of its own."""

    label: LazyString
    type_code: str


KINDS = {
    "data_sheet": Kind(_l("Data sheet"), "6"),
    "safety_data_sheet": Kind(_l("Safety data sheet"), "53"),
    "certificate": Kind(_l("Certificate"), "2"),
    "instructions": Kind(_l("Instructions"), "916"),
    "drawing": Kind(_l("Drawing"), "174"),
    "warranty": Kind(_l("Warranty"), "916"),
    "other": Kind(_l("Other document"), "916"),
}
WRITTEN = re.compile(r"(.+) \(([a-z_]+), ([a-z]{2,3}), ([0-9a-f]{64})(?:, (.+))?\)")
SOURCE = re.compile(r"documents/([a-z_]+)/([a-z]{2,3})/([0-9a-f]{64})\.pdf")


class Document(NamedTuple):
    """A document of a product; of a certificate that the product bears, it may be the proof."""

    title: str
    kind: str
    language: str
    sha256: str
    certificate: str | None = None

    @property
    def is_writable(self) -> bool:
        """Whether there are such a kind and such a language, and its title can stand in a list of several."""
        is_known = self.kind in KINDS and self.language in TONGUES
        is_short = 0 < len(self.title) <= LONGEST_TITLE and len(self.certificate or "") <= LONGEST_CERTIFICATE
        return is_known and is_short and ";" not in f"{self.title}{self.certificate}"

    @property
    def label(self) -> str:
        """What kind of document it is, in the present language."""
        return str(KINDS[self.kind].label)

    @property
    def tongue(self) -> str:
        """Its language, in the present one."""
        return tongues()[self.language]


def tongues() -> dict[str, str]:
    """What languages are called in the present one, by their codes, in the order of TONGUES."""
    return {code: str(locale().languages[code]) for code in TONGUES}


def documents_in(written: str | None) -> list[Document]:
    """Those of a list as the fact `documents` has it. Raises ValueError for what is none."""
    return [_document(part) for part in (written or "").split(";") if part.strip()]


def written_documents(typed: str) -> str | None:
    """Documents by title, each file once: "Notice (instructions, fr, 9f86…)"; None where one cannot be so."""
    try:
        known = {one.sha256: one for one in documents_in(typed)}
    except ValueError:
        return None
    is_possible = all(one.is_writable for one in known.values()) and 0 < len(known) <= MOST_DOCUMENTS
    return written(known.values()) if is_possible else None


def written(documents: Iterable[Document]) -> str:
    """The fact that these documents are; "" for no document."""
    return BETWEEN.join(map(_written, sorted(documents, key=lambda one: one[:4])))


def source_of(one: Document) -> str:
    """Where a catalogue in XML says that its bytes are: a path with all that such a catalogue has no element for."""
    return f"documents/{one.kind}/{one.language}/{one.sha256}.pdf"


def written_at(source: str, title: str, certificate: str) -> str:
    """The document that is described so, as the fact has it; "" where its source is none of ours."""
    found = SOURCE.fullmatch(source)
    return _written(Document(title, found[1], found[2], found[3], certificate or None)) if found else ""


def _document(part: str) -> Document:
    found = WRITTEN.fullmatch(" ".join(part.split()))
    if found is None:
        raise ValueError(part)
    return Document(found[1], found[2], found[3], found[4], found[5])


def _written(one: Document) -> str:
    proof = f", {one.certificate}" if one.certificate else ""
    return f"{one.title} ({one.kind}, {one.language}, {one.sha256}{proof})"
