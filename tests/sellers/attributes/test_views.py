"""Does the operator describe what products say, do suppliers say it, and do buyers compare it?"""

import re
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.sellers.attributes.queries import said_by
from marketplace.sellers.specifications.actions import specify_product
from tests.cast import Cast
from tests.factories.attributes import an_attribute
from tests.factories.catalogue import a_product

VOLTAGE = {
    "code": "voltage",
    "label_en": "Voltage",
    "label_fr": "Tension",
    "kind": "number",
    "category": "31",
}


@pytest.fixture
def operator(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.mira, "operator")


def test_the_operator_describes_an_attribute_and_removes_it_while_nobody_says_it(
    operator: FlaskClient, market: Cast
) -> None:
    assert operator.post("/attributes/", data=VOLTAGE).status_code == 303
    page = operator.get("/attributes/").text
    assert "voltage" in page
    address = re.findall(r"/attributes/[0-9a-f-]{36}/remove", page)[0]
    product_id = a_product(market.bolt)
    with market.bolt.at_work("sales_desk"):
        specify_product(product_id=product_id, said={"attribute_voltage": Decimal(230)})
    assert operator.post(address).status_code == 409
    with market.bolt.at_work("sales_desk"):
        specify_product(product_id=product_id, said={"attribute_voltage": None})
    assert operator.post(address).status_code == 303
    assert "/remove" not in operator.get("/attributes/").text


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"code": "Volt age"}, 422, "Small letters, digits and underscores"),
        ({"code": "known"}, 409, "Another attribute has this code"),
        ({"kind": "choice"}, 409, "at least two values"),
        ({"kind": "text", "unit_code": "KGM"}, 409, "Only a number has a unit"),
        ({"category": "3x"}, 422, "Two to eight digits"),
        ({"label_fr": ""}, 422, "aria-invalid"),
    ],
)
def test_an_attribute_that_makes_no_sense_is_refused_at_its_field(
    operator: FlaskClient, market: Cast, typed: dict[str, str], status: int, sentence: str
) -> None:
    an_attribute(market, "known")
    answer = operator.post("/attributes/", data=VOLTAGE | typed)
    assert answer.status_code == status
    assert sentence in answer.text


def test_a_supplier_says_it_and_a_buyer_compares_it(browser: FlaskClient, market: Cast) -> None:
    an_attribute(market, "voltage", "number", category="31", is_required=True)
    an_attribute(market, "colour", "choice", choices=["red", "blue"])
    an_attribute(market, "sharp", "flag", category="44")
    one, other = a_product(market.bolt, sku="B"), a_product(market.crown, sku="C")
    market.sign_in(browser, market.bolt, "sales_desk")
    address = f"/catalogue/{one}/specification/"
    page = browser.get(address).text
    assert "Voltage" in page
    assert "Sharp" not in page
    refused = browser.post(address, data={"attribute_voltage": "many", "attribute_colour": "blue"})
    assert refused.status_code == 422
    assert 'value="many"' in refused.text
    assert browser.post(address, data={"attribute_colour": "red"}).status_code == 422
    assert (
        browser.post(address, data={"attribute_voltage": "230.50", "attribute_colour": "red"}).status_code
        == 303
    )
    assert 'value="230.5"' in browser.get(address).text
    assert browser.get(f"/catalogue/{other}/specification/").status_code == 404
    market.sign_in(browser, market.acme, "requester")
    assert "230.5" in browser.get(f"/shop/{one}").text
    compared = browser.get(f"/shop/compare?product={one}&product={other}").text
    assert "What each of them is" in compared
    assert "230.5" in compared


def test_what_a_product_says_is_seen_and_written_only_with_the_product(market: Cast) -> None:
    an_attribute(market, "voltage", "number")
    secret = a_product(market.bolt, visible_to_id=market.acme.id)
    with market.bolt.at_work("sales_desk"):
        specify_product(product_id=secret, said={"attribute_voltage": Decimal(12)})
    with market.acme.reading("requester"):
        assert list(said_by([secret])[secret].values()) == ["12"]
    with market.nosy.reading("requester"):
        assert said_by([secret]) == {}
    written = (
        "INSERT INTO product_attributes (id, product_id, organisation_id, attribute_id, value)"
        " SELECT uuidv7(), :product_id, :here, id, '99' FROM attributes"
    )
    with market.crown.at_work("sales_desk") as work, pytest.raises(Exception, match="row-level security"):
        work.execute(text(written), {"product_id": secret, "here": market.crown.id})
