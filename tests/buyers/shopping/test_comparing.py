"""Is what comes in different packages compared by what is in them, and what nobody may see left out?"""

from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import given, strategies as st

from marketplace.buyers.shopping.comparing import MOST, quantity_for, side_by_side
from marketplace.foundation.quantity import UNITS, base_content
from marketplace.sellers.catalogue.models import Product
from tests.cast import Cast
from tests.factories.agreements import an_agreement
from tests.factories.catalogue import a_product
from tests.factories.scorecards import some_scorecards

pytestmark = pytest.mark.usefixtures("speaking")


def compared(market: Cast, *product_ids: UUID, wanted: str | None = None) -> list[tuple[str, str, str, bool]]:
    """SKU, quantity to order, price per base unit, and whether it is the cheapest."""
    with market.acme.reading("requester"):
        rows = side_by_side(product_ids, Decimal(wanted) if wanted else None)
        return [
            (
                row.offer.product.sku,
                f"{row.offer.price.quantity.normalize():f}",
                f"{row.base_price.amount.normalize():f}",
                row.is_cheapest,
            )
            for row in rows
        ]


@pytest.mark.parametrize(
    ("unit", "content", "inner", "expected"),
    [
        ("C62", "1", "C62", ("1", "C62")),
        ("BX", "25", "C62", ("25", "C62")),
        ("BX", "50", "PR", ("50", "PR")),
        ("DZN", "1", "C62", ("12", "C62")),
        ("CA", "5", "LTR", ("5", "LTR")),
        ("BX", "450", "CLT", ("4.50", "LTR")),
        ("TNE", "1", "C62", ("1000", "KGM")),
        ("GRM", "1", "C62", ("0.001", "KGM")),
        ("PF", "40", "BX", ("40", "BX")),
    ],
)
def test_base_content_is_a_measure_or_what_a_package_holds(
    unit: str, content: str, inner: str, expected: tuple[str, str]
) -> None:
    assert base_content(unit, Decimal(content), inner) == (Decimal(expected[0]), expected[1])


def test_every_base_is_its_own() -> None:
    for unit in UNITS.values():
        assert unit.base is None or UNITS[unit.base][2:] == (unit.base, 1)


AMOUNTS = st.decimals("0.01", "10000", places=2)


@given(AMOUNTS, AMOUNTS, st.integers(1, 50), st.sampled_from(["C62", "BX", "KGM", "TNE"]))
def test_quantity_covers_what_is_wanted_and_no_step_more(
    wanted: Decimal, step: Decimal, least: int, unit: str
) -> None:
    sold = {"step_quantity": step, "minimum_quantity": least * step}
    row = Product(unit_code=unit, pack_size=Decimal(12), content_unit_code="C62", **sold)
    quantity, content = quantity_for(row, wanted), row.base_content[0]
    assert quantity % step == 0
    assert quantity * content >= wanted
    assert quantity == row.minimum_quantity or (quantity - step) * content < wanted


def test_a_box_and_single_pieces_are_compared_by_the_piece(market: Cast) -> None:
    single = a_product(market.bolt, sku="ONE", price="0.50", tiers={100: "0.35"})
    box = a_product(market.crown, sku="BOX", price="10", unit_code="BX", pack_size=Decimal(25))
    assert compared(market, single, box) == [("BOX", "1", "0.4", True), ("ONE", "1", "0.5", False)]
    assert compared(market, single, box, wanted="30") == [
        ("BOX", "2", "0.4", True),
        ("ONE", "30", "0.5", False),
    ]
    assert compared(market, single, box, wanted="110") == [
        ("ONE", "110", "0.35", True),
        ("BOX", "5", "0.4", False),
    ]


def test_the_contract_price_counts(market: Cast) -> None:
    dear, cheap = a_product(market.bolt, sku="A", price="10"), a_product(market.crown, sku="B", price="9")
    an_agreement(market, market.acme, market.bolt, {"A": "8"})
    assert [row[0] for row in compared(market, cheap, dear)] == ["A", "B"]


def test_kilograms_and_pieces_stand_by_themselves(market: Cast) -> None:
    bag = a_product(
        market.bolt, sku="BAG", price="3", unit_code="PK", pack_size=Decimal(2), content_unit_code="KGM"
    )
    loose = a_product(market.crown, sku="TON", price="1000", unit_code="TNE")
    piece = a_product(market.pry, sku="ONE", price="1")
    assert compared(market, bag, piece, loose) == [
        ("TON", "1", "1", True),
        ("BAG", "1", "1.5", False),
        ("ONE", "1", "1", False),
    ]


def test_what_is_secret_or_withdrawn_is_left_out_and_six_are_enough(market: Cast) -> None:
    secret = a_product(market.bolt, sku="S", visible_to_id=market.nosy.id)
    draft = a_product(market.bolt, sku="D", is_published=False)
    many = [a_product(market.crown, sku=f"M-{number}") for number in range(MOST + 2)]
    assert compared(market, secret, draft) == []
    assert len(compared(market, *many)) == MOST


def test_the_page_compares_and_leads_on(browser: FlaskClient, market: Cast) -> None:
    some_scorecards(market, market.acme, market.bolt)
    number = {"maker": "Kerdrel", "maker_part_number": "K-1"}
    one = a_product(market.bolt, sku="ONE", price="0.50", **number)
    a_product(market.crown, sku="BOX", price="10", unit_code="BX", pack_size=Decimal(25), **number)
    market.run_jobs()
    market.sign_in(browser, market.acme, "requester")
    link = browser.get(f"/shop/{one}").text.partition('href="/shop/compare?')[2].partition('"')[0]
    page = browser.get(f"/shop/compare?{link}&amp;wanted=30".replace("&amp;", "&")).text
    assert page.index("Crown Outillage") < page.index("Bolt Fournitures")
    assert "= 50" in page
    assert browser.get("/shop/compare?product=x&wanted=-1").status_code == 200
    assert "Nothing to compare" in browser.get("/shop/compare").text
