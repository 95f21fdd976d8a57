"""Are orders found, in how many statements, and late for both sides at the same minute?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from marketplace.buyers.orders.lifecycle import OrderState
from marketplace.buyers.orders.queries import (
    Side,
    Wish,
    counterparts,
    late_since,
    lines_of,
    order,
    orders,
    timeline,
)
from marketplace.foundation import clock
from marketplace.foundation.db import runtime_engine
from marketplace.foundation.language import speaking
from tests.cast import Cast, Party
from tests.factories.orders import a_confirmed_order, a_placed_order, placed_orders, shipped, some_products

pytestmark = pytest.mark.usefixtures("speaking")


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that are sent inside."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(runtime_engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(runtime_engine(), "before_cursor_execute", note)


def found(party: Party, side: Side, wish: Wish) -> list[str]:
    with party.reading("administrator"):
        return [listed.order.number for listed in orders(side, wish).rows]


def test_orders_by_state_and_supplier_are_found_on_both_sides(market: Cast) -> None:
    first = a_confirmed_order(market)
    second = a_placed_order(market, seller=market.crown)
    assert found(market.acme, "buyer_id", Wish()) == [second.number, first.number]
    assert found(market.acme, "buyer_id", Wish(state=OrderState.PLACED)) == [second.number]
    assert found(market.acme, "buyer_id", Wish(counterpart_id=market.bolt.id)) == [first.number]
    assert found(market.bolt, "seller_id", Wish()) == [first.number]
    assert found(market.bolt, "buyer_id", Wish()) == []
    assert found(market.nosy, "buyer_id", Wish()) == []
    with market.acme.reading("requester"):
        assert [name for _, name in counterparts("buyer_id")] == ["Bolt Fournitures", "Crown Outillage"]


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_orders_late_are_late_for_both_sides_from_the_day_after_the_promise(market: Cast) -> None:
    confirmed = a_confirmed_order(market)
    assert confirmed.confirmed_on is not None
    for days, expected in ((0, []), (1, [confirmed.number])):
        with clock.clock_at(at_noon(confirmed.confirmed_on + timedelta(days=days))):
            assert found(market.acme, "buyer_id", Wish(is_late=True)) == expected
            assert found(market.bolt, "seller_id", Wish(is_late=True)) == expected
            for party in (market.acme, market.bolt):
                with party.reading("administrator"):
                    since = late_since(order(confirmed.id), lines_of(confirmed.id), clock.today())
                assert since == (confirmed.confirmed_on if expected else None)


def test_orders_that_were_placed_or_cancelled_are_never_late(market: Cast) -> None:
    placed = a_placed_order(market)
    with clock.clock_at(at_noon(placed.requested_on + timedelta(days=99))):
        assert found(market.acme, "buyer_id", Wish(is_late=True)) == []


def test_timeline_tells_both_sides_the_same_story_with_who_and_when(market: Cast) -> None:
    confirmed = a_confirmed_order(market, "5", "5")
    shipped(market, confirmed, "5", "5")
    stories = []
    for party in (market.acme, market.bolt):
        with party.reading("administrator"), speaking("en"):
            stories.append([(entry.label, entry.who) for entry in reversed(timeline(confirmed.id))])
    assert stories[0] == stories[1]
    told = [entry for entry in stories[0] if entry[0] != "Order document filed"]
    assert told == [
        ("Order placed", "requester of Acme Industrie"),
        ("Order confirmed", "sales_desk of Bolt Fournitures"),
        ("Goods shipped", "warehouse of Bolt Fournitures"),
    ]


def statements_of_a_list(party: Party, side: Side) -> int:
    with party.reading("administrator"), counting() as seen:
        orders(side, Wish())
    return len(seen)


def test_orders_of_a_list_cost_the_same_for_one_and_thirty(market: Cast) -> None:
    a_placed_order(market)
    alone = statements_of_a_list(market.acme, "buyer_id"), statements_of_a_list(market.bolt, "seller_id")
    for product_id in some_products(market.bolt, 30):
        placed_orders(market.acme, {product_id: "1"})
    many = statements_of_a_list(market.acme, "buyer_id"), statements_of_a_list(market.bolt, "seller_id")
    assert alone == many == (4, 4)
