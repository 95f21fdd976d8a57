"""Is what somebody is typing completed, by what they may see alone?"""

import pytest
from flask.testing import FlaskClient

from marketplace.buyers.shopping.suggesting import Suggestions, suggestions
from tests.cast import Cast, Party
from tests.factories.catalogue import a_product


def suggested(party: Party, typed: str) -> Suggestions:
    with party.reading("requester"):
        return suggestions(typed)


@pytest.fixture
def shop(market: Cast) -> Cast:
    a_product(market.bolt, sku="000451-7", name="Perceuse visseuse 18 V", cpv_code="42000000")
    a_product(market.bolt, sku="P-2", name="Perforateur", cpv_code="42000000")
    a_product(market.crown, sku="C-1", name="Câble souple", cpv_code="31000000")
    a_product(
        market.crown, sku="X-1", name="Zorglub secret", cpv_code="38000000", visible_to_id=market.nosy.id
    )
    market.run_jobs()
    return market


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("per", {"Perceuse visseuse 18 V", "Perforateur"}),
        ("PERC", {"Perceuse visseuse 18 V"}),
        ("perceuse viss", {"Perceuse visseuse 18 V"}),
        ("cab", {"Câble souple"}),
        ("câb", {"Câble souple"}),
        ("451", {"Perceuse visseuse 18 V"}),
        ("000451-", {"Perceuse visseuse 18 V"}),
        ("p", set()),
        ("%", set()),
        ("\x00~", set()),
        ("zzz", set()),
    ],
)
def test_products_that_go_on_as_it_was_typed_are_suggested(shop: Cast, typed: str, names: set[str]) -> None:
    assert {product.name for product in suggested(shop.acme, typed).products} == names


def test_categories_and_suppliers_with_a_word_that_begins_so_are_suggested(shop: Cast) -> None:
    assert [row.code for row in suggested(shop.acme, "machines ind").categories] == ["42000000"]
    assert [name for _id, name in suggested(shop.acme, "fourn").suppliers] == ["Bolt Fournitures"]
    assert suggested(shop.acme, "%").suppliers == []


def test_nothing_is_suggested_of_what_is_for_another(shop: Cast) -> None:
    for typed in ("zorg", "zorglub secret", "X-1", "X-1 "):
        assert "X-1" not in {product.sku for product in suggested(shop.acme, typed).products}
    assert suggested(shop.nosy, "zorg").products[0].name == "Zorglub secret"
    assert suggested(shop.acme, "laborat").categories == []
    assert [row.code for row in suggested(shop.nosy, "laborat").categories] == ["38000000"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_offers_them_and_answers_without_scripts(
    browser: FlaskClient, shop: Cast, language: str
) -> None:
    shop.sign_in(browser, shop.acme, "requester").set_cookie("language", language)
    assert "Perforateur" in browser.get("/shop/suggestions?q=perf").text
    assert "suggestions" not in browser.get("/shop/suggestions?q=").text
    page = browser.get("/shop/?q=per&order=name&in_stock=1").text
    assert 'action="/shop/"' in page
    assert 'name="in_stock" value="1"' in page
