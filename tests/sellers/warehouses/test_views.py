"""Does the warehouse see and change the places where goods lie?"""

import pytest
from flask.testing import FlaskClient

from marketplace.sellers.warehouses.queries import main_warehouse
from tests.cast import Cast
from tests.factories.stock import a_stocked_product, some_bins


@pytest.fixture
def warehouse(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.bolt, "warehouse")


@pytest.mark.parametrize(("language", "word"), [("en", "Add bins"), ("fr", "Ajouter des emplacements")])
def test_a_new_warehouse_gets_its_bins(
    warehouse: FlaskClient, market: Cast, language: str, word: str
) -> None:
    warehouse.set_cookie("language", language)
    assert warehouse.get("/warehouses/").status_code == 200
    typed = {"code": "lyo", "name": "Lyon", "site_id": str(market.bolt.sites[0]), "position": "1"}
    answer = warehouse.post("/warehouses/new", data=typed)
    assert answer.status_code == 303
    assert word in warehouse.get(answer.location).text
    added = warehouse.post(f"{answer.location}/bins", data={"first": "A-1", "last": "A-12"})
    assert added.status_code == 303
    page = warehouse.get(answer.location).text
    assert page.index(">A-2<") < page.index(">A-10<")
    assert "69002 Lyon" in page


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"code": "", "name": "x", "position": "1"}, 422),
        ({"code": "N", "name": "twice", "position": "1"}, 409),
        ({"code": "NN", "name": "x", "position": "0"}, 422),
        ({"code": "NN", "name": "x" * 121, "position": "1"}, 422),
    ],
)
def test_a_wrong_warehouse_is_asked_again(
    warehouse: FlaskClient, market: Cast, typed: dict[str, str], status: int
) -> None:
    some_bins(market.bolt, "A-1")
    answer = warehouse.post("/warehouses/new", data=typed)
    assert answer.status_code == status
    assert f'value="{typed["name"][:20]}' in answer.text


def test_a_series_that_is_none_is_asked_again(warehouse: FlaskClient, market: Cast) -> None:
    place = warehouse.post("/warehouses/new", data={"code": "N", "name": "Nord", "position": "1"}).location
    answer = warehouse.post(f"{place}/bins", data={"first": "A-1", "last": "B-2"})
    assert answer.status_code == 422
    assert "last-wrong" in answer.text


def test_close_what_is_not_empty_says_so(warehouse: FlaskClient, market: Cast) -> None:
    a_stocked_product(market.bolt, stock="3")
    with market.bolt.reading("warehouse"):
        place = main_warehouse()
    answer = warehouse.post(f"/warehouses/{place.id}/close")
    assert answer.status_code == 409
    assert "Goods lie there" in answer.text


def test_every_page_of_another_sellers_warehouse_is_not_there(browser: FlaskClient, market: Cast) -> None:
    bins = some_bins(market.bolt, "A-1")
    market.sign_in(browser, market.pry, "warehouse")
    assert browser.get(f"/stock/bins/{bins['A-1']}").status_code == 404
    assert browser.post(f"/warehouses/bins/{bins['A-1']}/close").status_code == 404


def test_sales_reads_and_does_not_write(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.bolt, "sales_desk")
    assert browser.get("/warehouses/").status_code == 200
    assert browser.get("/warehouses/new").status_code == 403
    market.sign_in(browser, market.acme, "requester")
    assert browser.get("/warehouses/").status_code == 403
