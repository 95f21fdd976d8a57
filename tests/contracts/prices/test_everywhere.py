"""Is it the same price wherever it is said: page, comparison, cart, API, requisition, order, PDF and mail?"""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from marketplace.buyers.orders.actions import place_orders
from marketplace.buyers.orders.queries import order
from marketplace.buyers.requisitions.actions import submit_requisition
from marketplace.foundation.files import stored_file
from marketplace.foundation.mail import Mail
from tests.cast import Cast
from tests.factories.catalogue import a_product
from tests.factories.identity import a_key
from tests.factories.prices import a_group, a_list, price_of
from tests.factories.requisitions import a_cart

# 10 × 10.00 + 5 × 9.00, 4 packs at 0.33 each and 1.20 for the last one, which is not full: 147.52, or 9.8346… a piece.
QUANTITY, UNIT, TOTAL, EXACT = "15", "€9.8347", "€147.52", "9.834666666667"


@pytest.mark.usefixtures("speaking")
def test_a_price_is_the_same_wherever_it_is_said(browser: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, sku="VIS", name="Vis", price="12", stock=100)
    group_id = a_group(market.bolt, market.acme)
    details = {"tiers": {10: "9"}, "is_incremental": True, "pack": ("4", "0.33", "1.20")}
    a_list(market.bolt, {product_id: "10"}, group_id=group_id, **details)
    market.sign_in(browser, market.acme, "requester")
    cart = a_cart(market.acme, [(product_id, QUANTITY)])

    pages = {
        "product": f"/shop/{product_id}?quantity={QUANTITY}",
        "comparison": f"/shop/compare?product={product_id}&wanted={QUANTITY}",
        "cart": "/requisitions/cart",
    }
    said = {name: browser.get(address).text for name, address in pages.items()}
    asked = browser.get(
        f"/api/products/{product_id}?quantity={QUANTITY}",
        headers={"Authorization": f"Bearer {a_key(market.acme, 'requester')}"},
    ).get_json()
    assert asked["your_price"]["unit_price"]["amount"] == EXACT
    assert asked["your_price"]["line_total"] == {"amount": "147.52", "currency": "EUR"}
    assert asked["why"]["result"] == "147.52"

    with market.acme.at_work("requester"):
        submitted = submit_requisition(requisition_id=cart.id)
        [placed] = place_orders(requisition_id=submitted.id)
    market.run_jobs()
    market.sign_in(browser, market.acme, "requester")
    said["requisition"] = browser.get(f"/requisitions/{submitted.id}").text
    said["order"] = browser.get(f"/orders/{placed.id}").text
    for name, text in said.items():
        assert TOTAL in text, name
        assert UNIT in text or name == "comparison", name

    with market.acme.reading("requester"):
        file_id = order(placed.id).file_id
        assert file_id is not None
        pdf = PdfReader(BytesIO(stored_file(file_id).content)).pages[0].extract_text()
    assert {"147,52", "9,8347"} <= set(pdf.split())
    with market.platform() as work:
        [mail] = [row.body for row in work.scalars(select(Mail)) if placed.number in row.body]
    assert "147,52" in mail
    assert price_of(market.nosy, product_id, QUANTITY).line_total.amount == 180
