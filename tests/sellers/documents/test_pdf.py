"""Is only that handed out which everybody can open, and which does nothing when it is opened?"""

import io

import pytest
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from marketplace.sellers.documents import pdf
from marketplace.sellers.documents.pdf import LARGEST_FILE, MOST_PAGES, NoDocument, check_pdf
from tests.factories.documents import a_pdf

RUN = DictionaryObject(
    {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
)
START = DictionaryObject(
    {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("a.exe")}
)
LATER = DictionaryObject({NameObject("/S"): NameObject("/Named"), NameObject("/Next"): ArrayObject([START])})

BOOKMARK = DictionaryObject({NameObject("/Title"): TextStringObject("Here"), NameObject("/A"): RUN})
BOOKMARKS = DictionaryObject({NameObject("/First"): BOOKMARK})
FIELDS = ArrayObject([DictionaryObject({NameObject("/AA"): DictionaryObject({NameObject("/C"): RUN})})])
FILM = DictionaryObject(
    {NameObject("/S"): NameObject("/Rendition"), NameObject("/JS"): TextStringObject("app.alert(1)")}
)


def acting(place: str, name: str, action: DictionaryObject) -> bytes:
    """A PDF in which an action stands at a place."""
    writer, kept = PdfWriter(), io.BytesIO()
    page = writer.add_blank_page(200, 200)
    note = DictionaryObject({NameObject("/Subtype"): NameObject("/Link")})
    page[NameObject("/Annots")] = ArrayObject([note])
    where = {"root": writer.root_object, "page": page, "note": note}[place]
    where[NameObject(name)] = writer._add_object(action)
    writer.write(kept)
    return kept.getvalue()


WHOLE = a_pdf()
REFUSED = {
    "empty": (b"", "empty"),
    "too large": (WHOLE + b" " * LARGEST_FILE, "20 MB"),
    "picture": (b"\x89PNG\r\n\x1a\n" + WHOLE, "not a PDF"),
    "page of the web": (b"<html><script>alert(1)</script></html>", "not a PDF"),
    "only a head": (b"%PDF-1.7\n" + b"x" * 2000, "damaged"),
    "cut off": (WHOLE[: len(WHOLE) // 2], "damaged"),
    "endless": (b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]>>endobj\n%%EOF", "damaged"),
    "without a page": (a_pdf(pages=0), "at least one page"),
    "locked": (a_pdf(password="secret"), "locked"),
    "script of the document": (
        acting("root", "/Names", DictionaryObject({NameObject("/JavaScript"): RUN})),
        "program",
    ),
    "script as it opens": (acting("root", "/OpenAction", RUN), "program"),
    "script of a page": (acting("page", "/AA", DictionaryObject({NameObject("/O"): RUN})), "program"),
    "script of a note": (acting("note", "/A", RUN), "program"),
    "program after something else": (acting("note", "/A", LATER), "program"),
    "script of a bookmark": (
        acting("root", "/Outlines", DictionaryObject({NameObject("/First"): BOOKMARK})),
        "program",
    ),
    "script of a field": (
        acting("root", "/AcroForm", DictionaryObject({NameObject("/Fields"): FIELDS})),
        "program",
    ),
    "script of a film": (acting("root", "/OpenAction", FILM), "program"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_handed_out_is_refused_in_words(name: str) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(NoDocument, match=reason) as refused:
        check_pdf(content)
    assert refused.value.field == "file"


def test_actions_that_follow_each_other_for_ever_are_looked_at_once() -> None:
    writer, kept = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    action = DictionaryObject({NameObject("/S"): NameObject("/GoTo")})
    reference = writer._add_object(action)
    action[NameObject("/Next")] = ArrayObject([reference] * 30)
    writer.root_object[NameObject("/OpenAction")] = reference
    writer.write(kept)
    check_pdf(kept.getvalue())


@pytest.mark.parametrize("content", [WHOLE, a_pdf(pages=30), acting("note", "/A", DictionaryObject())])
def test_a_document_is_let_be(content: bytes) -> None:
    check_pdf(content)


def test_many_pages_that_share_many_notes_are_looked_at_once() -> None:
    writer, kept = PdfWriter(), io.BytesIO()
    note = writer._add_object(DictionaryObject({NameObject("/Subtype"): NameObject("/Link")}))
    notes = writer._add_object(ArrayObject([note] * 20_000))
    page = writer.add_blank_page(1, 1)
    page[NameObject("/Annots")] = notes
    pages = writer.root_object["/Pages"]
    pages[NameObject("/Kids")] = ArrayObject([pages["/Kids"][0]] * MOST_PAGES)  # type: ignore[index]
    pages[NameObject("/Count")] = NumberObject(MOST_PAGES)  # type: ignore[index]
    writer.write(kept)
    check_pdf(kept.getvalue())


def test_a_file_of_very_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PARTS", 3)
    with pytest.raises(NoDocument, match="more than 3 parts"):
        check_pdf(WHOLE)
