"""Do orders hear what others do?"""

from decimal import Decimal
from uuid import uuid4

import pytest

from marketplace.buyers.approvals.rulebook import set_policy
from marketplace.buyers.orders.lifecycle import OrderState
from marketplace.buyers.orders.queries import lines_of, orders_of_requisition
from marketplace.buyers.orders.reactions import await_replacements
from marketplace.events.disputes import DisputeSettled, ReplacementLine
from marketplace.identity.organisations.actions import suspend_organisation
from tests.cast import Cast
from tests.factories.orders import (
    a_confirmed_order,
    a_shipped_order,
    an_approved_requisition,
    as_seen,
    shipped,
    some_products,
)

pytestmark = pytest.mark.usefixtures("speaking")


def order_automatically(market: Cast) -> None:
    with market.acme.at_work("procurement_lead"):
        set_policy(is_ordering_automatic=True, hold_days=Decimal(7))


def test_order_at_once_where_the_policy_says_so_needs_no_click(market: Cast) -> None:
    order_automatically(market)
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    market.run_jobs()
    with market.acme.reading("requester"):
        [placed] = orders_of_requisition(requisition_id)
    assert (placed.status, placed.placed_by) == (OrderState.PLACED, "")


def test_order_at_once_without_such_a_policy_waits_for_a_person(market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    market.run_jobs()
    with market.acme.reading("requester"):
        assert orders_of_requisition(requisition_id) == []


def test_order_at_once_that_is_refused_is_left_to_a_person(market: Cast) -> None:
    order_automatically(market)
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    with market.platform():
        suspend_organisation(organisation_id=market.bolt.id, reason="Contrôle")
    market.run_jobs()
    with market.acme.reading("requester"):
        assert orders_of_requisition(requisition_id) == []


def test_note_what_was_shipped_in_part_shows_the_order_under_way(market: Cast) -> None:
    confirmed = a_confirmed_order(market, "10", "5")
    shipped(market, confirmed, "4")
    assert as_seen(market.acme, confirmed.id).status == OrderState.SHIPPED
    with market.bolt.reading("sales_desk"):
        assert [line.shipped for line in lines_of(confirmed.id)] == [Decimal(4), Decimal(0)]


def test_note_what_was_shipped_adds_up_to_no_more_than_was_ordered(market: Cast) -> None:
    confirmed = a_confirmed_order(market, "10")
    shipped(market, confirmed, "4")
    shipped(market, confirmed, "6")
    with market.acme.reading("requester"):
        assert [line.shipped for line in lines_of(confirmed.id)] == [Decimal(10)]


@pytest.mark.parametrize(("again", "owed"), [("2", "12"), ("99", "20")])
def test_await_replacements_lets_so_much_be_counted_again(market: Cast, again: str, owed: str) -> None:
    ordered = a_shipped_order(market, "10")
    with market.acme.reading("requester"):
        [line] = lines_of(ordered.id)
    settled = DisputeSettled(
        subject_id=uuid4(),
        number="D-1",
        order_id=ordered.id,
        order_number=ordered.number,
        buyer_id=market.acme.id,
        seller_id=market.bolt.id,
        proposal_id=uuid4(),
        remedy="replacement",
        amount=Decimal(0),
        currency="EUR",
        replacements=[ReplacementLine(line.id, Decimal(again))],
    )
    with market.acme.automatically():
        await_replacements(settled)
    with market.acme.reading("requester"):
        assert lines_of(ordered.id)[0].owed == Decimal(owed)
