"""Does the warehouse see what it has, and book what comes and goes?"""

from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.foundation import clock
from marketplace.foundation.db import runtime_engine
from marketplace.sellers.stock.queries import holdings_of
from tests.cast import Cast
from tests.factories.stock import a_product_in_batches, a_reservation, a_stocked_product, some_bins


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


def test_movements_name_every_change_and_who_made_it(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="12")
    a_reservation(market.acme, product_id, "5")
    page = warehouse.get(f"/stock/{product_id}/movements").text
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
    assert "14,5" in warehouse.get(answer.location).text
    assert "BL 42" in warehouse.get(f"/stock/{product_id}/movements").text


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
    assert "Casse" in warehouse.get(f"/stock/{product_id}/movements").text


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


def holding_of(market: Cast, product_id: UUID) -> UUID:
    with market.bolt.reading("warehouse"):
        return holdings_of(product_id)[0].holding.id


@pytest.mark.parametrize(("language", "words"), [("en", "Where it lies"), ("fr", "Mettre au rebut")])
def test_show_says_where_it_lies_and_what_can_be_done(
    warehouse: FlaskClient, market: Cast, language: str, words: str
) -> None:
    bins = some_bins(market.bolt, "A-1")
    batches = {"L-1": ("5", clock.today() - timedelta(days=1)), "L-2": ("7", None)}
    product_id = a_product_in_batches(market.bolt, batches, bin_id=bins["A-1"])
    warehouse.set_cookie("language", language)
    page = warehouse.get(f"/stock/{product_id}").text
    assert words in page
    assert "N/A-1" in page
    assert page.count("L-1") == 1
    for address in (f"/stock/{product_id}/batches", f"/stock/bins/{bins['A-1']}"):
        assert "L-2" in warehouse.get(address).text
    assert str(product_id) in warehouse.get("/stock/?view=expired").text
    assert str(product_id) not in warehouse.get("/stock/?view=held").text


def test_every_deed_on_a_place_is_booked(warehouse: FlaskClient, market: Cast) -> None:
    bins, product_id = some_bins(market.bolt, "A-1"), a_stocked_product(market.bolt, stock="10")
    place = f"/stock/places/{holding_of(market, product_id)}"
    deeds = (
        ("hold", {"quantity": "4", "reason": "Odeur"}),
        ("clear", {"quantity": "1"}),
        ("scrap", {"quantity": "3", "reason": "Casse"}),
        ("count", {"counted": "6", "reason": "Inventaire"}),
        ("move", {"bin": "n/a-1"}),
    )
    for deed, typed in deeds:
        assert warehouse.get(f"{place}/{deed}").status_code == 200
        assert warehouse.post(f"{place}/{deed}", data=typed).status_code == 303
    page = warehouse.get(f"/stock/bins/{bins['A-1']}").text
    assert ">6</a>" in page
    movements = warehouse.get(f"/stock/{product_id}/movements").text
    assert all(word in movements for word in ("Odeur", "Cleared", "Scrapped", "Adjustment", "Transfer"))
    assert warehouse.get(f"{place}/steal").status_code == 404


@pytest.mark.parametrize(
    ("deed", "typed", "status", "where"),
    [
        ("hold", {"quantity": "4"}, 422, "reason"),
        ("hold", {"quantity": "11", "reason": "x"}, 409, "quantity"),
        ("clear", {}, 409, "quantity"),
        ("scrap", {"quantity": "-1", "reason": "x"}, 409, "quantity"),
        ("move", {"bin": "Z-99"}, 422, "bin"),
        ("move", {"bin": "IN"}, 409, "bin"),
        ("count", {"counted": "1.5", "reason": "x"}, 422, "counted"),
    ],
)
def test_a_deed_that_cannot_be_done_says_why_beside_its_field(
    warehouse: FlaskClient, market: Cast, deed: str, typed: dict[str, str], status: int, where: str
) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    answer = warehouse.post(f"/stock/places/{holding_of(market, product_id)}/{deed}", data=typed)
    assert answer.status_code == status
    assert f"{where}-wrong" in answer.text
    assert all(f'value="{value}"' in answer.text for value in typed.values())


def test_receive_takes_a_batch_a_bin_and_a_hold(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="0")
    some_bins(market.bolt, "A-1")
    assert warehouse.post(f"/stock/{product_id}/numbers", data={"tracking": "batch"}).status_code == 303
    typed = {
        "quantity": "5",
        "bin": "a-1",
        "numbers": " L-9 \r\n",
        "expires_on": "2031-01-31",
        "is_held": "y",
    }
    assert warehouse.post(f"/stock/{product_id}/receive", data={**typed, "numbers": ""}).status_code == 409
    assert warehouse.post(f"/stock/{product_id}/receive", data={**typed, "bin": "Q"}).status_code == 422
    assert warehouse.post(f"/stock/{product_id}/receive", data=typed).status_code == 303
    page = warehouse.get(f"/stock/{product_id}").text
    assert all(word in page for word in ("N/A-1", "L-9", "31 Jan 2031"))
    assert str(product_id) in warehouse.get("/stock/?q=l-9").text
    assert str(product_id) in warehouse.get("/stock/?view=held").text


def test_scan_goes_to_what_was_scanned(warehouse: FlaskClient, market: Cast) -> None:
    bins = some_bins(market.bolt, "A-1")
    product_id = a_product_in_batches(market.bolt, {"L-1": ("5", None)}, sku="VIS-8", gtin="4006381333931")
    with market.bolt.reading("warehouse"):
        batch_id = holdings_of(product_id)[0].holding.batch_id
    expected = {
        "n/a-1": f"/stock/bins/{bins['A-1']}",
        "vis-8": f"/stock/{product_id}",
        "4006381333931": f"/stock/{product_id}",
        "L-1": f"/stock/batches/{batch_id}",
        "(01)04006381333931(10)L-1": f"/stock/batches/{batch_id}",
        "0104006381333931" + "10L-1": f"/stock/batches/{batch_id}",
    }
    for code, address in expected.items():
        assert warehouse.get("/stock/scan", query_string={"code": code}).location == address
    label = "(01)04006381333931(17)311231(10)L-2"
    comes_in = warehouse.get("/stock/scan", query_string={"code": label}).location
    page = warehouse.get(comes_in).text
    assert "L-2</textarea>" in page
    assert 'value="2031-12-31"' in page
    assert "Nothing here has that code" in warehouse.get("/stock/scan?code=zzz").text


def test_scan_finds_nothing_of_another_seller(browser: FlaskClient, market: Cast) -> None:
    some_bins(market.bolt, "A-1")
    a_product_in_batches(market.bolt, {"L-1": ("5", None)}, sku="VIS-8", gtin="4006381333931")
    market.sign_in(browser, market.pry, "warehouse")
    for code in ("A-1", "L-1", "VIS-8", "4006381333931"):
        assert browser.get("/stock/scan", query_string={"code": code}).status_code == 200


def test_batch_says_where_it_is_and_where_it_has_been(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"L-1": ("5", clock.today() - timedelta(days=1))})
    with market.bolt.reading("warehouse"):
        batch_id = holdings_of(product_id)[0].holding.batch_id
    page = warehouse.get(f"/stock/batches/{batch_id}").text
    assert "This batch has expired" in page
    assert "Goods in" in page


PAGES = ("", "/movements", "/reservations", "/batches", "/receive", "/count", "/bin", "/numbers")


@pytest.mark.parametrize("tail", PAGES)
def test_every_page_of_another_sellers_product_is_not_there(
    browser: FlaskClient, market: Cast, tail: str
) -> None:
    product_id = a_stocked_product(market.bolt)
    market.sign_in(browser, market.pry, "warehouse")
    assert browser.get(f"/stock/{product_id}{tail}").status_code == 404


@pytest.mark.parametrize("tail", ["/receive", "/count", "/bin", "/numbers"])
def test_every_deed_on_another_sellers_product_is_refused(
    browser: FlaskClient, market: Cast, tail: str
) -> None:
    product_id = a_stocked_product(market.bolt)
    market.sign_in(browser, market.pry, "warehouse")
    data = {"quantity": "1", "counted": "1", "reason": "x", "bin": "x", "tracking": "batch"}
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
