"""Which papers come with the demo's goods? Data sheets, safety data sheets, and what proves a certificate."""

import io
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from marketplace.demo.picturing import drawing_of
from marketplace.demo.world import Ware
from marketplace.sellers.documents.actions import attach_document

# A page of A4 at 72 dots an inch.
PAGE, MARGIN, PICTURE = (595, 842), 56, 200


class Paper(NamedTuple):
    """A document as it is described: its title, kind and language, and the certificate that it proves."""

    title: str
    kind: str
    language: str
    certificate: str | None = None


# Those of three goods, in the order of what they say of themselves.
PAPERS = (
    (
        Paper("Fiche technique", "data_sheet", "fr"),
        Paper("Certificat ISO 9001", "certificate", "mul", "ISO 9001"),
    ),
    (
        Paper("Fiche technique", "data_sheet", "fr"),
        Paper("Data sheet", "data_sheet", "en"),
        Paper("Écolabel européen", "certificate", "fr", "EU Ecolabel"),
    ),
    (
        Paper("Fiche de données de sécurité", "safety_data_sheet", "fr"),
        Paper("Safety data sheet", "safety_data_sheet", "en"),
        Paper("Notice d'emploi", "instructions", "mul"),
    ),
)


def hand_in_papers(ware: Ware, papers: tuple[Paper, ...]) -> None:
    """Its supplier hands these in with it."""
    for paper in papers:
        content = page_of(ware.sku, paper.title)
        attach_document(product_id=ware.product_id, content=content, **paper._asdict())


def page_of(sku: str, title: str) -> bytes:
    """A page with that title, its article and the picture of that (PDF); the same ones give the same bytes."""
    page = Image.new("RGB", PAGE, "white")
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN, MARGIN), title, "black", ImageFont.load_default(24))
    pen.text((MARGIN, MARGIN + 40), sku, "black", ImageFont.load_default(13))
    picture = Image.open(io.BytesIO(drawing_of(sku))).resize((PICTURE, PICTURE))
    page.paste(picture, (MARGIN, MARGIN + 80))
    kept = io.BytesIO()
    page.save(kept, "PDF", title=title, creationDate=None, modDate=None)
    return kept.getvalue()
