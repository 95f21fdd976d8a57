"""Can a supplier put changes into a version by hand and by file, look through it, publish it, and bring it back?"""

import io
import re
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.foundation.money import Money
from marketplace.foundation.paging import SIZE
from marketplace.sellers.catalogue.actions import change_product
from marketplace.sellers.catalogue.columns import COLUMNS
from marketplace.sellers.catalogue.queries import product
from marketplace.sellers.versions.queries import articles
from tests.cast import Cast
from tests.factories.catalogue import a_product
from tests.factories.statements import counting
from tests.factories.versions import a_version, published, put

TYPED = {
    "sku": "A-1",
    "name": "Article A-1",
    "cpv_code": "31000000",
    "currency": "EUR",
    "unit_code": "C62",
    "pack_size": "1",
    "content_unit_code": "C62",
    "minimum_quantity": "1",
    "step_quantity": "1",
    "lead_time_days": "2",
}


@pytest.fixture
def desk(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.bolt, "sales_desk")


def price_of(market: Cast, product_id: UUID) -> str:
    with market.bolt.reading("sales_desk"):
        return str(product(product_id).price.amount.normalize())


def test_a_product_is_saved_into_a_version_and_published(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", price="10")
    assert f"/versions/into/{product_id}" in desk.get(f"/catalogue/{product_id}/edit").text
    wrong = desk.post(f"/versions/into/{product_id}", data={**TYPED, "price": "abc", "name": "Typed"})
    assert wrong.status_code == 422
    assert 'value="Typed"' in wrong.text
    renamed = desk.post(f"/versions/into/{product_id}", data={**TYPED, "price": "12", "sku": "B-1"})
    assert renamed.status_code == 422
    address = desk.post(f"/versions/into/{product_id}", data={**TYPED, "price": "12"}).location
    tiers = {"tiers-0-from_quantity": "10", "tiers-0-amount": "9"}
    assert desk.post(f"/versions/into/{product_id}/prices", data=tiers).location == address
    page = desk.get(address).text
    assert "+20 %" in page
    assert price_of(market, product_id) == "1E+1"
    assert desk.post(f"{address}/publish").status_code == 409
    assert desk.post(f"{address}/check").status_code == 303
    assert desk.post(f"{address}/remove", data={"line": str(product_id)}).status_code == 409
    assert desk.post(f"{address}/publish", data={"publish_on": "2001-01-01"}).status_code == 422
    assert desk.post(f"{address}/publish").status_code == 303
    market.run_jobs()
    assert price_of(market, product_id) == "12"
    assert "Published" in desk.get(address).text
    back = desk.post(f"{address}/take-back").location
    assert "-16.7 %" in desk.get(back).text


@pytest.mark.parametrize(("language", "words"), [("en", "What changes"), ("fr", "Ce qui change")])
def test_a_file_goes_into_a_version(desk: FlaskClient, market: Cast, language: str, words: str) -> None:
    product_id = a_product(market.bolt, sku="A-1", price="10")
    a_product(market.bolt, sku="GONE")
    version_id = a_version(market.bolt)
    content = b"Article number;Name;Price;Origin\nA-1;Anders;15;FR\nN-1;Neu;3;IT\nBAD;Schlecht;x;DE\n"
    sent = {"file": (io.BytesIO(content), "tarif.csv")}
    reading = desk.post(f"/versions/{version_id}/file", data=sent).location
    absent = {f"column_{column.name}": "" for column in COLUMNS}
    guessed = {
        "column_sku": "0",
        "column_name": "1",
        "column_price": "2",
        "column_origin_country": "3",
        "number_style": "point",
    }
    typed = {**absent, **guessed, "currency": "EUR", "cpv_code": "31000000", "unit_code": "C62"}
    started = desk.post(reading, data={**typed, "is_published": "y", "is_complete": "y"})
    assert started.status_code == 303, started.text
    market.run_jobs()
    assert f"/versions/{version_id}" in desk.get(started.location).text
    desk.set_cookie("language", language)
    page = desk.get(f"/versions/{version_id}").text
    assert words in page
    for said in ("Anders", "N-1", "GONE"):
        assert said in page
    assert price_of(market, product_id) == "1E+1"
    published(market, market.bolt, version_id)
    with market.bolt.reading("sales_desk"):
        known = articles(["A-1", "N-1", "GONE"])
        states = {sku: found.facts["status"] for sku, found in known.items()}
        assert [known[sku].facts["origin_country"] for sku in ("A-1", "N-1")] == ["FR", "IT"]
    assert states == {"A-1": "published", "N-1": "published", "GONE": "withdrawn"}


def test_a_version_takes_as_many_statements_for_one_article_as_for_many(
    desk: FlaskClient, market: Cast
) -> None:
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "N-0")
    with counting() as few:
        desk.get(f"/versions/{version_id}")
    for number in range(1, SIZE + 2):
        put(market.bolt, version_id, f"N-{number}")
    with counting() as many:
        page = desk.get(f"/versions/{version_id}").text
    assert len(many) == len(few)
    following = re.findall(r'href="([^"]+)"\s+rel="next"', page)[0].replace("&amp;", "&")
    rest = desk.get(following).text
    assert len(set(re.findall(r"sku=(N-\d+)", page + rest))) == SIZE + 2
    for wrong in ("x", "NaN_" + str(version_id), "1_1"):
        assert desk.get(f"/versions/{version_id}?after={wrong}").status_code == 422


def test_articles_are_withdrawn_by_their_numbers_and_written_anew(desk: FlaskClient, market: Cast) -> None:
    a_product(market.bolt, sku="A-1")
    version_id = a_version(market.bolt)
    typed = {"skus": "A-1\nNOPE", "state": "withdrawn"}
    assert desk.post(f"/versions/{version_id}/state", data=typed).status_code == 422
    assert desk.post(f"/versions/{version_id}/state", data={**typed, "skus": "A-1"}).status_code == 303
    assert 'value="Article A-1"' in desk.get(f"/versions/{version_id}/article?sku=A-1").text
    new = desk.post(f"/versions/{version_id}/article", data={**TYPED, "sku": "N-9", "price": "4"})
    assert new.status_code == 303
    assert "N-9" in desk.get(f"/versions/{version_id}").text
    for deed in ("check", "reopen", "drop"):
        assert desk.post(f"/versions/{version_id}/{deed}").status_code == 303


def test_the_policy_is_the_administrators(desk: FlaskClient, market: Cast) -> None:
    assert desk.get("/versions/policy").status_code == 403
    admin = market.sign_in(desk, market.bolt, "administrator")
    assert admin.post("/versions/policy", data={"price_limit": "2000"}).status_code == 422
    assert admin.post("/versions/policy", data={"price_limit": "7.5"}).status_code == 303
    assert "7.5" in admin.get("/versions/policy").text


def test_a_version_of_another_supplier_is_not_there(browser: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1")
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "N-1", name="Geheimnis")
    pry = market.sign_in(browser, market.pry, "sales_desk")
    assert pry.get(f"/versions/{version_id}").status_code == 404
    assert pry.post(f"/versions/into/{product_id}", data={**TYPED, "price": "1"}).status_code == 404
    nosy = market.sign_in(browser, market.nosy, "requester")
    assert "N-1" not in nosy.get("/shop/?q=Geheimnis").text
    published(market, market.bolt, version_id)
    assert "N-1" in nosy.get("/shop/?q=Geheimnis").text


def test_a_line_that_is_none_never_means_every_line(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", price="10")
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "A-1", price="12")
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, price=Money(Decimal(11), "EUR"))
    address = f"/versions/{version_id}"
    assert desk.post(f"{address}/give-way", data={"line": "x"}).status_code == 404
    assert "A-1" in desk.get(address).text
    assert desk.post(f"{address}/give-way").status_code == 303
    assert "A-1" not in desk.get(address).text
