"""How many statements does it take? Few for an order, and for a page as many with one row as with thirty."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.buyers.requisitions.queries import requisition
from marketplace.foundation import background
from marketplace.foundation.outbox import deliver_everything
from tests.cast import Cast
from tests.databases import clone
from tests.factories.agreements import an_agreement
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_product
from tests.factories.orders import an_approved_requisition, placed_orders
from tests.factories.statements import counting

MOST_FOR_AN_ORDER = 25
GTIN = "4006381333931"
PAGES = {
    "list": "/shop/",
    "list of one category": "/shop/?category=31",
    "search": "/shop/?q=M8",
    "product with others like it": "/shop/{product}",
    "orders": "/orders/",
    "orders of one supplier": "/orders/?counterpart={seller}",
    "requisitions": "/requisitions/?view=ordered",
}


def a_screw(market: Cast, number: int) -> UUID:
    return a_product(
        market.bolt, sku=f"V-{number}", name="Vis inox M8", gtin=GTIN, stock=100, tiers={10: "9"}
    )


def statements_of_placing(browser: FlaskClient, market: Cast, lines: int) -> list[str]:
    """Those of the click on "place order", for so many lines that an agreement prices."""
    screws = [a_screw(market, number) for number in range(lines)]
    an_agreement(market, market.acme, market.bolt, {f"V-{number}": "8.50" for number in range(lines)})
    requisition_id = an_approved_requisition(market.acme, dict.fromkeys(screws, "1"))
    market.sign_in(browser, market.acme, "requester")
    with counting() as sent:
        assert browser.post(f"/orders/place/{requisition_id}").status_code == 303
    with market.acme.reading("requester"):
        assert requisition(requisition_id).status == RequisitionState.ORDERED
    return sent


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize("lines", [1, 5, 12])
def test_placing_an_order_takes_few_statements(browser: FlaskClient, market: Cast, lines: int) -> None:
    sent = statements_of_placing(browser, market, lines)
    assert len(sent) <= MOST_FOR_AN_ORDER, "\n".join(" ".join(statement.split())[:100] for statement in sent)


@pytest.fixture(scope="module")
def counts(portal: Flask) -> Iterator[dict[str, tuple[int, int]]]:
    """How many statements each page takes where there is one row of everything, and where there are thirty."""
    with clone(), background.in_this_process():
        market = Cast.present()
        a_budget(market.acme)
        browser = market.sign_in(portal.test_client(), market.acme, "requester")
        a_product(market.crown, sku="B-1", name="Boulon", gtin=GTIN, cpv_code="44000000")
        few = _counted(browser, market, rows=range(1))
        many = _counted(browser, market, rows=range(1, 30))
        yield {page: (few[page], many[page]) for page in PAGES}


def _counted(browser: FlaskClient, market: Cast, rows: range) -> dict[str, int]:
    """Each page's statements, after so many more products and orders; PDFs are left to wait."""
    for number in rows:
        product = a_screw(market, number)
        placed_orders(market.acme, {product: "1"})
    deliver_everything()
    places = {"product": product, "seller": market.bolt.id}
    return {page: _statements_of(browser, address.format(**places)) for page, address in PAGES.items()}


def _statements_of(browser: FlaskClient, address: str) -> int:
    browser.get(address)
    with counting() as sent:
        assert browser.get(address).status_code == 200
    return len(sent)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_as_many_statements_for_thirty_rows_as_for_one(
    counts: dict[str, tuple[int, int]], page: str
) -> None:
    few, many = counts[page]
    assert many == few
