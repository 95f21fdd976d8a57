"""Does the operator see what is new, decide about what was seen, and does the supplier read why?"""

import re

import pytest
from flask.testing import FlaskClient

from marketplace.buyers.requisitions.actions import submit_requisition
from marketplace.buyers.requisitions.offers import LineRefused
from marketplace.sellers.catalogue.actions import change_product
from tests.cast import Cast
from tests.factories.catalogue import a_product
from tests.factories.facts import specified
from tests.factories.moderation import let, look_at, state_of
from tests.factories.requisitions import a_cart
from tests.factories.statements import counting


def test_the_operator_lets_through_and_refuses_what_was_seen(browser: FlaskClient, market: Cast) -> None:
    desk = market.sign_in(browser, market.mira, "operator")
    assert desk.post("/moderation/rules", data={"supplier_id": "", "rule": "on"}).status_code == 303
    one, other = (a_product(market.bolt, sku=sku) for sku in ("ONE", "TWO"))
    seen = re.findall(r'value="([0-9a-f-]{36}:[0-9a-f]{64})"', desk.get("/moderation/").text)
    assert [each[:36] for each in seen] == [str(one), str(other)]
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=other, name="Changed since")
    answer = desk.post("/moderation/let-through", data={"seen": [*seen, "nonsense"]}, follow_redirects=True)
    assert "One product is let through." in answer.text
    assert "One was changed meanwhile" in answer.text
    assert [state_of(market, each) for each in (one, other)] == ["published", "held"]
    stale = {"seen": seen[1][37:], "reason": "Say what it is"}
    answer = desk.post(f"/moderation/{other}", data=stale)
    assert answer.status_code == 409
    assert "Say what it is" in answer.text
    (fresh,) = re.findall(r'name="seen"[^>]*value="([0-9a-f]{64})"', answer.text)
    assert desk.post(f"/moderation/{other}", data={"seen": fresh, "reason": " "}).status_code == 422
    assert desk.post(f"/moderation/{other}", data={**stale, "seen": fresh}).status_code == 303
    supplier = market.sign_in(browser, market.bolt, "sales_desk")
    for address in (f"/catalogue/{other}", "/catalogue/"):
        assert "Say what it is" in supplier.get(address).text


def test_old_stands_beside_new(browser: FlaskClient, market: Cast) -> None:
    look_at(market, market.bolt)
    product_id = a_product(market.bolt, name="Old name")
    let(market, product_id)
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, name="New name")
    specified(market.bolt, product_id, signal_word="danger", certificates="FSC; ISO 9001 (2031-12-31)")
    specified(market.bolt, product_id, certificates="FSC (2032-12-31); Oeko-Tex")
    let(market, product_id)
    specified(market.bolt, product_id, origin_country="FR", certificates="FSC (2033-12-31); ISO 9001")
    page = market.sign_in(browser, market.mira, "operator").get(f"/moderation/{product_id}").text
    rows = [re.sub(r"\s*(<[^>]*>\s*)+", "|", row) for row in page.split("<tr")]
    for words in (
        ("Name", "New name"),
        ("Country of origin", "France", "changed"),
        ("Signal word", "Danger"),
        ("Certificates and labels", "FSC (31 Dec 2032), Oeko-Tex", "FSC (31 Dec 2033), ISO 9001", "changed"),
    ):
        assert any(all(word in row for word in words) for row in rows), words
    listed = browser.get("/moderation/").text
    assert "Facts · Certificates and labels" in listed
    assert browser.get(f"/moderation/{product_id}/picture/new").status_code == 404


@pytest.mark.usefixtures("speaking")
def test_the_queue_takes_as_many_statements_for_thirty_products_as_for_one(
    browser: FlaskClient, market: Cast
) -> None:
    look_at(market, None)
    desk = market.sign_in(browser, market.mira, "operator")
    counts = []
    for numbers in (range(1), range(1, 30)):
        for number in numbers:
            a_product(market.bolt, sku=f"V-{number}")
        desk.get("/moderation/")
        with counting() as sent:
            assert f"V-{numbers[-1]}" in desk.get("/moderation/").text
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_a_cart_says_that_what_is_held_meanwhile_is_not_sold_any_more(
    browser: FlaskClient, market: Cast
) -> None:
    product_id = a_product(market.bolt)
    cart = a_cart(market.acme, [(product_id, 1)])
    look_at(market, market.bolt)
    buyer = market.sign_in(browser, market.acme, "requester")
    words = "it is not sold to you any more"
    assert words not in buyer.get("/requisitions/cart").text
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, name="Other")
    assert words in buyer.get("/requisitions/cart").text
    with pytest.raises(LineRefused, match=words), market.acme.at_work("requester"):
        submit_requisition(requisition_id=cart.id)
