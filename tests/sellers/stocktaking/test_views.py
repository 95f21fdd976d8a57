"""Can somebody count with a phone in one hand, and somebody else approve?"""

import re

import pytest
from flask.testing import FlaskClient

from marketplace.foundation.paging import SIZE
from marketplace.sellers.stock.queries import shelf
from marketplace.sellers.warehouses.queries import main_warehouse
from tests.cast import Cast
from tests.factories.stock import a_policy, a_product_in_batches, a_stocked_product, some_bins


@pytest.fixture
def warehouse(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.bolt, "warehouse")


def begun(market: Cast, browser: FlaskClient, **typed: str) -> str:
    with market.bolt.reading("warehouse"):
        place = main_warehouse()
    answer = browser.post("/counts/new", data={"warehouse_id": str(place.id), **typed})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def counts(page: str, *quantities: str) -> dict[str, str]:
    """What is typed into the fields of a bin, in their order."""
    names = re.findall(r'name="(counted-[0-9a-f-]+)"', page)
    assert len(names) == len(quantities)
    return dict(zip(names, quantities, strict=True))


@pytest.mark.parametrize(("language", "words"), [("en", "Save, and on"), ("fr", "Enregistrer et continuer")])
def test_count_goes_from_bin_to_bin_without_telling_the_books(
    warehouse: FlaskClient, market: Cast, language: str, words: str
) -> None:
    bins = some_bins(market.bolt, "A-1", "A-2")
    for code in ("A-1", "A-2"):
        a_product_in_batches(market.bolt, {f"L{code}": ("7777777", None)}, bin_id=bins[code])
    warehouse.set_cookie("language", language)
    sheet = begun(market, warehouse)
    first = warehouse.get(f"{sheet}?bin=n/a-1").location
    page = warehouse.get(first).text
    assert words in page
    assert "7777777" not in page
    second = warehouse.post(first, data=counts(page, "7777776")).location
    assert second.endswith(str(bins["A-2"]))
    last = warehouse.post(second, data=counts(warehouse.get(second).text, "7777777"))
    assert last.location == sheet
    shown = warehouse.get(sheet).text
    assert "776" in shown
    assert "-1" in shown
    assert warehouse.post(f"{sheet}/hand-in").status_code == 303
    assert warehouse.post(f"{sheet}/hand-in").status_code == 409


def test_a_full_bin_is_counted_page_by_page(warehouse: FlaskClient, market: Cast) -> None:
    codes = [f"L{number:02}" for number in range(SIZE + 1)]
    a_product_in_batches(market.bolt, dict.fromkeys(codes, ("5", None)))
    sheet = begun(market, warehouse)
    first = warehouse.get(f"{sheet}?bin=IN").location
    second = warehouse.post(first, data=counts(warehouse.get(first).text, *["4"] * SIZE)).location
    assert second.startswith(f"{first}?after=")
    last = warehouse.post(second, data=counts(warehouse.get(second).text, "4"))
    assert last.location == sheet
    shown = warehouse.get(sheet).text
    rest = warehouse.get(re.findall(r'href="([^"]+)"\s+rel="next"', shown)[0]).text
    assert sum((shown + rest).count(f"· {code}") for code in codes) == SIZE + 1


def test_a_wrong_count_keeps_what_was_typed(warehouse: FlaskClient, market: Cast) -> None:
    a_product_in_batches(market.bolt, {"L1": ("5", None), "L2": ("5", None)})
    sheet = begun(market, warehouse)
    address = warehouse.get(f"{sheet}?bin=IN").location
    answer = warehouse.post(address, data=counts(warehouse.get(address).text, "4", "abc"))
    assert answer.status_code == 422
    assert 'value="4"' in answer.text
    assert 'value="abc"' in answer.text
    assert warehouse.post(address, data=counts(answer.text, "4", "1.5")).status_code == 422


def test_something_found_is_put_on_the_sheet(warehouse: FlaskClient, market: Cast) -> None:
    bins = some_bins(market.bolt, "A-1")
    a_stocked_product(market.bolt, stock="2", sku="VIS-8")
    a_product_in_batches(market.bolt, {"L1": ("5", None)}, bin_id=bins["A-1"])
    sheet = begun(market, warehouse, first="A-1", last="A-1")
    address = warehouse.get(f"{sheet}?bin=A-1").location
    assert warehouse.post(f"{address}/found", data={"code": "NOPE"}).status_code == 422
    assert warehouse.post(f"{address}/found", data={"code": "vis-8"}).status_code == 303
    assert warehouse.post(f"{address}/found", data={"code": "vis-8"}).status_code == 409
    assert "VIS-8" in warehouse.get(address).text


def test_a_large_difference_is_approved_by_finance(browser: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="100", price="10")
    a_policy(market.bolt, count_limit="50")
    warehouse = market.sign_in(browser, market.bolt, "warehouse")
    sheet = begun(market, warehouse)
    address = warehouse.get(f"{sheet}?bin=IN").location
    warehouse.post(address, data=counts(warehouse.get(address).text, "80"))
    warehouse.post(f"{sheet}/hand-in")
    assert "Approve and book" not in warehouse.get(sheet).text
    assert warehouse.post(f"{sheet}/approve").status_code == 403
    finance = market.sign_in(browser, market.bolt, "supplier_finance")
    assert "To be approved" in finance.get("/counts/?view=approve").text
    assert "Approve and book" in finance.get(sheet).text
    assert finance.post(f"{sheet}/approve").status_code == 303
    with market.bolt.reading("warehouse"):
        assert shelf(product_id).on_hand == 80


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"first": "Z-9"}, "first"),
        ({"idle_days": "0"}, "idle_days"),
        ({"letter": "X"}, "letter"),
        ({"warehouse_id": ""}, "warehouse_id"),
    ],
)
def test_a_count_of_nothing_is_asked_again(
    warehouse: FlaskClient, market: Cast, typed: dict[str, str], field: str
) -> None:
    a_stocked_product(market.bolt)
    with market.bolt.reading("warehouse"):
        place = main_warehouse()
    answer = warehouse.post("/counts/new", data={"warehouse_id": str(place.id), **typed})
    assert answer.status_code == 422
    assert f"{field}-wrong" in answer.text


def test_every_page_of_another_sellers_count_is_not_there(browser: FlaskClient, market: Cast) -> None:
    a_stocked_product(market.bolt)
    sheet = begun(market, market.sign_in(browser, market.bolt, "warehouse"))
    market.sign_in(browser, market.pry, "warehouse")
    assert browser.get(sheet).status_code == 404
    for deed in ("hand-in", "drop"):
        assert browser.post(f"{sheet}/{deed}").status_code == 404
