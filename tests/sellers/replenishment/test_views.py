"""Does the warehouse see what is to come, what to order, and where things lie best?"""

from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from marketplace.foundation import clock
from marketplace.sellers.replenishment.actions import set_reorder
from marketplace.sellers.warehouses.queries import main_warehouse
from tests.cast import Cast
from tests.factories.stock import a_policy, a_stocked_product, an_arrival, some_bins
from tests.house.test_statements import counting

SOON = clock.today() + timedelta(days=5)


@pytest.fixture
def warehouse(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.bolt, "warehouse")


@pytest.mark.parametrize(("language", "word"), [("en", "Still to come"), ("fr", "Reste à venir")])
def test_what_is_expected_is_written_changed_and_taken_in(
    warehouse: FlaskClient, market: Cast, language: str, word: str
) -> None:
    product_id = a_stocked_product(market.bolt, stock="1")
    with market.bolt.reading("warehouse"):
        place = main_warehouse()
    warehouse.set_cookie("language", language)
    typed = {
        "quantity": "10",
        "expected_on": SOON.isoformat(),
        "warehouse_id": str(place.id),
        "reference": "C-1",
    }
    address = f"/replenishment/products/{product_id}/expect"
    assert warehouse.get(address).status_code == 200
    assert warehouse.post(address, data={**typed, "expected_on": "2020-01-01"}).status_code == 422
    assert warehouse.post(address, data={**typed, "quantity": "0"}).status_code == 422
    assert warehouse.post(address, data=typed).status_code == 303
    page = warehouse.get("/replenishment/arrivals").text
    assert word in page
    assert "C-1" in page
    arrival = page.partition("/replenishment/arrivals/")[2].partition("/")[0]
    assert warehouse.get(f"/replenishment/arrivals/{arrival}").status_code == 200
    changed = warehouse.post(f"/replenishment/arrivals/{arrival}", data={**typed, "quantity": "12"})
    assert changed.status_code == 303
    assert "12" in warehouse.get(f"/stock/{product_id}/outlook").text
    assert warehouse.get(f"/replenishment/arrivals/{arrival}/take-in").status_code == 200
    taken = warehouse.post(
        f"/replenishment/arrivals/{arrival}/take-in", data={"quantity": "11", "is_last": "y"}
    )
    assert taken.status_code == 303
    assert warehouse.post(f"/replenishment/arrivals/{arrival}/cancel").status_code == 409
    assert "C-1" in warehouse.get("/replenishment/arrivals?view=done").text


def test_low_proposes_what_to_order_and_where(warehouse: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="3", sku="LOW-1")
    with market.bolt.reading("warehouse"):
        place = main_warehouse()
    assert "LOW-1" not in warehouse.get("/replenishment/").text
    rule = f"/replenishment/products/{product_id}/{place.id}"
    assert warehouse.get(rule).status_code == 200
    assert warehouse.post(rule, data={"reorder_point": "5", "reorder_up_to": "5"}).status_code == 409
    assert warehouse.post(rule, data={"reorder_point": "5", "reorder_up_to": "20"}).status_code == 303
    assert "LOW-1" in warehouse.get("/replenishment/").text
    assert warehouse.get(f"/replenishment/products/{product_id}").status_code == 200
    form = warehouse.get(f"/replenishment/products/{product_id}/expect?warehouse={place.id}").text
    assert 'value="17"' in form


@pytest.mark.parametrize(
    "address", ["/replenishment/", "/replenishment/arrivals", "/replenishment/classes", "/stock/", "/counts/"]
)
def test_a_list_asks_the_database_as_often_for_many_rows(
    warehouse: FlaskClient, market: Cast, address: str
) -> None:
    asked = []
    for number in (1, 3):
        for _ in range(number):
            product_id = a_stocked_product(market.bolt, stock="3")
            an_arrival(market.bolt, product_id, "4", SOON)
            with market.bolt.at_work("warehouse"):
                values = {"reorder_point": Decimal(50), "reorder_up_to": Decimal(60)}
                set_reorder(product_id=product_id, warehouse_id=main_warehouse().id, **values)
        warehouse.get(address)
        with counting() as sent:
            assert warehouse.get(address).status_code == 200
        asked.append(sent)
    assert len(asked[0]) == len(asked[1]), asked


def test_places_shows_the_way_through_each_warehouse(warehouse: FlaskClient, market: Cast) -> None:
    assert warehouse.get("/replenishment/placement").status_code == 200
    some_bins(market.bolt, "A-1", warehouse="N")
    some_bins(market.bolt, "B-1", warehouse="S", position=2)
    page = warehouse.get("/replenishment/placement").text
    assert "Entrepôt S" in page


def test_buyers_see_what_the_seller_shows(browser: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="5")
    an_arrival(market.bolt, product_id, "30", SOON)
    market.sign_in(browser, market.acme, "requester")
    day = f"{SOON.day} {SOON:%b %Y}"
    assert "5 in stock" in browser.get(f"/shop/{product_id}").text
    page = browser.get(f"/shop/{product_id}?quantity=20").text
    assert "only 5 now" in page
    assert f"available from {day}" in page
    browser.post("/requisitions/cart/lines", data={"product_id": str(product_id), "quantity": "20"})
    assert f"available from {day}" in browser.get("/requisitions/cart").text
    a_policy(market.bolt, shows="availability")
    page = browser.get(f"/shop/{product_id}?quantity=20").text
    assert "only 5 now" not in page
    assert f"available from {day}" in page
    a_policy(market.bolt, shows="nothing")
    assert "stock on request" in browser.get(f"/shop/{product_id}?quantity=20").text


def test_policy_is_written_by_sales_and_by_finance_each_its_own(browser: FlaskClient, market: Cast) -> None:
    shows, limit = (
        ("/stock/policy/shows", {"shows": "availability"}),
        ("/stock/policy/limit", {"count_limit": "100"}),
    )
    for role, allowed in (("sales_desk", (shows,)), ("supplier_finance", (limit,)), ("warehouse", ())):
        market.sign_in(browser, market.bolt, role)
        assert browser.get("/stock/policy").status_code == 200
        for address, typed in (shows, limit):
            expected = 303 if (address, typed) in allowed else 403
            assert browser.post(address, data=typed).status_code == expected
    market.sign_in(browser, market.bolt, "supplier_finance")
    assert browser.post("/stock/policy/limit", data={"count_limit": "-1"}).status_code == 422
    assert 'value="100"' in browser.get("/stock/policy").text


def test_every_page_of_another_seller_is_not_there(browser: FlaskClient, market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    arrival_id = an_arrival(market.bolt, product_id, "3", SOON)
    market.sign_in(browser, market.pry, "warehouse")
    for address in (
        f"/replenishment/products/{product_id}",
        f"/replenishment/products/{product_id}/expect",
        f"/replenishment/arrivals/{arrival_id}",
        f"/replenishment/arrivals/{arrival_id}/take-in",
        f"/stock/{product_id}/outlook",
    ):
        assert browser.get(address).status_code == 404
