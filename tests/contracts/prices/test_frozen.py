"""Does a price stay as it was when it was submitted, and does the doctor see where it did not?"""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from marketplace.buyers.requisitions.actions import add_to_cart, submit_requisition
from marketplace.buyers.requisitions.offers import NotForYou
from marketplace.buyers.requisitions.queries import lines_of
from marketplace.doctor import examine
from marketplace.foundation import clock
from marketplace.foundation.db import owner_engine
from marketplace.sellers.price_lists.actions import end_list, price_article
from tests.cast import Cast
from tests.factories.catalogue import a_product
from tests.factories.prices import a_list, a_promotion
from tests.factories.requisitions import a_cart, a_requisition

MISPRICED = "UPDATE requisition_lines SET unit_price_amount = 8.99"
TWICE = (
    "INSERT INTO price_list_lines SELECT n.* FROM price_list_lines o, LATERAL jsonb_populate_record(o,"
    " jsonb_build_object('id', uuidv7(), 'list_number', o.list_number + 1)) n"
)
FOUND = {MISPRICED: "a submitted line costs what its reason says", TWICE: "no price list contradicts itself"}


def by_force(statement: str) -> None:
    """Write past every trigger, as nobody but the owner of the database can."""
    with owner_engine().begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(statement))


@pytest.mark.parametrize("statement", FOUND, ids=FOUND.get)
def test_the_doctor_finds_a_price_that_was_tampered_with(market: Cast, statement: str) -> None:
    product_id = a_product(market.bolt, sku="VIS", price="10")
    a_list(market.bolt, {product_id: "9"}, tiers={10: "8"})
    a_requisition(market.acme, [(product_id, 3)])
    assert unhealthy() == set()
    by_force(statement)
    assert unhealthy() == {FOUND[statement]}


def unhealthy() -> set[str]:
    return {finding.name for finding in examine() if not finding.is_healthy} & set(FOUND.values())


def test_a_submitted_price_keeps_its_reason_whatever_becomes_of_the_list(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="VIS", price="10")
    list_id = a_list(market.bolt, {product_id: "9"}, name="Tarif 2026")
    row = a_requisition(market.acme, [(product_id, 3)])
    with market.bolt.at_work("sales_desk"):
        price_article(list_id=list_id, sku="VIS", price=Decimal(8), starts_on=clock.today())
        end_list(list_id=list_id, ends_on=clock.today() - timedelta(days=1))
    with market.acme.reading("requester"):
        [line] = lines_of(row.id)
    assert (line.unit_price.amount, line.line_total.amount) == (9, 27)
    assert ["“Tarif 2026”" in step.detail for step in line.steps] == [False, True, False, False, False]


def test_a_price_that_changes_under_a_cart_is_written_anew_at_submit(market: Cast) -> None:
    product_id: UUID = a_product(market.bolt, sku="VIS", price="10")
    cart = a_cart(market.acme, [(product_id, 3)])
    a_promotion(market.bolt, percentage=Decimal(50))
    with market.acme.at_work("requester"):
        submit_requisition(requisition_id=cart.id)
        [line] = lines_of(cart.id)
        assert line.line_total.amount == 15


def test_what_is_sold_in_another_currency_cannot_be_submitted(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="VIS", price="10", currency="CHF")
    with market.acme.at_work("requester"), pytest.raises(NotForYou):
        add_to_cart(product_id=product_id, quantity=Decimal(3))
    a_list(market.bolt, {product_id: "9"})
    assert a_requisition(market.acme, [(product_id, 3)]).total.amount == 27
