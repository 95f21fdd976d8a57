"""Is a buyer told what they buy without a contract and could have for less under one, and nothing else?"""

from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from marketplace.buyers.requisitions.queries import last_bought
from marketplace.buyers.shopping.savings import MOST, cheaper_under_contract
from marketplace.foundation import clock
from tests.cast import Cast
from tests.factories.agreements import an_agreement
from tests.factories.catalogue import a_product
from tests.factories.orders import placed_orders
from tests.factories.statements import counting

pytestmark = pytest.mark.usefixtures("speaking")
PART = {"maker": "Kerdrel", "maker_part_number": "K-1"}


def found(market: Cast) -> list[tuple[str, str, str]]:
    """SKU that was bought, SKU under contract, and the part that is saved."""
    with market.acme.reading("requester"):
        return [
            (pair.bought.offer.product.sku, pair.agreed.offer.product.sku, f"{pair.saved:.2f}")
            for pair in cheaper_under_contract()
        ]


def a_saving(market: Cast, agreed: str = "7") -> None:
    """Acme has bought of Bolt at 10 what Crown sells it for `agreed` under contract, in packs of five."""
    bought = a_product(market.bolt, sku="B-1", price="10", stock=100, **PART)
    a_product(market.crown, sku="C-1", price="60", unit_code="PK", pack_size=Decimal(5), **PART)
    market.run_jobs()
    placed_orders(market.acme, {bought: "5"})
    an_agreement(market, market.acme, market.crown, {"C-1": str(Decimal(agreed) * 5)})


def test_what_was_bought_for_more_is_shown_beside_the_contract(market: Cast) -> None:
    a_saving(market)
    assert found(market) == [("B-1", "C-1", "0.30")]


def test_what_costs_the_same_is_left_out(market: Cast) -> None:
    a_saving(market, agreed="10")
    assert found(market) == []


def test_what_was_bought_before_is_not_looked_at(market: Cast) -> None:
    a_saving(market)
    with market.acme.reading("requester"):
        assert list(last_bought(clock.now() - timedelta(days=1), MOST).values()) == [5]
        assert last_bought(clock.now(), MOST) == {}


def test_a_lower_price_without_a_contract_is_no_saving(market: Cast) -> None:
    bought = a_product(market.bolt, sku="B-1", price="10", stock=100, **PART)
    a_product(market.crown, sku="C-1", price="5", **PART)
    market.run_jobs()
    placed_orders(market.acme, {bought: "5"})
    assert found(market) == []


def test_what_others_have_bought_or_agreed_is_theirs(market: Cast) -> None:
    a_saving(market)
    with market.nosy.reading("requester"):
        assert cheaper_under_contract() == []


def test_the_page_shows_it_in_a_fixed_number_of_statements(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert "Nothing costs less under contract" in browser.get("/shop/savings").text
    a_saving(market)
    assert "/shop/savings" in browser.get("/shop/").text
    with counting() as statements:
        page = browser.get("/shop/savings").text
    assert "30%" in page
    assert "Crown Outillage" in page
    assert len(statements) <= 18
