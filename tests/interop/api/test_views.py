"""Does a program with a key read what its organisation may see, page by page, and nothing without one?"""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.identity.access.keys import api_keys, revoke_api_key
from tests.cast import Cast, Party
from tests.factories.attributes import an_attribute
from tests.factories.catalogue import a_product
from tests.factories.facts import PAINT, specified
from tests.factories.identity import a_key
from tests.factories.orders import a_placed_order


class Program:
    """A program that comes with a key, or without one."""

    def __init__(self, browser: FlaskClient, key: str | None = None) -> None:
        self.browser = browser
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, address: str, status: int = 200) -> Any:
        """The JSON that is answered, with the status that is expected."""
        answer = self.browser.get(address, headers=self.headers)
        assert answer.status_code == status, answer.text
        assert answer.mimetype == ("application/json" if status < 400 else "application/problem+json")
        return answer.get_json()


def program(browser: FlaskClient, party: Party, role: str = "administrator") -> Program:
    return Program(browser, a_key(party, role))


def test_me_says_for_whom_and_with_what_rights_the_key_acts(browser: FlaskClient, market: Cast) -> None:
    said = program(browser, market.acme, "requester").get("/api/me")
    assert said["organisation"] == {"id": str(market.acme.id), "name": "Acme Industrie"}
    assert said["key"] == "ERP"
    assert "order:read" in said["permissions"]
    assert "people:manage" not in said["permissions"]


@pytest.mark.parametrize("address", ["/api/me", "/api/orders", "/api/products"])
def test_without_a_key_a_program_is_told_401_even_beside_a_sign_in(
    browser: FlaskClient, market: Cast, address: str
) -> None:
    assert Program(browser).get(address, 401)["status"] == 401
    market.sign_in(browser, market.acme, "requester")
    assert Program(browser).get(address, 401)["status"] == 401
    assert Program(browser, "mkp_wrong").get(address, 401)["status"] == 401


def test_with_a_revoked_key_a_program_is_told_401(browser: FlaskClient, market: Cast) -> None:
    acme = program(browser, market.acme)
    with market.acme.at_work("administrator"):
        revoke_api_key(key_id=api_keys()[0].id)
    acme.get("/api/me", 401)


def test_an_address_that_does_not_exist_is_a_problem_in_json(browser: FlaskClient, market: Cast) -> None:
    assert program(browser, market.acme).get("/api/nothing", 404)["status"] == 404


def test_orders_are_read_by_both_parties_and_by_nobody_else(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market, "3")
    for party in (market.acme, market.bolt):
        [found] = program(browser, party).get("/api/orders")["data"]
        assert (found["id"], found["state"]) == (str(placed.id), "placed")
        assert found["total"] == {"amount": "30", "currency": "EUR"}
        assert (found["buyer"]["name"], found["seller"]["name"]) == ("Acme Industrie", "Bolt Fournitures")
    assert program(browser, market.nosy).get("/api/orders") == {"data": [], "next": None}


def test_order_has_its_lines_and_is_not_found_by_strangers(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market, "3", "2")
    found = program(browser, market.acme).get(f"/api/orders/{placed.id}")
    assert [(line["position"], line["quantity"], line["shipped"]) for line in found["lines"]] == [
        (1, "3", "0"),
        (2, "2", "0"),
    ]
    assert found["lines"][0]["line_total"] == {"amount": "30", "currency": "EUR"}
    program(browser, market.nosy).get(f"/api/orders/{placed.id}", 404)
    program(browser, market.acme).get(f"/api/orders/{UUID(int=0)}", 404)
    program(browser, market.acme).get("/api/orders/nonsense", 404)


def test_products_are_read_page_by_page_without_a_gap(browser: FlaskClient, market: Cast) -> None:
    for number in range(32):
        a_product(market.bolt, sku=f"P-{number:02}", price="2.50")
    acme = program(browser, market.acme)
    first = acme.get("/api/products")
    assert len(first["data"]) == 30
    second = acme.get(first["next"])
    assert second["next"] is None
    read = [product["sku"] for product in first["data"] + second["data"]]
    assert read == [f"P-{number:02}" for number in reversed(range(32))]
    assert first["data"][0]["price"] == {"amount": "2.5", "currency": "EUR"}


def test_products_of_a_draft_or_for_another_buyer_are_not_read(browser: FlaskClient, market: Cast) -> None:
    a_product(market.bolt, sku="DRAFT", is_published=False)
    a_product(market.bolt, sku="ACME", visible_to_id=market.acme.id)
    assert [p["sku"] for p in program(browser, market.acme).get("/api/products")["data"]] == ["ACME"]
    assert program(browser, market.nosy).get("/api/products")["data"] == []


def test_products_say_what_they_are(browser: FlaskClient, market: Cast) -> None:
    an_attribute(market, "weight", "number")
    paint = a_product(market.bolt, sku="PAINT")
    a_product(market.bolt, sku="PLAIN")
    specified(market.bolt, paint, attribute_weight=Decimal("2.50"), **PAINT)
    acme = program(browser, market.acme)
    plain, read = acme.get("/api/products")["data"]
    assert plain["properties"] == {}
    assert read["properties"] == {"attribute_weight": "2.5", **PAINT}
    assert acme.get(f"/api/products/{paint}")["properties"] == read["properties"]


def test_products_are_found_by_what_is_asked(browser: FlaskClient, market: Cast) -> None:
    a_product(market.bolt, sku="HOSE-1", name="Hydraulic hose", tiers={100: "8"})
    a_product(market.bolt, sku="GLOVE-1", name="Safety gloves")
    market.run_jobs()
    acme = program(browser, market.acme)
    [found] = acme.get("/api/products?q=hose")["data"]
    assert found["sku"] == "HOSE-1"
    assert found["tiers"] == [{"from": "100", "price": {"amount": "8", "currency": "EUR"}}]
    assert acme.get("/api/products?q=hose&certificate=FSC&days=x")["data"] == []
    assert acme.get("/api/products?category=31&order=name&in_stock=")["data"] == []
    assert [p["sku"] for p in acme.get("/api/products?order=name")["data"]] == ["HOSE-1", "GLOVE-1"]
    assert acme.get("/api/products?q=hose&skipped=30") == {"data": [], "next": None}
    assert acme.get(f"/api/products?q={'hose%00+' * 20}")["data"] == [found]
    assert acme.get(f"/api/products?q={'?' * 200}+hose") == {"data": [], "next": None}


@pytest.mark.parametrize(
    "address",
    [
        "products?q=x&skipped=-1",
        "products?q=x&skipped=9999",
        f"products?q=x&skipped={'9' * 5000}",
        "orders?after=x",
    ],
)
def test_a_page_that_does_not_exist_is_refused(browser: FlaskClient, market: Cast, address: str) -> None:
    assert program(browser, market.acme).get(f"/api/{address}", 422)["status"] == 422


def test_programs_only_read(browser: FlaskClient, market: Cast) -> None:
    headers = program(browser, market.acme).headers
    assert browser.post("/api/orders", headers=headers).status_code == 405
