"""How does a test come by the documents of a product?"""

import io
from typing import Any
from uuid import UUID

from pypdf import PdfWriter

from marketplace.sellers.documents.actions import attach_document, keep_file
from tests.cast import Party


def a_pdf(said: str = "Notice", *, pages: int = 1, password: str = "") -> bytes:
    """The bytes of a PDF that differs by what it says, locked by a password where one is given."""
    writer, kept = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": said})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(kept)
    return kept.getvalue()


def attached(party: Party, product_id: UUID, content: bytes | None = None, **described: Any) -> str:
    """A document of a product of `party`; its SHA-256."""
    usual = {"title": "Fiche technique", "kind": "data_sheet", "language": "fr"}
    with party.at_work("sales_desk"):
        attach_document(product_id=product_id, content=content or a_pdf(), **{**usual, **described})
        return keep_file(content or a_pdf())
