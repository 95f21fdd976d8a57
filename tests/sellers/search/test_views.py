"""Does the operator keep the words that stand for others, and does the search know them at once?"""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.buyers.shopping.finding import found
from marketplace.buyers.shopping.questions import Question
from marketplace.sellers.catalogue.queries import products
from marketplace.sellers.search.models import Synonym
from tests.cast import Cast, Party
from tests.factories.catalogue import a_product


@pytest.fixture
def operator(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.mira, "operator")


def skus(party: Party, typed: str) -> set[str]:
    with party.reading("requester"):
        return {row.sku for row in products(found(Question(typed)).product_ids).values()}


def test_a_synonym_finds_what_is_called_otherwise_in_its_category(
    operator: FlaskClient, market: Cast
) -> None:
    a_product(market.bolt, sku="PHONE", name="Smartphone 64 GB", cpv_code="32250000")
    a_product(market.bolt, sku="STAND", name="Smartphone stand", cpv_code="39000000")
    a_product(market.bolt, sku="OLD", name="Mobiles à touches", cpv_code="32250000")
    market.run_jobs()
    typed = {"word": "Mobile", "other": "smartphones", "is_two_way": "y", "category": "3225"}
    assert skus(market.acme, "mobile") == {"OLD"}
    assert operator.post("/synonyms/", data=typed).status_code == 303
    assert skus(market.acme, "mobile") == {"OLD", "PHONE"}
    assert skus(market.acme, "smartphone") == {"OLD", "PHONE", "STAND"}
    with market.platform() as work:
        synonym_id = work.scalars(select(Synonym.id)).one()
    assert "smartphones" in operator.get("/synonyms/").text
    assert operator.post(f"/synonyms/{synonym_id}/forget").status_code == 303
    assert skus(market.acme, "mobile") == {"OLD"}
    assert operator.post(f"/synonyms/{synonym_id}/forget").status_code == 404


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"word": "", "other": "b"}, 422, "aria-invalid"),
        ({"word": "?!", "other": "b"}, 409, "neither a letter nor a digit"),
        ({"word": "screw", "other": "Screws"}, 409, "for one word already"),
        ({"word": "known", "other": "word"}, 409, "already stand for each other"),
        ({"word": "a", "other": "b", "category": "x1"}, 422, "Two to eight digits"),
        ({"word": "x" * 81, "other": "b"}, 422, "aria-invalid"),
    ],
)
def test_a_synonym_that_says_nothing_is_refused_at_its_field(
    operator: FlaskClient, typed: dict[str, str], status: int, sentence: str
) -> None:
    operator.post("/synonyms/", data={"word": "known", "other": "word"})
    answer = operator.post("/synonyms/", data=typed)
    assert answer.status_code == status
    assert sentence in answer.text
    assert operator.get("/synonyms/").text.count("/forget") == 1


def test_only_the_operator_keeps_synonyms(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert browser.get("/synonyms/").status_code == 403
    assert browser.post("/synonyms/", data={"word": "a", "other": "b"}).status_code == 403
