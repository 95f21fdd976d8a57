"""Is a document handed in once, and handed out to whoever may see its product and to nobody else?"""

import io
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.doctor import examine
from marketplace.foundation.files import StoredFile, _path
from marketplace.foundation.settings import current_settings
from marketplace.sellers.catalogue.actions import import_catalogue, show_to, withdraw_product
from marketplace.sellers.documents.actions import TooManyDocuments
from marketplace.sellers.facts.documents import MOST_DOCUMENTS
from marketplace.sellers.facts.models import Attachment, ProductDocument
from tests.cast import Cast, Party
from tests.factories.catalogue import a_catalogue_file, a_product
from tests.factories.documents import a_pdf, attached
from tests.factories.facts import specified
from tests.factories.identity import a_key
from tests.factories.moderation import let, look_at, refused, state_of

TYPED = {"title": "Fiche de sécurité", "kind": "safety_data_sheet", "language": "fr", "certificate": ""}


def address(product_id: UUID, sha256: str = "") -> str:
    return f"/catalogue/{product_id}/documents/{sha256}"


def by_key(party: Party, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {a_key(party, role)}"}


def posted(desk: FlaskClient, product_id: UUID, content: bytes, **typed: str) -> tuple[int, str]:
    answer = desk.post(address(product_id), data={**TYPED, **typed, "file": (io.BytesIO(content), "a.pdf")})
    return answer.status_code, answer.text


def count(party: Party, model: type) -> int:
    with party.reading("sales_desk") as work:
        return work.query(model).count()


@pytest.fixture
def desk(browser: FlaskClient, market: Cast) -> FlaskClient:
    browser.set_cookie("language", "en")
    return market.sign_in(browser, market.bolt, "sales_desk")


def test_a_document_is_handed_in_and_out_with_its_certificate(desk: FlaskClient, market: Cast) -> None:
    product_id, content = a_product(market.bolt), a_pdf()
    specified(market.bolt, product_id, certificates="ISO 9001 (2031-12-31)")
    assert posted(desk, product_id, content, certificate="ISO 9001")[0] == 303
    page = desk.get(f"/catalogue/{product_id}").text
    assert "Fiche de sécurité (PDF)" in page
    assert "Safety data sheet · French · PDF" in page
    market.sign_in(desk, market.acme, "requester")
    [sha256] = {part.split('"')[0] for part in desk.get(f"/shop/{product_id}").text.split("/documents/")[1:]}
    answer = desk.get(address(product_id, sha256))
    assert answer.data == content
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert address(product_id, sha256) in desk.get(f"/shop/compare?product={product_id}").text


def test_the_same_file_again_is_described_anew_and_kept_once(desk: FlaskClient, market: Cast) -> None:
    product_id, other, content = a_product(market.bolt), a_product(market.bolt, sku="B"), a_pdf()
    for each in (product_id, other, product_id):
        posted(desk, each, content)
    assert posted(desk, product_id, content, title="Notice", kind="instructions")[0] == 303
    assert (count(market.bolt, Attachment), count(market.bolt, StoredFile)) == (1, 1)
    assert count(market.bolt, ProductDocument) == 2
    page = desk.get(f"/catalogue/{product_id}").text
    assert "Instructions · French" in page
    assert "Fiche de sécurité" not in page


@pytest.mark.parametrize(
    ("content", "typed", "said"),
    [
        (b"", {}, "This file is empty."),
        (b"MZ" + a_pdf(), {}, "This is not a PDF."),
        (a_pdf(password="x"), {}, "This PDF is locked"),
        (a_pdf()[:300], {}, "This PDF is damaged"),
        (a_pdf(), {"title": "a; b"}, "A title has no semicolon"),
        (a_pdf(), {"title": "x" * 121}, "At most 120 characters"),
        (a_pdf(), {"kind": "poem"}, "Not a valid choice"),
        (a_pdf(), {"language": "xx"}, "Not a valid choice"),
        (a_pdf(), {"certificate": "ISO 9001"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_so_is_said_at_its_field_and_nothing_is_kept(
    desk: FlaskClient, market: Cast, content: bytes, typed: dict[str, str], said: str
) -> None:
    product_id = a_product(market.bolt)
    status, page = posted(desk, product_id, content, **typed)
    assert status == 422
    assert said in page
    assert 'selected value="safety_data_sheet"' in page or "kind" in typed
    assert "Fiche de sécurité" in page or "title" in typed
    assert (count(market.bolt, Attachment), count(market.bolt, StoredFile)) == (0, 0)


def test_a_product_has_only_so_many(market: Cast) -> None:
    product_id = a_product(market.bolt)
    for number in range(MOST_DOCUMENTS):
        attached(market.bolt, product_id, a_pdf(str(number)), title=f"Notice {number}")
    with pytest.raises(TooManyDocuments):
        attached(market.bolt, product_id, a_pdf("one more"))
    assert count(market.bolt, Attachment) == MOST_DOCUMENTS


def test_who_may_not_see_the_product_gets_neither_bytes_nor_count(browser: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    sha256 = attached(market.bolt, product_id)
    elsewhere = a_product(market.bolt, sku="OPEN")
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.acme.id)
    places = (address(product_id, sha256), address(elsewhere, sha256), address(product_id, "0" * 64))
    hidden = (404, 404, 404)
    for party, role, statuses in (
        (market.acme, "requester", (200, 404, 404)),
        (market.nosy, "requester", hidden),
        (market.crown, "sales_desk", hidden),
    ):
        market.sign_in(browser, party, role)
        assert tuple(browser.get(place).status_code for place in places) == statuses
        key = by_key(party, role)
        answer = browser.get(f"/api/products/{product_id}/documents/{sha256}", headers=key)
        assert answer.status_code == statuses[0]
        with party.reading(role) as work:
            assert work.query(ProductDocument).count() == (party is market.acme)
            assert work.query(Attachment).count() == 0
    market.sign_in(browser, market.crown, "sales_desk")
    assert browser.post(f"{places[0]}/remove").status_code == 404
    assert posted(browser, product_id, a_pdf())[0] == 404
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=product_id)
    market.sign_in(browser, market.acme, "requester")
    assert browser.get(places[0]).status_code == 404


def test_nobody_hands_out_the_bytes_of_another_supplier(market: Cast) -> None:
    theirs, product_id = attached(market.bolt, a_product(market.bolt)), a_product(market.crown, sku="C")
    insert = (
        "INSERT INTO product_documents (id, product_id, organisation_id, sha256, kind, language, title)"
        " VALUES (uuidv7(), :product, :whose, :sha256, 'other', 'fr', 'Taken')"
    )
    for whose in (market.crown.id, market.bolt.id):
        with pytest.raises(DBAPIError), market.crown.at_work("sales_desk") as work:
            work.execute(text(insert), {"product": product_id, "whose": whose, "sha256": theirs})
    file = a_catalogue_file(
        ("C", f"Taken (other, fr, {theirs})"), ("C2", "x"), titles=("Référence", "documents")
    )
    work = import_catalogue(
        file, file_name="a.csv", supplier_id=market.crown.id, number_style="comma", cpv_code=None
    )
    assert (work.changed, work.rejected) == (0, 2)


def test_a_program_hands_a_file_in_and_names_it_in_its_catalogue(browser: FlaskClient, market: Cast) -> None:
    product_id, key = a_product(market.bolt), by_key(market.bolt, "sales_desk")
    answer = browser.post("/api/catalogue/documents", data=a_pdf(), headers=key)
    assert answer.status_code == 201
    sha256 = answer.json["sha256"]
    assert browser.post("/api/catalogue/documents", data=b"GIF89a", headers=key).status_code == 422
    file = a_catalogue_file(("A-1", f"Plan (drawing, mul, {sha256})"), titles=("Référence", "documents"))
    work = import_catalogue(
        file, file_name="a.csv", supplier_id=market.bolt.id, number_style="comma", cpv_code=None
    )
    assert (work.changed, work.rejected) == (1, 0)
    [told] = browser.get(f"/api/products/{product_id}", headers=key).json["documents"]
    assert (told["kind"], told["type_code"], told["sha256"]) == ("drawing", "174", sha256)
    assert browser.get(told["url"], headers=key).data == a_pdf()


def test_what_is_new_waits_and_only_the_operator_may_open_it(browser: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    look_at(market, market.bolt)
    sha256 = attached(market.bolt, product_id)
    assert state_of(market, product_id) == "held"
    market.sign_in(browser, market.acme, "requester")
    assert browser.get(address(product_id, sha256)).status_code == 404
    browser.set_cookie("language", "en")
    market.sign_in(browser, market.mira, "operator")
    assert "Fiche technique" in browser.get(f"/moderation/{product_id}").text
    place = f"/moderation/{product_id}/document"
    assert browser.get(f"{place}/{sha256}").data == a_pdf()
    assert browser.get(f"{place}/{'0' * 64}").status_code == 404
    assert let(market, product_id) == [product_id]
    market.sign_in(browser, market.acme, "requester")
    assert browser.get(address(product_id, sha256)).status_code == 200
    attached(market.bolt, product_id, title="Gun")
    refused(market, product_id)
    attached(market.bolt, product_id)
    assert state_of(market, product_id) == "published"


def test_a_changed_byte_is_found_and_never_handed_out(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    sha256 = attached(market.bolt, product_id, a_pdf("to be damaged"))
    kept = current_settings().data_dir / "files" / _path(sha256)
    kept.write_bytes(b"%PDF-1.7 another")
    assert desk.get(address(product_id, sha256)).status_code == 410
    assert [each.name for each in examine() if sha256[:6] in each.detail or "file" in each.name.lower()]
    kept.unlink()
