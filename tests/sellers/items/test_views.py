"""Does the operator see what may be the same, decide it once, and take back what was wrong?"""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.buyers.shopping.queries import offer, others_of
from marketplace.doctor import examine
from marketplace.sellers.catalogue.actions import change_product
from marketplace.sellers.items.jobs import compare_offers
from marketplace.sellers.items.models import ItemSuggestion
from tests.cast import Cast
from tests.factories.catalogue import a_product

DRILL, SAME_DRILL = "Perceuse Bosch GSR 18V-55 sans fil", "Bosch GSR 18V-55 perceuse-visseuse"
GTIN, OTHER_GTIN = "4006381333931", "4006381333948"


@pytest.fixture
def operator(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.mira, "operator")


def open_questions(market: Cast) -> list[ItemSuggestion]:
    with market.platform() as work:
        return list(work.scalars(select(ItemSuggestion).where(ItemSuggestion.is_same.is_(None))))


def the_same_as(market: Cast, product_id: UUID) -> list[str]:
    with market.acme.reading("requester"):
        return [other.product.sku for other in others_of(offer(product_id))]


def two_drills(market: Cast) -> tuple[UUID, UUID]:
    pair = a_product(market.bolt, sku="B", name=DRILL), a_product(market.crown, sku="C", name=SAME_DRILL)
    market.run_jobs()
    compare_offers()
    return pair


def test_what_looks_alike_is_asked_and_joined_by_a_person(operator: FlaskClient, market: Cast) -> None:
    one, other = two_drills(market)
    assert the_same_as(market, one) == []
    (asked,) = open_questions(market)
    assert DRILL in operator.get("/items/").text
    address = f"/items/questions/{asked.id}"
    page = operator.get(address).text
    assert SAME_DRILL in page
    assert "visseuse" in page
    assert operator.post(address, data={"verdict": "same", "reason": "same picture"}).status_code == 303
    assert the_same_as(market, one) == ["C"]
    assert "the same" in operator.get("/items/?view=decided").text
    assert "same picture" in operator.get(address).text
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=one, gtin=GTIN)
    with market.crown.at_work("sales_desk"):
        change_product(product_id=other, gtin=OTHER_GTIN)
    market.run_jobs()
    assert the_same_as(market, one) == ["C"]


def test_what_is_not_the_same_is_never_asked_again(operator: FlaskClient, market: Cast) -> None:
    one, other = two_drills(market)
    (asked,) = open_questions(market)
    data = {"verdict": "different", "reason": "another battery"}
    assert operator.post(f"/items/questions/{asked.id}", data=data).status_code == 303
    for party, product_id in ((market.bolt, one), (market.crown, other)):
        with party.at_work("sales_desk"):
            change_product(product_id=product_id, name=f"{DRILL}, bleue", gtin=GTIN)
    market.run_jobs()
    compare_offers()
    assert open_questions(market) == []
    assert the_same_as(market, one) == []


def test_an_offer_is_parted_with_a_reason_and_a_trace(operator: FlaskClient, market: Cast) -> None:
    one = a_product(market.bolt, sku="B", gtin=GTIN)
    other = a_product(market.crown, sku="C", gtin=GTIN)
    market.run_jobs()
    address = f"/items/offers/{one}"
    assert operator.post(address, data={"product_id": str(other), "reason": ""}).status_code == 422
    data = {"product_id": str(other), "reason": "a wrong GTIN"}
    assert operator.post(address, data=data).status_code == 303
    assert the_same_as(market, one) == []
    assert "a wrong GTIN" in operator.get(f"/items/offers/{other}").text
    market.run_jobs()
    trail = market.sign_in(operator, market.mira, "administrator").get("/audit/").text
    assert "Offer parted from its item" in trail
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=one, name="Autre nom")
    market.run_jobs()
    assert the_same_as(market, one) == []
    assert [each.name for each in examine() if not each.is_healthy] == []


def test_numbers_that_contradict_are_asked_about(operator: FlaskClient, market: Cast) -> None:
    a_product(market.bolt, sku="B", name="Forets", gtin=GTIN, maker="Bosch", maker_part_number="26-08")
    other = a_product(
        market.crown, sku="C", name="Mèches", gtin=GTIN, maker="Makita", maker_part_number="D-18"
    )
    market.run_jobs()
    assert "Forets" in operator.get("/items/?view=numbers").text
    (asked,) = open_questions(market)
    page = operator.get(f"/items/questions/{asked.id}").text
    assert re.findall(r">(agrees|differs)<", page).count("agrees") == 3
    with market.crown.at_work("sales_desk"):
        change_product(product_id=other, gtin=OTHER_GTIN)
    market.run_jobs()
    assert open_questions(market) == []


def test_what_is_for_a_circle_is_never_put_before_the_operator(operator: FlaskClient, market: Cast) -> None:
    secret = a_product(market.bolt, sku="B", name=DRILL, visible_to_id=market.acme.id)
    public = a_product(market.crown, sku="C", name=SAME_DRILL)
    a_product(market.pry, sku="P", name="Colle", gtin=GTIN, maker="Bosch", visible_to_id=market.acme.id)
    a_product(market.crown, sku="D", name="Vis", gtin=GTIN, maker="Makita")
    market.run_jobs()
    compare_offers()
    assert open_questions(market) == []
    assert operator.get(f"/items/offers/{secret}").status_code == 404
    assert operator.get(f"/items/offers/{public}").status_code == 200


@pytest.mark.parametrize("name", ["Perceuse Bosch GSR 12V-15 sans fil", "Ponceuse Makita"])
def test_another_number_or_another_thing_is_not_asked_about(market: Cast, name: str) -> None:
    a_product(market.bolt, sku="B", name=DRILL)
    a_product(market.crown, sku="C", name=name)
    a_product(market.bolt, sku="D", name=SAME_DRILL)
    market.run_jobs()
    compare_offers()
    assert open_questions(market) == []


def test_only_the_operator_decides(browser: FlaskClient, market: Cast) -> None:
    two_drills(market)
    (asked,) = open_questions(market)
    market.sign_in(browser, market.bolt, "sales_desk")
    assert browser.get("/items/").status_code == 403
    assert browser.post(f"/items/questions/{asked.id}", data={"verdict": "same"}).status_code == 403
