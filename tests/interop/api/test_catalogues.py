"""Does a program bring a catalogue in and take it along, with nothing guessed about its figures?"""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.sellers.catalogue.models import Product
from tests.cast import Cast, Party
from tests.factories.catalogue import a_catalogue_file
from tests.factories.identity import a_key
from tests.factories.moderation import look_at

FILE = a_catalogue_file(("A-1", "Vis", "1,50"), ("A-2", "Écrou", "beaucoup"))
SAID = "numbers=comma&category=44530000&name=..%2Foffers.csv"


@pytest.fixture
def post(browser: FlaskClient, market: Cast) -> Callable[..., Any]:
    """Post bytes with the key of a sales desk."""

    def post(party: Party, said: str, content: bytes = FILE, *, role: str = "sales_desk") -> Any:
        headers = {"Authorization": f"Bearer {a_key(party, role)}"}
        # What curl says of a body unless it is told better.
        kind = "application/x-www-form-urlencoded"
        return browser.post(
            f"/api/catalogue/imports?{said}", data=content, headers=headers, content_type=kind
        )

    return post


def answered(browser: FlaskClient, party: Party, address: str) -> Any:
    return browser.get(address, headers={"Authorization": f"Bearer {a_key(party, 'sales_desk')}"})


def test_a_file_comes_in_by_a_worker_and_says_what_came_of_it(
    browser: FlaskClient, market: Cast, post: Any
) -> None:
    answer = post(market.bolt, SAID)
    assert (answer.status_code, answer.json["state"], answer.json["is_over"]) == (202, "queued", False)
    market.run_jobs()
    said = answered(browser, market.bolt, answer.location).json
    assert (said["file_name"], said["state"], said["is_over"]) == ("offers.csv", "done", True)
    assert [said[count] for count in ("rows_read", "created", "rejected")] == [2, 1, 1]
    [refused] = said["rejections"]
    assert (refused["line"], refused["column"], refused["value"]) == (3, "price", "beaucoup")


def test_the_same_columns_again_need_no_word(browser: FlaskClient, market: Cast, post: Any) -> None:
    post(market.bolt, SAID)
    market.run_jobs()
    answer = post(market.bolt, "complete=yes", a_catalogue_file(("A-3", "Clou", "2,50")))
    market.run_jobs()
    said = answered(browser, market.bolt, answer.location).json
    assert (said["created"], said["withdrawn"]) == (1, 1)
    given = answered(browser, market.bolt, "/api/catalogue.csv")
    assert (given.status_code, given.mimetype) == (200, "text/csv")
    assert "A-3;Clou;2.5;EUR" in given.data.decode("utf-8-sig")


def test_what_a_program_brings_in_waits_where_the_operator_looks_first(market: Cast, post: Any) -> None:
    look_at(market, market.bolt)
    post(market.bolt, SAID)
    market.run_jobs()
    with market.bolt.reading("sales_desk") as work:
        assert work.scalars(select(Product.status)).all() == ["held"]


@pytest.mark.parametrize(
    ("said", "content", "words"),
    [
        ("category=44530000", FILE, "Say how this file writes numbers"),
        ("numbers=comma", FILE, "There is no column for"),
        ("numbers=1&category=44530000", FILE, "“numbers” is one of: comma, point."),
        ("numbers=comma&category=44", FILE, "A category has eight digits"),
        (f"{SAID}&complete=perhaps", FILE, "“complete” is one of: yes, no."),
        (f"{SAID}&currency=EURO", FILE, "is not a currency code"),
        (SAID, b"", "no file in its body"),
        (SAID, b"PK\x03\x04 not a workbook", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_and_nothing_is_kept(
    browser: FlaskClient, market: Cast, post: Any, said: str, content: bytes, words: str
) -> None:
    answer = post(market.bolt, said, content)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert words in answer.json["title"]
    market.sign_in(browser, market.bolt, "sales_desk")
    assert "offers.csv" not in browser.get("/catalogue/imports").text


def test_who_sells_nothing_and_another_supplier_get_nowhere(
    browser: FlaskClient, market: Cast, post: Any
) -> None:
    assert post(market.acme, SAID, role="requester").status_code == 403
    assert post(market.bolt, SAID, role="warehouse").status_code == 403
    address = post(market.bolt, SAID).location
    assert answered(browser, market.crown, address).status_code == 404
    assert answered(browser, market.crown, "/api/catalogue.exe").status_code == 404
