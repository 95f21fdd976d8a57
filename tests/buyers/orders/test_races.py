"""Does everything hold when two people press at the same moment?"""

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.buyers.orders.actions import (
    cancel_order,
    confirm_order,
    place_orders,
    propose_change,
    refuse_order,
)
from marketplace.buyers.orders.answers import ProposedLine
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import lines_of
from marketplace.foundation.errors import Refusal
from tests.cast import Cast, Party
from tests.factories.orders import a_placed_order, an_approved_requisition, as_seen, some_products
from tests.factories.serving import serving
from tests.factories.workers import OwnRedis

pytestmark = pytest.mark.usefixtures("speaking")


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each deed gave or how it was refused, all of them begun in the same moment in threads of their own."""
    start = Barrier(len(deeds))

    def begin(deed: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return deed()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(deeds)) as threads:
        running = [threads.submit(contextvars.copy_context().run, begin, deed) for deed in deeds]
        return [thread.result(timeout=30) for thread in running]


def place(party: Party, requisition_id: Any) -> list[Any]:
    with party.at_work("requester"):
        return [placed.id for placed in place_orders(requisition_id=requisition_id)]


def test_place_orders_in_eight_threads_makes_one_set_of_orders(market: Cast) -> None:
    products = [*some_products(market.bolt, 2), *some_products(market.crown, 1)]
    requisition_id = an_approved_requisition(market.acme, dict.fromkeys(products, "2"))
    outcomes = at_once(*[lambda: place(market.acme, requisition_id)] * 8)
    assert len(outcomes[0]) == 2
    assert all(sorted(outcome) == sorted(outcomes[0]) for outcome in outcomes)
    with market.acme.reading("requester") as work:
        assert work.scalar(select(func.count()).select_from(PurchaseOrder)) == 2


def test_place_by_eight_clicks_at_once_makes_one_order_per_supplier(
    queue: OwnRedis, market: Cast, portal: Flask, browser: FlaskClient
) -> None:
    products = [*some_products(market.bolt, 2), *some_products(market.crown, 1)]
    requisition_id = an_approved_requisition(market.acme, dict.fromkeys(products, "2"))
    market.sign_in(browser, market.acme, "requester")
    cookie = browser.get_cookie("marketplace")
    assert cookie is not None

    with serving(portal) as address:

        def click() -> tuple[int, str]:
            answer = requests.post(
                f"{address}/orders/place/{requisition_id}",
                cookies={"marketplace": cookie.value},
                allow_redirects=False,
                timeout=60,
            )
            return answer.status_code, answer.headers["Location"]

        assert at_once(*[click] * 8) == [(303, "/orders/")] * 8
    with market.acme.reading("requester") as work:
        sellers = work.scalars(select(PurchaseOrder.seller_id)).all()
        assert sorted(sellers) == sorted([market.bolt.id, market.crown.id])


@pytest.mark.parametrize("round_number", range(4))
def test_confirm_and_cancel_in_the_same_moment_exactly_one_wins(market: Cast, round_number: int) -> None:
    placed = a_placed_order(market)

    def confirm() -> str:
        with market.bolt.at_work("sales_desk"):
            return confirm_order(order_id=placed.id).status

    def cancel() -> str:
        with market.acme.at_work("procurement_lead"):
            return cancel_order(order_id=placed.id, reason="Plus besoin", version=placed.version).status

    outcomes = at_once(confirm, cancel)
    [won] = [outcome for outcome in outcomes if not isinstance(outcome, Refusal)]
    [lost] = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert lost.status == 409
    assert as_seen(market.acme, placed.id).status == won


def test_confirm_and_refuse_in_the_same_moment_exactly_one_wins(market: Cast) -> None:
    placed = a_placed_order(market)

    def confirm() -> str:
        with market.bolt.at_work("sales_desk"):
            return confirm_order(order_id=placed.id).status

    def refuse() -> str:
        with market.bolt.at_work("sales_desk"):
            return refuse_order(order_id=placed.id, reason="Non").status

    [won] = [outcome for outcome in at_once(confirm, refuse) if not isinstance(outcome, Refusal)]
    assert as_seen(market.acme, placed.id).status == won


def test_propose_twice_in_the_same_moment_keeps_one_proposal(market: Cast) -> None:
    placed = a_placed_order(market)

    def propose() -> int | None:
        with market.bolt.at_work("sales_desk"):
            lines = [ProposedLine(line.id, line.quantity - 1) for line in lines_of(placed.id)]
            return propose_change(order_id=placed.id, lines=lines, reason="Moins").proposed_version

    outcomes = at_once(propose, propose)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Refusal)] == [2]
