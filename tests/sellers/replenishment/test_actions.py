"""Is what is expected booked once it comes, and is it known in time what to order?"""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid
from marketplace.foundation.lifecycle import WrongState
from marketplace.foundation.quantity import WrongQuantity
from marketplace.sellers.replenishment.actions import (
    cancel_arrival,
    change_arrival,
    set_reorder,
    take_in,
)
from marketplace.sellers.replenishment.placement import Spot, spots_of, swaps, walked
from marketplace.sellers.replenishment.queries import (
    Position,
    arrival,
    arrival_findings,
    low_stock,
    positions_of,
)
from marketplace.sellers.stock.actions import Paper, StockLine, consume_reservation, receive_stock
from marketplace.sellers.stock.models import StockMovement
from marketplace.sellers.stock.turnover import turnover
from marketplace.sellers.warehouses.queries import main_warehouse
from tests.cast import Cast
from tests.factories.stock import (
    a_product_in_batches,
    a_reservation,
    a_stocked_product,
    an_arrival,
    places_of,
    some_bins,
)

SOON = clock.today() + timedelta(days=5)


def state(market: Cast, arrival_id: UUID) -> tuple[str, Decimal]:
    with market.bolt.reading("warehouse"):
        row = arrival(arrival_id)
        return str(row.status), row.received


def test_take_in_parts_ends_when_all_has_come(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="0")
    arrival_id = an_arrival(market.bolt, product_id, "10", SOON)
    with market.bolt.at_work("warehouse"):
        take_in(arrival_id=arrival_id, quantity=Decimal(4))
    assert state(market, arrival_id) == ("expected", 4)
    with market.bolt.at_work("warehouse") as work:
        take_in(arrival_id=arrival_id, quantity=Decimal(7))
        papers = work.scalars(select(StockMovement.document).where(StockMovement.cause_id == arrival_id))
        assert len(set(papers)) == 1
    assert state(market, arrival_id) == ("arrived", 11)
    for deed in (cancel_arrival, take_in):
        values = {} if deed is cancel_arrival else {"quantity": Decimal(1)}
        with pytest.raises(WrongState), market.bolt.at_work("warehouse"):
            deed(arrival_id=arrival_id, **values)
    with market.platform():
        assert arrival_findings() == []


def test_take_in_goes_to_the_warehouse_where_it_was_expected(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="3")
    some_bins(market.bolt, "A-1", warehouse="0", position=1)
    arrival_id = an_arrival(market.bolt, product_id, "10", SOON)
    with market.bolt.at_work("warehouse"):
        take_in(arrival_id=arrival_id, quantity=Decimal(10))
        positions = positions_of(product_id)
    assert [(row.warehouse, row.usable) for row in positions] == [("0", 10), ("1", 3)]


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "NaN"])
def test_expect_a_quantity_that_is_none_is_refused(market: Cast, quantity: str) -> None:
    with pytest.raises(WrongQuantity):
        an_arrival(market.bolt, a_stocked_product(market.bolt), quantity, SOON)


def test_expect_something_yesterday_or_of_somebody_else_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    with pytest.raises(Invalid):
        an_arrival(market.bolt, product_id, "1", clock.today() - timedelta(days=1))
    with pytest.raises(IntegrityError, match="not yours"):
        an_arrival(market.pry, product_id, "1", SOON)


def test_change_moves_the_day_and_cancel_after_a_part_is_done(market: Cast) -> None:
    arrival_id = an_arrival(market.bolt, a_stocked_product(market.bolt), "10", SOON)
    later = SOON + timedelta(days=3)
    with market.bolt.at_work("warehouse"):
        change_arrival(arrival_id=arrival_id, quantity=Decimal(8), expected_on=later, reference="PO 7")
        assert arrival(arrival_id).expected_on == later
        take_in(arrival_id=arrival_id, quantity=Decimal(1))
        cancel_arrival(arrival_id=arrival_id)
    assert state(market, arrival_id) == ("arrived", 1)


WRITES = (
    "update arrivals set received = 3",
    "delete from arrivals",
    "insert into arrivals (id, product_id, organisation_id, warehouse_id, number, quantity, received, expected_on,"
    " reference, noted_at, status) select uuidv7(), '{product}', '{pry}', w.id, 'AR-X', 5, 0, '2999-01-01', '', now(),"
    " 'expected' from warehouses w",
    "insert into stocking_rules (id, product_id, organisation_id, warehouse_id) select uuidv7(), '{product}', '{pry}',"
    " w.id from warehouses w",
)


@pytest.mark.parametrize("statement", WRITES)
def test_nobody_promises_goods_of_another_seller_by_hand(market: Cast, statement: str) -> None:
    product_id = a_stocked_product(market.bolt)
    an_arrival(market.bolt, product_id, "1", SOON)
    an_arrival(market.pry, a_stocked_product(market.pry), "1", SOON)
    named = statement.format(product=product_id, pry=market.pry.id)
    with pytest.raises(DBAPIError), market.pry.at_work("administrator") as work:
        work.execute(text(named))


def low(market: Cast) -> list[Position]:
    with market.bolt.reading("warehouse"):
        return list(low_stock().rows)


def watch(market: Cast, product_id: UUID, point: str | None, up_to: str | None) -> None:
    with market.bolt.at_work("warehouse"):
        set_reorder(
            product_id=product_id,
            warehouse_id=main_warehouse().id,
            reorder_point=None if point is None else Decimal(point),
            reorder_up_to=None if up_to is None else Decimal(up_to),
        )


def test_low_is_what_will_be_left_at_the_reorder_point(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    a_stocked_product(market.bolt, stock="0")
    watch(market, product_id, "5", "20")
    assert low(market) == []
    a_reservation(market.acme, product_id, "5")
    assert [(row.usable, row.promised, row.coming, row.missing) for row in low(market)] == [(10, 5, 0, 15)]
    an_arrival(market.bolt, product_id, "3", SOON)
    assert low(market) == []
    watch(market, product_id, None, None)
    a_reservation(market.acme, product_id, "5")
    assert low(market) == []


def test_low_counts_nothing_that_has_expired_or_lies_elsewhere(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"OLD": ("9", clock.today() - timedelta(days=1))})
    watch(market, product_id, "1", "4")
    other = some_bins(market.bolt, "Z-1", warehouse="Z", position=9)["Z-1"]
    with market.bolt.at_work("warehouse"):
        receive_stock(product_id=product_id, quantity=Decimal(50), bin_id=other, numbers=["NEW"])
    assert [(row.warehouse, row.usable, row.missing) for row in low(market)] == [("1", 0, 4)]


@pytest.mark.parametrize(
    ("point", "up_to", "refusal"),
    [("5", None, Invalid), ("-1", "4", Invalid), ("5", "5", IntegrityError), ("1", "0", WrongQuantity)],
)
def test_a_wrong_reorder_point_is_refused(
    market: Cast, point: str, up_to: str | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        watch(market, a_stocked_product(market.bolt, stock="1"), point, up_to)


def ship(market: Cast, product_id: UUID, *quantities: str) -> None:
    for quantity in quantities:
        order_id = a_reservation(market.acme, product_id, quantity)
        with market.bolt.at_work("warehouse"):
            lines = [StockLine(product_id, Decimal(quantity))]
            consume_reservation(holder_id=order_id, lines=lines, paper=Paper(uuid4(), "DN"))


def test_classes_follow_what_was_shipped(market: Cast) -> None:
    products = [
        a_stocked_product(market.bolt, stock="100", price=price) for price in ("70", "20", "6", "4", "1")
    ]
    for product_id in products[:4]:
        ship(market, product_id, "1")
    with market.bolt.reading("warehouse"):
        ranked = {row.product_id: (row.letter, row.value) for row in turnover().rows}
    assert [ranked[product_id] for product_id in products] == [
        ("A", 70),
        ("A", 20),
        ("B", 6),
        ("C", 4),
        ("C", 0),
    ]


def test_what_is_fetched_often_and_lies_far_changes_places(market: Cast) -> None:
    bins = some_bins(market.bolt, "A-1", "A-2", "A-3")
    cold, middle, hot = (a_stocked_product(market.bolt, stock="0") for _ in range(3))
    for product_id, bin_id in zip((cold, middle, hot), bins.values(), strict=True):
        with market.bolt.at_work("warehouse"):
            receive_stock(product_id=product_id, quantity=Decimal(50), bin_id=bin_id)
    ship(market, hot, "1", "1", "1")
    ship(market, middle, "1")
    with market.bolt.reading("warehouse"):
        spots = spots_of(main_warehouse().id)
    assert [(spot.place, spot.bin, spot.fetched) for spot in spots] == [
        (1, "A-1", 0),
        (2, "A-2", 1),
        (3, "A-3", 3),
    ]
    assert walked(spots) == 11
    found = swaps(spots)
    assert [(swap.far.product_id, swap.near.product_id, swap.saved) for swap in found] == [(hot, cold, 6)]
    assert len(places_of(market.bolt, hot)) == 1


def spot(place: int, fetched: int) -> Spot:
    return Spot(place, UUID(int=place), f"A-{place}", UUID(int=100 + place), "", "", fetched)


@pytest.mark.parametrize(
    ("fetched", "saved"),
    [((5, 4, 3), []), ((0, 0, 0), []), ((), []), ((0, 9, 1, 8), [24]), ((0, 9, 1, 8, 0, 5), [25, 7])],
)
def test_swaps_save_what_they_say(fetched: tuple[int, ...], saved: list[int]) -> None:
    spots = [spot(place, count) for place, count in enumerate(fetched, start=1)]
    found = swaps(spots)
    assert [swap.saved for swap in found] == saved
    moved = {swap.far.place: swap.near.place for swap in found} | {s.near.place: s.far.place for s in found}
    after = [one._replace(place=moved.get(one.place, one.place)) for one in spots]
    assert walked(spots) - walked(after) == sum(saved)
