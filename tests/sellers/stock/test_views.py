"""Does the warehouse see what it has, and book what comes and goes?"""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.foundation.db import runtime_engine
from tests.cast import Cast
from tests.factories.stock import a_reservation, a_stocked_product


@pytest.fixture
def warehouse(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.bolt, "warehouse")


@pytest.mark.parametrize(("language", "word"), [("en", "On hand"), ("fr", "En stock")])
def test_index_shows_every_level_in_both_languages(
    warehouse: FlaskClient, market: Cast, language: str, word: str
) -> None:
    product_id = a_stocked_product(market.bolt, stock="12", sku="VIS-8")
    a_reservation(market.acme, product_id, "5")
    warehouse.set_cookie("language", language)
    page = warehouse.get("/stock/").text
    assert word in page
    assert "VIS-8" in page
    assert f"/stock/{product_id}/reservations" in page


def test_index_finds_by_sku_and_by_bin(warehouse: FlaskClient, market: Cast) -> None:
    a_stocked_product(market.bolt, sku="VIS-8")
    other = a_stocked_product(market.bolt, sku="CLOU-3")
    warehouse.post(f"/stock/{other}/bin", data={"bin": "B-12"})
    assert "CLOU-3" not in warehouse.get("/stock/?q=vis").text
    assert "CLOU-3" in warehouse.get("/stock/?q=b-12").text
    assert "VIS-8" not in warehouse.get("/stock/?view=short").text


def test_index_goes_on_after_a_full_page(warehouse: FlaskClient, market: Cast) -> None:
    for number in range(32):
        a_stocked_product(market.bolt, stock="0", sku=f"P-{number:02}")
    first = warehouse.get("/stock/").text
    assert "P-29" in first
    assert "P-30" not in first
    assert "after=P-29" in first
    assert "P-31" in warehouse.get("/stock/?after=P-29").text


def test_index_asks_the_database_as_often_for_many_products(warehouse: FlaskClient, market: Cast) -> None:
    counts = []
    for number in (1, 4):
        for _ in range(number):
            a_reservation(market.acme, a_stocked_product(market.bolt), "5")
        counts.append(_statements(warehouse, "/stock/"))
    assert counts[0] == counts[1]


def test_show_names_every_movement_and_who_made_it(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="12")
    a_reservation(market.acme, product_id, "5")
    page = warehouse.get(f"/stock/{product_id}").text
    assert "Acme Industrie" in page
    assert "warehouse of Bolt" in page
    assert "requester of Acme" not in page


def test_reservations_name_the_buyer(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="12")
    a_reservation(market.acme, product_id, "5")
    assert "Acme Industrie" in warehouse.get(f"/stock/{product_id}/reservations").text


def test_receive_books_the_goods_in(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="12", unit_code="KGM")
    assert warehouse.get(f"/stock/{product_id}/receive").status_code == 200
    warehouse.set_cookie("language", "fr")
    answer = warehouse.post(f"/stock/{product_id}/receive", data={"quantity": "2,5", "reason": "BL 42"})
    assert answer.status_code == 303
    page = warehouse.get(answer.location).text
    assert "14,5" in page
    assert "BL 42" in page


@pytest.mark.parametrize("quantity", ["", "0", "-3", "1.5", "abc"])
def test_receive_a_quantity_that_is_none_is_asked_again(
    warehouse: FlaskClient, market: Cast, quantity: str
) -> None:
    product_id = a_stocked_product(market.bolt)
    answer = warehouse.post(f"/stock/{product_id}/receive", data={"quantity": quantity})
    assert answer.status_code == 422
    assert "quantity-wrong" in answer.text


def test_count_needs_a_reason(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    assert warehouse.post(f"/stock/{product_id}/count", data={"counted": "3"}).status_code == 422
    data = {"counted": "3", "reason": "Casse"}
    assert warehouse.post(f"/stock/{product_id}/count", data=data).status_code == 303
    assert "Casse" in warehouse.get(f"/stock/{product_id}").text


def test_count_to_nothing_is_possible(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    data = {"counted": "0", "reason": "Inventaire"}
    assert warehouse.post(f"/stock/{product_id}/count", data=data).status_code == 303


def test_count_below_what_is_promised_says_so_beside_the_field(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    a_reservation(market.acme, product_id, "5")
    assert "promised" in warehouse.get(f"/stock/{product_id}/count").text
    answer = warehouse.post(f"/stock/{product_id}/count", data={"counted": "4", "reason": "Inventaire"})
    assert answer.status_code == 409
    assert "counted-wrong" in answer.text


def test_shelve_shows_the_bin(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    assert warehouse.post(f"/stock/{product_id}/bin", data={"bin": "A-3"}).status_code == 303
    assert 'value="A-3"' in warehouse.get(f"/stock/{product_id}/bin").text


PAGES = ("", "/reservations", "/receive", "/count", "/bin")


@pytest.mark.parametrize("tail", PAGES)
def test_every_page_of_another_sellers_product_is_not_there(
    browser: FlaskClient, market: Cast, tail: str
) -> None:
    product_id = a_stocked_product(market.bolt)
    market.sign_in(browser, market.pry, "warehouse")
    assert browser.get(f"/stock/{product_id}{tail}").status_code == 404


@pytest.mark.parametrize("tail", ["/receive", "/count", "/bin"])
def test_every_deed_on_another_sellers_product_is_refused(
    browser: FlaskClient, market: Cast, tail: str
) -> None:
    product_id = a_stocked_product(market.bolt)
    market.sign_in(browser, market.pry, "warehouse")
    data = {"quantity": "1", "counted": "1", "reason": "x", "bin": "x"}
    assert browser.post(f"/stock/{product_id}{tail}", data=data).status_code == 404


def test_every_page_is_closed_to_buyers(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert browser.get("/stock/").status_code == 403


def _statements(browser: FlaskClient, address: str) -> int:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(runtime_engine(), "before_cursor_execute", note)
    try:
        assert browser.get(address).status_code == 200
    finally:
        event.remove(runtime_engine(), "before_cursor_execute", note)
    return len(seen)
