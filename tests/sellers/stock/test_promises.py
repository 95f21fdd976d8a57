"""Is exactly that promised which will be there, and told as far as the seller wants?"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar, NamedTuple
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from marketplace.foundation.clock import clock_at
from marketplace.sellers.replenishment.actions import cancel_arrival, take_in
from marketplace.sellers.stock.actions import StockLine, hold_stock, receive_stock, reserve_stock
from marketplace.sellers.stock.doors import OutOfStock
from marketplace.sellers.stock.promises import Promise, available, outlook, promises
from tests.cast import Cast
from tests.factories.stock import (
    a_policy,
    a_product_in_batches,
    a_reservation,
    a_stocked_product,
    an_arrival,
    places_of,
)

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)
TODAY = NOON.date()
ALL_DAY = clock_at(NOON)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def days(market: Cast, product_id: UUID) -> list[tuple[int, Decimal]]:
    with market.bolt.reading("warehouse"):
        return [((row.from_on - TODAY).days, row.quantity) for row in outlook(product_id)]


def told(market: Cast, product_id: UUID, quantity: str) -> Promise:
    with market.acme.reading("requester"):
        return promises({product_id: Decimal(quantity)})[product_id]


@ALL_DAY
def test_what_is_expected_is_promised_from_its_day_on(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="5")
    a_reservation(market.acme, product_id, "2")
    an_arrival(market.bolt, product_id, "10", day(7))
    an_arrival(market.bolt, product_id, "4", day(3))
    assert days(market, product_id) == [(0, 3), (3, 7), (7, 17)]
    assert told(market, product_id, "3") == (product_id, 3, True, TODAY)
    assert told(market, product_id, "8") == (product_id, 3, False, day(7))
    assert told(market, product_id, "18") == (product_id, 3, False, None)


@ALL_DAY
def test_what_is_late_or_due_today_is_not_promised_today(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="0")
    with clock_at(NOON - timedelta(days=5)):
        an_arrival(market.bolt, product_id, "10", day(-1))
    an_arrival(market.bolt, product_id, "4", TODAY)
    assert days(market, product_id) == [(0, 0), (1, 4)]


@ALL_DAY
def test_what_comes_in_or_is_cancelled_is_no_longer_expected(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="0")
    first, second = (an_arrival(market.bolt, product_id, "10", day(2)) for _ in range(2))
    with market.bolt.at_work("warehouse"):
        take_in(arrival_id=first, quantity=Decimal(4))
        cancel_arrival(arrival_id=second)
    assert days(market, product_id) == [(0, 4), (2, 10)]
    with market.bolt.at_work("warehouse"):
        take_in(arrival_id=first, quantity=Decimal(5), is_last=True)
    assert days(market, product_id) == [(0, 9)]


@ALL_DAY
def test_what_will_have_expired_is_not_promised_from_then_on(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"SOON": ("6", day(4)), "LATER": ("4", day(9))})
    a_reservation(market.acme, product_id, "5")
    assert days(market, product_id) == [(0, 5), (5, 4), (10, 0)]
    with market.bolt.at_work("warehouse"):
        hold_stock(place=places_of(market.bolt, product_id)["IN LATER"], reason="Contrôle")
    assert days(market, product_id) == [(0, 1), (5, 0)]


@ALL_DAY
@pytest.mark.usefixtures("speaking")
def test_the_seller_says_what_buyers_are_told(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="5")
    an_arrival(market.bolt, product_id, "10", day(7))
    a_policy(market.bolt, shows="availability")
    assert told(market, product_id, "5") == (product_id, None, True, TODAY)
    assert told(market, product_id, "9") == (product_id, None, False, day(7))
    with pytest.raises(OutOfStock, match="There is not enough of") as refusal:
        a_reservation(market.acme, product_id, "9")
    assert refusal.value.available is None
    a_policy(market.bolt, shows="nothing")
    assert told(market, product_id, "5") == (product_id, None, None, None)
    with market.bolt.reading("warehouse"):
        assert available([product_id]) == {product_id: 5}


@ALL_DAY
def test_nothing_is_told_of_what_one_may_not_see_or_what_is_not_counted(market: Cast) -> None:
    hidden = a_stocked_product(market.bolt, visible_to_id=market.acme.id)
    uncounted = a_stocked_product(market.bolt, stock="0", is_stocked=False)
    with market.nosy.reading("requester"):
        assert promises({hidden: Decimal(1), uncounted: Decimal(1)}) == {}
    with market.pry.reading("warehouse"):
        assert outlook(hidden) == []


class Batch(NamedTuple):
    """So much came in, good until so many days from now (None: for ever)."""

    quantity: int
    good_for: int | None


BATCHES = st.lists(st.builds(Batch, st.integers(1, 9), st.none() | st.integers(-2, 6)), max_size=4)
ARRIVALS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 6)), max_size=3)


class Books:
    """One product in batches for each example, in one market."""

    market: ClassVar[Cast]


def plain_outlook(batches: list[Batch], reserved: int, arrivals: list[tuple[int, int]], ahead: int) -> int:
    """What is left on that day: each promise takes what expires first, then what has expired is thrown away."""
    known = [[b.quantity, 99 if b.good_for is None else b.good_for] for b in batches]
    lots = sorted((lot for lot in known if lot[1] >= 0), key=lambda lot: lot[1])
    open_promises = reserved
    for lot in lots:
        taken = min(lot[0], open_promises)
        lot[0], open_promises = lot[0] - taken, open_promises - taken
    left = sum(quantity for quantity, good_for in lots if good_for >= ahead)
    coming = sum(quantity for quantity, on in arrivals if max(on, 1) <= ahead)
    return max(left - open_promises + coming, 0)


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(BATCHES, st.integers(0, 12), ARRIVALS)
def check_any_outlook(batches: list[Batch], wanted: int, arrivals: list[tuple[int, int]]) -> None:
    market = Books.market
    product_id = a_product_in_batches(market.bolt, {"FIRST": ("1", None)})
    known = [Batch(1, None), *batches]
    for number, batch in enumerate(batches):
        expires_on = None if batch.good_for is None else day(batch.good_for)
        with market.bolt.at_work("warehouse"):
            receive_stock(
                product_id=product_id,
                quantity=Decimal(batch.quantity),
                numbers=[f"L{number}"],
                expires_on=expires_on,
            )
    for quantity, on in arrivals:
        an_arrival(market.bolt, product_id, str(quantity), day(on))
    reserved = min(wanted, plain_outlook(known, 0, [], 0))
    if reserved:
        with market.acme.at_work("requester"):
            lines = [StockLine(product_id, Decimal(reserved))]
            reserve_stock(holder_id=uuid4(), lines=lines, expires_at=None)
    found: defaultdict[int, int] = defaultdict(int, {n: int(q) for n, q in days(market, product_id)})
    for ahead in range(9):
        shown = max(n for n in found if n <= ahead)
        assert found[shown] == plain_outlook(known, reserved, arrivals, ahead), f"in {ahead} days"


@ALL_DAY
def test_any_outlook_is_what_a_plain_warehouse_would_have_left(market: Cast) -> None:
    Books.market = market
    check_any_outlook()
