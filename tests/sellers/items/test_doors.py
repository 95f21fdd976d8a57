"""Does an offer that somebody must not know of show in anything that items say?"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from marketplace.buyers.shopping.queries import offer, others_of
from marketplace.sellers.items.jobs import take_up_offers
from marketplace.sellers.items.queries import suppliers_elsewhere
from tests.cast import Cast, Party
from tests.factories.catalogue import a_product

GTIN = "4006381333931"


def seen(party: Party, product_id: UUID) -> tuple[list[str], int]:
    """The article numbers of the same from others, and how many suppliers are counted."""
    with party.reading("requester"):
        others = [other.product.sku for other in others_of(offer(product_id))]
        return others, suppliers_elsewhere([product_id]).get(product_id, 0)


def test_offers_of_one_gtin_or_part_number_are_of_one_item(market: Cast) -> None:
    a_product(market.bolt, sku="G", gtin=GTIN, maker="Bosch", maker_part_number="GSR-18")
    known = a_product(market.crown, sku="P", price="9", maker="BOSCH GmbH", maker_part_number="gsr18")
    a_product(market.pry, sku="Z", price="8", gtin=f"0{GTIN}")
    a_product(market.pry, sku="X", maker="Makita", maker_part_number="GSR-18")
    market.run_jobs()
    assert seen(market.acme, known) == (["Z", "G"], 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"gtin": GTIN, "maker": "Bosch"}, {"gtin": GTIN, "maker": "Makita"}),
        (
            {"gtin": GTIN, "maker": "Bosch", "maker_part_number": "GSR-18"},
            {"gtin": "4006381333948", "maker": "Bosch", "maker_part_number": "GSR-18"},
        ),
        ({"gtin": "2012345678903"}, {"gtin": "2012345678903"}),
        ({"maker": "N/A", "maker_part_number": "100"}, {"maker": "N/A", "maker_part_number": "100"}),
    ],
    ids=["two makers", "two GTINs", "a number of the house", "no maker"],
)
def test_numbers_that_contradict_or_identify_nothing_join_nobody(
    market: Cast, one: dict[str, Any], other: dict[str, Any]
) -> None:
    product_id = a_product(market.bolt, sku="A", **one)
    a_product(market.crown, sku="B", **other)
    market.run_jobs()
    assert seen(market.acme, product_id) == ([], 0)


CIRCLES: dict[str, Callable[[Cast], dict[str, Any]]] = {
    "for one buyer": lambda market: {"visible_to_id": market.acme.id},
    "for those with an agreement": lambda _market: {"needs_agreement": True},
    "a draft": lambda _market: {"is_published": False},
}


@pytest.mark.parametrize("circle", CIRCLES)
def test_what_an_outsider_must_not_know_of_neither_shows_nor_changes_anything(
    market: Cast, circle: str
) -> None:
    public = a_product(market.bolt, sku="A", gtin=GTIN, maker="Bosch")
    a_product(market.crown, sku="B", gtin=GTIN)
    secret = CIRCLES[circle](market)
    a_product(market.pry, sku="SAME", gtin=GTIN, **secret)
    a_product(market.pry, sku="CONTRADICTS", gtin=GTIN, maker="Makita", **secret)
    market.run_jobs()
    assert seen(market.nosy, public) == (["B"], 1)
    insider = ["B", "SAME"] if circle == "for one buyer" else ["B"]
    assert seen(market.acme, public) == (insider, len(insider))


def test_an_offer_that_one_may_not_see_tells_nothing_of_others(market: Cast) -> None:
    secret = a_product(market.bolt, sku="A", gtin=GTIN, visible_to_id=market.acme.id)
    a_product(market.crown, sku="B", gtin=GTIN)
    market.run_jobs()
    assert seen(market.acme, secret) == (["B"], 1)
    with market.nosy.reading("requester") as work:
        assert suppliers_elsewhere([secret]) == {}
        alike = text("SELECT doors.products_alike(:product_id)")
        assert work.scalars(alike, {"product_id": secret}).all() == []


def test_nobody_reads_items_but_through_doors(market: Cast) -> None:
    for table in ("items", "item_offers", "item_partings", "item_suggestions"):
        with market.acme.reading("requester") as work, pytest.raises(Exception, match="permission denied"):
            work.execute(text(f"SELECT * FROM {table}"))


def test_offers_that_no_news_has_brought_are_taken_up(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A", gtin=GTIN)
    a_product(market.crown, sku="B", gtin=GTIN)
    assert seen(market.acme, product_id) == ([], 0)
    assert (take_up_offers(), take_up_offers()) == (2, 0)
    assert seen(market.acme, product_id) == (["B"], 1)
