"""Is the whole cart compared with what others offer, and taken from them as it was shown?"""

from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.buyers.requisitions.queries import lines_of, my_cart
from marketplace.buyers.shopping.baskets import baskets, demands, take_basket
from marketplace.foundation.errors import Conflict
from tests.cast import Cast, Party
from tests.factories.agreements import an_agreement
from tests.factories.catalogue import a_product
from tests.factories.requisitions import a_cart
from tests.factories.statements import counting

pytestmark = pytest.mark.usefixtures("speaking")


def offered(party: Party, number: int, price: str, **others: object) -> UUID:
    """An offer of the item of that number."""
    part = {"maker": "Kerdrel", "maker_part_number": f"K-{number}"}
    return a_product(party, sku=f"{party.name[0]}-{number}", price=price, **part, **others)


@pytest.fixture
def three_items(market: Cast) -> list[UUID]:
    """Bolt sells all three; Crown the first two for less, and the first in boxes of 25; Pry the third for less."""
    own = [offered(market.bolt, number, "10") for number in (1, 2, 3)]
    offered(market.crown, 1, "200", unit_code="BX", pack_size=Decimal(25))
    offered(market.crown, 2, "6")
    offered(market.pry, 3, "9", lead_time_days=20)
    market.run_jobs()
    return own


def found(market: Cast) -> list[tuple[list[str], int, str, str]]:
    """Suppliers, lines covered, total and what is saved, of each choice."""
    with market.acme.reading("requester"):
        return [
            (
                [name[:4] for name in one.sellers],
                len(one.covered),
                str(one.total.amount),
                str(one.saved.amount),
            )
            for one in baskets(demands())
        ]


def test_one_supplier_two_and_three(market: Cast, three_items: list[UUID]) -> None:
    a_cart(market.acme, [(three_items[0], 30), (three_items[1], 1), (three_items[2], 1)])
    assert found(market) == [
        (["Bolt"], 3, "320.00", "0.00"),
        (["Bolt", "Crow"], 3, "316.00", "4.00"),
        (["Bolt", "Crow", "Pry "], 3, "315.00", "5.00"),
    ]


def test_what_is_asked_for_is_covered_in_the_packs_of_each(market: Cast, three_items: list[UUID]) -> None:
    a_cart(market.acme, [(three_items[0], 45)])
    assert found(market) == [(["Crow"], 1, "400.00", "50.00")]


def test_two_offers_of_one_item_are_one_demand(market: Cast, three_items: list[UUID]) -> None:
    box = offered(market.pry, 1, "7.50")
    market.run_jobs()
    a_cart(market.acme, [(three_items[0], 10), (box, 10)])
    assert found(market) == [(["Pry "], 1, "150.00", "25.00")]


def test_agreed_prices_count_and_what_cannot_be_had_does_not(market: Cast, three_items: list[UUID]) -> None:
    an_agreement(market, market.acme, market.pry, {"P-3": "5"})
    offered(market.crown, 3, "1", stock=0)
    a_product(market.crown, sku="CHF", price="1", currency="CHF", maker="Kerdrel", maker_part_number="K-3")
    market.run_jobs()
    a_cart(market.acme, [(three_items[2], 1)])
    assert found(market) == [(["Pry "], 1, "5.00", "5.00")]


def test_what_only_others_see_is_not_compared(market: Cast, three_items: list[UUID]) -> None:
    offered(market.crown, 3, "1", visible_to_id=market.nosy.id)
    market.run_jobs()
    a_cart(market.acme, [(three_items[2], 1)])
    assert found(market) == [(["Pry "], 1, "9.00", "1.00")]


def test_take_puts_the_offers_in_the_place_of_what_they_cover(market: Cast, three_items: list[UUID]) -> None:
    alone = a_product(market.bolt, sku="ALONE", price="3")
    a_cart(market.acme, [(three_items[0], 30), (alone, 2), (three_items[1], 1)])
    with market.acme.at_work("requester"):
        chosen = {offer.product.id for _, offer in baskets(demands())[-1].covered}
        take_basket(product_ids=chosen)
    with market.acme.reading("requester"):
        lines = lines_of(my_cart().id)
        assert [(row.position, row.sku, row.quantity) for row in lines] == [
            (1, "B-1", 30),
            (2, "ALONE", 2),
            (3, "C-2", 1),
        ]
        assert my_cart().total.amount == 312
    with market.acme.at_work("requester"):
        take_basket(product_ids=chosen)
    with market.acme.reading("requester"):
        assert [row.sku for row in lines_of(my_cart().id)] == ["B-1", "ALONE", "C-2"]


def test_take_what_is_not_offered_changes_nothing(market: Cast, three_items: list[UUID]) -> None:
    a_cart(market.acme, [(three_items[1], 1)])
    for chosen in ([three_items[2]], []):
        with market.acme.at_work("requester"), pytest.raises(Conflict):
            take_basket(product_ids=chosen)


def test_statements_do_not_grow_with_the_cart(market: Cast) -> None:
    centre_id = a_cart(market.acme, [(offered(market.bolt, 1, "10"), 1)]).cost_centre_id
    offered(market.crown, 1, "9")
    market.run_jobs()
    with market.acme.reading("requester"), counting() as few:
        baskets(demands())
    more = [(offered(market.bolt, number, "10"), 1) for number in range(2, 12)]
    for number in range(2, 12):
        offered(market.crown, number, "9")
    market.run_jobs()
    a_cart(market.acme, more, cost_centre_id=centre_id)
    with market.acme.reading("requester"), counting() as many:
        assert len(baskets(demands())) == 1
    assert len(many) == len(few) <= 16


def test_the_page_shows_the_choices_and_takes_one(
    browser: FlaskClient, market: Cast, three_items: list[UUID]
) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert "Nobody else offers the same" in browser.get("/shop/basket").text
    a_cart(market.acme, [(three_items[0], 30), (three_items[1], 1), (three_items[2], 1)])
    assert "/shop/basket" in browser.get("/requisitions/cart").text
    page = browser.get("/shop/basket?suppliers=2").text
    assert "3 suppliers" in page
    assert "€316.00" in page
    assert "already" in browser.get("/shop/basket?suppliers=1").text
    sent = page.partition('name="product" value="')[2].partition('"')[0]
    assert browser.post("/shop/basket", data={"product": sent}).status_code == 303
    assert browser.post("/shop/basket", data={"product": str(market.acme.id)}).status_code == 409
    for number in ("x", "0", "99", "-1"):
        assert browser.get(f"/shop/basket?suppliers={number}").status_code == 200
