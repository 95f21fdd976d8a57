"""Does a buyer find, compare and take what the market offers?"""

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.buyers.requisitions.models import RequisitionLine
from marketplace.sellers.catalogue.actions import change_picture, show_to, withdraw_product
from tests.cast import Cast
from tests.factories.catalogue import a_picture, a_product
from tests.factories.statements import counting

GTIN = "4006381333931"


@pytest.fixture
def requester(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.acme, "requester")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_answers_in_both_languages(requester: FlaskClient, market: Cast, language: str) -> None:
    product_id = a_product(market.bolt, name="Perceuse", tiers={10: "9"}, gtin=GTIN)
    market.run_jobs()
    requester.set_cookie("language", language)
    for address in (
        "/shop/",
        "/shop/?q=perceuse",
        "/shop/?q=percuse",
        "/shop/?q=zzzz",
        f"/shop/{product_id}",
    ):
        assert requester.get(address).status_code == 200, address


QUERIES = ("", "q=vis", "q=vis&price=0", "category=31", "price=0", "category=99")


def test_search_takes_as_many_statements_for_thirty_results_as_for_three(
    requester: FlaskClient, market: Cast
) -> None:
    a_shelf(market, range(3))
    for query in QUERIES:
        requester.get(f"/shop/?{query}")
    for_three = [statements(requester, query) for query in QUERIES]
    a_shelf(market, range(3, 31), tiers={10: "4"})
    for_thirty = [statements(requester, query) for query in QUERIES]
    assert for_thirty == for_three
    assert max(for_three) <= 14


def a_shelf(market: Cast, numbers: range, **details: Any) -> None:
    for number in numbers:
        a_product(market.bolt, sku=f"V-{number}", name="Vis inox", price="5", **details)
    market.run_jobs()


def statements(requester: FlaskClient, query: str) -> int:
    with counting() as counted:
        requester.get(f"/shop/?{query}")
    return len(counted)


def test_search_without_words_pages_through_the_shelf(requester: FlaskClient, market: Cast) -> None:
    for number in range(31):
        a_product(market.bolt, sku=f"V-{number:02}", name=f"Vis numero {number:02}")
    first = requester.get("/shop/")
    assert "Vis numero 30" in first.text
    assert "Vis numero 00" not in first.text
    address = first.text.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert "Vis numero 00" in requester.get(address).text


def test_search_with_words_pages_through_the_answers(requester: FlaskClient, market: Cast) -> None:
    for number in range(31):
        a_product(market.bolt, sku=f"V-{number:02}", name="Vis inox")
    market.run_jobs()
    assert requester.get("/shop/?q=vis").text.count("/add") == 30
    assert requester.get("/shop/?q=vis&page=1").text.count("/add") == 1


@pytest.mark.parametrize(
    "query",
    [
        "page=x",
        "page=-1",
        "page=99999",
        "supplier=x",
        "category=x%00",
        "price=99",
        "after=x",
        "q=%00",
        "q=" + "x" * 5000,
    ],
)
def test_search_with_nonsense_in_its_address_answers(
    requester: FlaskClient, market: Cast, query: str
) -> None:
    a_product(market.bolt)
    assert requester.get(f"/shop/?{query}").status_code == 200


def test_search_never_shows_what_is_meant_for_another(requester: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, sku="SECRET-1", name="Perceuse secrete", gtin=GTIN)
    a_product(market.crown, sku="OPEN-1", name="Perceuse", gtin=GTIN)
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.nosy.id)
    market.run_jobs()
    for query in ("", "q=perceuse", f"q={GTIN}", "q=SECRET-1", f"supplier={market.bolt.id}"):
        assert "secrete" not in requester.get(f"/shop/?{query}").text
    assert requester.get(f"/shop/{product_id}").status_code == 404


def test_product_shows_why_its_price_for_the_quantity_asked(requester: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, price="10", tiers={10: "9"})
    assert "€10.00" in requester.get(f"/shop/{product_id}").text
    asked = requester.get(f"/shop/{product_id}?quantity=20").text
    assert "€9.00" in asked
    assert "€180.00" in asked
    assert requester.get(f"/shop/{product_id}?quantity=many").status_code == 200


def test_product_shows_the_same_from_others_the_cheapest_piece_first(
    requester: FlaskClient, market: Cast
) -> None:
    number = {"maker": "Bosch", "maker_part_number": "06019-H52"}
    product_id = a_product(market.bolt, sku="B", price="10", **number)
    a_product(market.crown, sku="DEAR", price="12", maker="BOSCH", maker_part_number="06019H52")
    a_product(market.pry, sku="PACKED", price="100", pack_size=Decimal(20), **number)
    a_product(market.pry, sku="OTHER", price="1", maker="Makita", maker_part_number="06019H52")
    market.run_jobs()
    text = requester.get(f"/shop/{product_id}").text
    assert 0 < text.index("PACKED") < text.index("DEAR")
    assert "OTHER" not in text


def test_product_and_results_say_how_many_suppliers_offer_the_same(
    requester: FlaskClient, market: Cast
) -> None:
    number = {"name": "Perceuse", "maker": "Bosch", "maker_part_number": "06019-H52"}
    product_id = a_product(market.bolt, sku="B", **number)
    a_product(market.crown, sku="C", **number)
    a_product(market.pry, sku="P", visible_to_id=market.nosy.id, **number)
    market.run_jobs()
    page = requester.get(f"/shop/{product_id}").text
    assert "Offered by 2 suppliers" in page
    assert page.count(">this offer<") == 1
    assert requester.get("/shop/?q=perceuse").text.count("also from 1 other supplier") == 2
    assert requester.get("/shop/").text.count("also from 1 other supplier") == 2


def test_product_that_is_withdrawn_is_no_longer_there(requester: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=product_id)
    assert requester.get(f"/shop/{product_id}").status_code == 404


def test_product_with_a_picture_shows_it(requester: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, name="Perceuse")
    with market.bolt.at_work("sales_desk"):
        file_id = change_picture(product_id=product_id, picture=a_picture()).image_file_id
    market.run_jobs()
    address = f"/catalogue/{product_id}/image/{file_id}"
    assert address in requester.get("/shop/?q=perceuse").text
    assert requester.get(address).mimetype == "image/webp"


def test_product_shows_its_stock(requester: FlaskClient, market: Cast) -> None:
    some, none = a_product(market.bolt, sku="S", stock=7), a_product(market.bolt, sku="N", stock=0)
    assert "7 in stock" in requester.get(f"/shop/{some}").text
    assert "sold out" in requester.get(f"/shop/{none}").text


def test_add_puts_it_into_the_cart_and_goes_back_to_the_search(requester: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    answer = requester.post(f"/shop/{product_id}/add", data={"quantity": "3", "query": "q=vis&page=1"})
    assert answer.location == "/shop/?q=vis&page=1"
    with market.acme.reading("requester") as work:
        assert work.scalars(select(RequisitionLine)).one().quantity == 3


def test_add_of_an_impossible_quantity_says_why(requester: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, minimum_quantity=Decimal(10), step_quantity=Decimal(5))
    for typed, words in (
        ("3", "At least 10"),
        ("12", "steps of 5"),
        ("x", "not a number"),
        ("", "fill this in"),
    ):
        answer = requester.post(f"/shop/{product_id}/add", data={"quantity": typed})
        assert answer.status_code == 422
        assert words in answer.text


def test_add_by_a_role_without_the_right_is_refused(browser: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    market.sign_in(browser, market.acme, "receiver")
    assert "/add" not in browser.get("/shop/").text
    assert browser.post(f"/shop/{product_id}/add", data={"quantity": "1"}).status_code == 403
