"""Does exactly what was ordered leave, once?"""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.events.buyers import OrderCancelled, OrderRefused
from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.outbox import News
from marketplace.foundation.quantity import WrongQuantity
from marketplace.sellers.fulfilment.actions import (
    ShipLine,
    close_fulfilment,
    ship,
    track_shipment,
)
from marketplace.sellers.fulfilment.models import (
    FulfilmentLine,
    FulfilmentOrder,
    Shipment,
    ShipmentEvent,
    ShipmentLine,
)
from marketplace.sellers.fulfilment.parcels import Overshipped
from marketplace.sellers.fulfilment.queries import fulfilment_findings
from marketplace.sellers.stock.actions import release_reservation
from marketplace.sellers.stock.doors import OutOfStock, ReservationLost
from marketplace.sellers.stock.findings import stock_findings
from marketplace.sellers.stock.models import StockLevel
from tests.cast import Cast
from tests.factories.fulfilment import TradedOrder, an_order, an_order_line, an_order_to_ship
from tests.factories.stock import a_reservation, a_stocked_product

pytestmark = pytest.mark.usefixtures("speaking")


def state(order: TradedOrder) -> str:
    with order.seller.reading("warehouse") as work:
        return str(
            work.scalars(select(FulfilmentOrder.status).where(FulfilmentOrder.order_id == order.id)).one()
        )


def remainders(order: TradedOrder) -> list[Decimal]:
    with order.seller.reading("warehouse") as work:
        return [
            line.remainder for line in work.scalars(select(FulfilmentLine).order_by(FulfilmentLine.position))
        ]


def levels(order: TradedOrder) -> list[tuple[Decimal, Decimal]]:
    with order.seller.reading("warehouse") as work:
        known = {row.product_id: (row.on_hand, row.reserved) for row in work.scalars(select(StockLevel))}
    return [known[line.product_id] for line in order.lines]


def cancel(order: TradedOrder) -> None:
    with order.buyer.at_work("procurement_lead"):
        assert close_fulfilment(order_id=order.id)
        release_reservation(holder_id=order.id)
    order.end(OrderCancelled)


def test_hear_of_an_order_opens_the_work_but_ships_nothing(market: Cast) -> None:
    order = an_order(market, "4")
    assert state(order) == "new"
    with pytest.raises(WrongState):
        order.ship("4")


def test_hear_of_a_confirmation_makes_it_ready_in_the_agreed_quantities(market: Cast) -> None:
    order = an_order(market, "4", "4")
    new = an_order_line(a_stocked_product(market.bolt), "7", position=3)
    order.confirm(lines=[replace(order.lines[0], quantity=Decimal(3)), new], version=2)
    assert state(order) == "ready"
    assert remainders(order) == [3, 0, 7]


@pytest.mark.parametrize("kind", [OrderCancelled, OrderRefused])
def test_hear_of_the_end_of_an_order_closes_the_work(
    market: Cast, kind: type[OrderCancelled] | type[OrderRefused]
) -> None:
    order = an_order(market, "4")
    order.end(kind)
    assert state(order) == "cancelled"
    with pytest.raises(WrongState):
        order.ship("4")


def test_ship_everything_empties_the_reservation_and_announces_it(market: Cast) -> None:
    order = an_order_to_ship(market, "10", "4")
    shipment = order.ship("10", "4")
    assert shipment.number.startswith("DN-")
    assert state(order) == "shipped"
    assert remainders(order) == [0, 0]
    assert levels(order) == [(90, 0), (96, 0)]
    with market.acme.reading("receiver") as work:
        news = work.scalars(select(News).where(News.name == "GoodsShipped")).one()
        assert [line["quantity"] for line in news.payload["lines"]] == ["10", "4"]
        assert work.scalars(select(Shipment)).one().carrier == "Chronopost"


def test_ship_a_part_leaves_the_exact_remainder(market: Cast) -> None:
    order = an_order_to_ship(market, "10", "4")
    order.ship("3", "0")
    assert state(order) == "partly_shipped"
    assert remainders(order) == [7, 4]
    assert levels(order) == [(97, 7), (100, 4)]
    order.ship("2", "4")
    assert state(order) == "partly_shipped"
    order.ship("5")
    assert state(order) == "shipped"
    assert levels(order) == [(90, 0), (96, 0)]
    with market.platform():
        assert fulfilment_findings() == []
        assert stock_findings() == []


@pytest.mark.parametrize(
    ("quantities", "refusal"),
    [(("11",), Overshipped), (("0", "0"), Invalid), (("-1",), WrongQuantity), (("1.5",), WrongQuantity)],
)
def test_ship_a_wrong_quantity_is_refused(market: Cast, quantities: tuple[str, ...], refusal: type) -> None:
    order = an_order_to_ship(market, "10", "4")
    with pytest.raises(refusal):
        order.ship(*quantities)
    assert levels(order) == [(100, 10), (100, 4)]


def test_ship_a_line_of_another_order_is_refused(market: Cast) -> None:
    order, other = an_order_to_ship(market, "10"), an_order_to_ship(market, "10", number="PO-2")
    with pytest.raises(Invalid, match="not of this order"), market.bolt.at_work("warehouse"):
        ship(
            order_id=order.id,
            lines=[ShipLine(other.lines[0].order_line_id, Decimal(1))],
            carrier="x",
            tracking_number="",
            expected_on=clock.today(),
        )


def test_ship_to_arrive_before_today_is_refused(market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    with pytest.raises(Invalid, match="arrive"), market.bolt.at_work("warehouse"):
        ship(
            order_id=order.id,
            lines=[ShipLine(order.lines[0].order_line_id, Decimal(1))],
            carrier="x",
            tracking_number="",
            expected_on=clock.today() - timedelta(days=1),
        )


def test_ship_twice_with_one_request_is_one_shipment(market: Cast) -> None:
    order, request_id = an_order_to_ship(market, "10"), uuid4()
    first = order.ship("4", request_id=request_id)
    assert order.ship("4", request_id=request_id).id == first.id
    assert remainders(order) == [6]


def test_ship_by_two_clicks_in_the_same_moment_is_one_shipment(market: Cast) -> None:
    order, request_id, barrier = an_order_to_ship(market, "10"), uuid4(), Barrier(6)

    def click() -> UUID:
        barrier.wait()
        return order.ship("4", request_id=request_id).id

    with ThreadPoolExecutor(6) as pool:
        clicks = [pool.submit(copy_context().run, click) for _ in range(6)]
        assert len({c.result() for c in clicks}) == 1
    assert remainders(order) == [6]


def test_ship_the_last_units_by_many_hands_never_ships_more_than_ordered(market: Cast) -> None:
    order, barrier = an_order_to_ship(market, "10"), Barrier(8)

    def hand() -> bool:
        barrier.wait()
        try:
            order.ship("3")
        except Overshipped:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        hands = [pool.submit(copy_context().run, hand) for _ in range(8)]
        assert sum(h.result() for h in hands) == 3
    assert remainders(order) == [1]
    assert levels(order) == [(91, 1)]


@pytest.mark.parametrize(
    ("who", "role"), [("bolt", "sales_desk"), ("acme", "receiver"), ("pry", "warehouse")]
)
def test_ship_by_anybody_but_the_sellers_warehouse_is_refused(market: Cast, who: str, role: str) -> None:
    order = an_order_to_ship(market, "10")
    with pytest.raises((NotYourMove, NotFound)), getattr(market, who).at_work(role):
        ship(
            order_id=order.id,
            lines=[ShipLine(order.lines[0].order_line_id, Decimal(1))],
            carrier="x",
            tracking_number="",
            expected_on=clock.today(),
        )


def test_ship_what_was_cancelled_in_the_meantime_is_refused(market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    cancel(order)
    with pytest.raises(WrongState):
        order.ship("10")
    assert state(order) == "cancelled"
    assert levels(order) == [(100, 0)]


def test_ship_what_was_released_without_being_cancelled_is_refused_by_the_stock(market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    with market.acme.at_work("procurement_lead"):
        release_reservation(holder_id=order.id)
    with pytest.raises(ReservationLost):
        order.ship("10")


def test_close_after_goods_have_left_says_no(market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    order.ship("1")
    with market.acme.at_work("procurement_lead"):
        assert not close_fulfilment(order_id=order.id)
    assert state(order) == "partly_shipped"


def test_close_by_a_stranger_changes_nothing(market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    for stranger, role in ((market.nosy, "procurement_lead"), (market.pry, "sales_desk")):
        with stranger.at_work(role):
            close_fulfilment(order_id=order.id)
    assert state(order) == "ready"


def test_cancel_and_ship_in_the_same_moment_is_one_of_the_two(market: Cast) -> None:
    for number in range(6):
        order, barrier = an_order_to_ship(market, "10", number=f"PO-{number}"), Barrier(2)

        def shipping(order: TradedOrder = order, barrier: Barrier = barrier) -> bool:
            barrier.wait()
            try:
                order.ship("10")
            except WrongState:
                return False
            return True

        def cancelling(order: TradedOrder = order, barrier: Barrier = barrier) -> bool:
            barrier.wait()
            with order.buyer.at_work("procurement_lead"):
                is_closed = close_fulfilment(order_id=order.id)
                if is_closed:
                    release_reservation(holder_id=order.id)
            return is_closed

        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(copy_context().run, act) for act in (shipping, cancelling)]
            assert sorted(a.result() for a in answers) == [False, True]
        with market.platform():
            assert stock_findings() == []


def test_ship_a_replacement_takes_what_nobody_has_reserved(market: Cast) -> None:
    order = an_order_to_ship(market, "10", stock="12")
    order.ship("10")
    order.settle("2")
    assert state(order) == "partly_shipped"
    assert remainders(order) == [2]
    order.ship("2")
    assert state(order) == "shipped"
    assert levels(order) == [(0, 0)]
    with market.platform():
        assert stock_findings() == []


def test_ship_a_replacement_and_the_remainder_at_once_takes_both(market: Cast) -> None:
    order = an_order_to_ship(market, "10", stock="20")
    order.ship("6")
    order.settle("3")
    assert remainders(order) == [7]
    order.ship("7")
    assert levels(order) == [(7, 0)]


def test_ship_a_replacement_that_others_have_reserved_is_refused(market: Cast) -> None:
    order = an_order_to_ship(market, "10", stock="11")
    order.ship("10")
    a_reservation(market.nosy, order.lines[0].product_id, "1")
    order.settle("1")
    with pytest.raises(OutOfStock):
        order.ship("1")


def test_hear_that_a_line_is_complete_takes_its_remainder_off_the_list(market: Cast) -> None:
    order = an_order_to_ship(market, "10", "4")
    order.ship("7")
    order.complete(1)
    assert state(order) == "partly_shipped"
    assert remainders(order) == [0, 4]
    with pytest.raises(Overshipped):
        order.ship("1")


def test_hear_that_an_order_is_complete_closes_it_and_frees_the_rest(market: Cast) -> None:
    order = an_order_to_ship(market, "10", "4")
    order.ship("7")
    order.complete(1, 2)
    assert state(order) == "cancelled"
    assert levels(order) == [(93, 0), (100, 0)]


def test_hear_that_an_order_is_complete_after_the_last_parcel_changes_nothing(market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    order.ship("10")
    order.complete(1)
    assert state(order) == "shipped"


def test_ship_a_replacement_of_a_closed_order_is_possible(market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    order.ship("7")
    order.complete(1)
    order.settle("3")
    assert state(order) == "partly_shipped"
    order.ship("3")
    assert state(order) == "shipped"
    assert levels(order) == [(90, 0)]
    with market.platform():
        assert stock_findings() == []


def test_settle_more_than_was_ordered_replaces_what_was_ordered(market: Cast) -> None:
    order = an_order_to_ship(market, "2")
    order.ship("2")
    order.settle("9")
    assert remainders(order) == [2]


def test_settle_without_replacement_changes_nothing(market: Cast) -> None:
    order = an_order_to_ship(market, "2")
    order.ship("2")
    order.settle()
    assert state(order) == "shipped"


def test_track_a_parcel_is_seen_by_both_sides(market: Cast) -> None:
    shipment = an_order_to_ship(market, "2").ship("2")
    with market.bolt.at_work("warehouse"):
        track_shipment(shipment_id=shipment.id, happened_at=clock.now(), place="Lyon", remark="Tri")
        track_shipment(
            shipment_id=shipment.id, happened_at=clock.now(), place="Lyon", remark="Livré", is_delivered=True
        )
    with market.acme.reading("receiver") as work:
        assert work.scalars(select(Shipment.status)).one() == "delivered"
        assert len(work.scalars(select(ShipmentEvent)).all()) == 2
        assert len(work.scalars(select(News).where(News.name == "ShipmentTracked")).all()) == 2


@pytest.mark.parametrize("hours", [-2, 2])
def test_track_at_an_impossible_time_is_refused(market: Cast, hours: int) -> None:
    shipment = an_order_to_ship(market, "2").ship("2")
    moment = clock.now() + timedelta(hours=hours)
    with pytest.raises(Invalid), market.bolt.at_work("warehouse"):
        track_shipment(shipment_id=shipment.id, happened_at=moment, place="Lyon", remark="Tri")


@pytest.mark.parametrize("is_delivered", [True, False])
def test_track_without_the_permission_is_refused(market: Cast, is_delivered: bool) -> None:
    shipment = an_order_to_ship(market, "2").ship("2")
    for party, role in ((market.bolt, "sales_desk"), (market.acme, "receiver")):
        with pytest.raises((NotYourMove, NotFound)), party.at_work(role):
            track_shipment(
                shipment_id=shipment.id,
                happened_at=clock.now(),
                place="",
                remark="Tri",
                is_delivered=is_delivered,
            )


OWN_WRITES = (
    ("bolt", "update fulfilment_lines set ordered = 1000"),
    ("bolt", "update fulfilment_lines set shipped = 0"),
    ("bolt", "update shipment_lines set quantity = 1"),
    ("bolt", "delete from shipments"),
    ("bolt", "delete from shipment_lines"),
    ("bolt", "update shipments set expected_on = '2030-01-01'"),
    ("bolt", "update shipment_events set remark = 'x'"),
    ("bolt", "update fulfilment_orders set promised_on = '2030-01-01'"),
    ("acme", "update fulfilment_lines set shipped = 10"),
    ("bolt", "insert into fulfilment_orders select * from fulfilment_orders"),
)


@pytest.mark.parametrize(("who", "statement"), OWN_WRITES)
def test_write_by_hand_what_the_order_says_is_denied(market: Cast, who: str, statement: str) -> None:
    an_order_to_ship(market, "2").ship("1")
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        getattr(market, who).at_work("administrator") as work,
    ):
        work.execute(text(statement))


def test_write_a_shipment_line_by_hand_beyond_the_order_is_refused(market: Cast) -> None:
    order = an_order_to_ship(market, "2", "2")
    order.ship("1")
    copy = (
        "insert into shipment_lines select l.shipment_id, f.id, l.buyer_id, l.seller_id, f.order_line_id,"
        " f.product_id, f.position, f.sku, f.name, f.unit_code, 3, gen_random_uuid()"
        " from shipment_lines l, fulfilment_lines f where f.position = 2"
    )
    with pytest.raises(DBAPIError, match="never_overshipped"), market.bolt.at_work("warehouse") as work:
        work.execute(text(copy))


def test_write_by_hand_as_the_buyer_touches_no_row(market: Cast) -> None:
    an_order_to_ship(market, "2").ship("1")
    with market.acme.at_work("administrator") as work:
        for statement in (
            "update fulfilment_orders set status = 'shipped'",
            "update shipments set status = 'delivered'",
        ):
            assert work.execute(text(statement)).rowcount == 0


def test_read_the_work_of_others_finds_no_row(market: Cast) -> None:
    shipment = an_order_to_ship(market, "2").ship("1")
    with market.bolt.at_work("warehouse"):
        track_shipment(shipment_id=shipment.id, happened_at=clock.now(), place="Lyon", remark="Tri")
    for stranger in (market.nosy, market.pry):
        with stranger.reading("administrator") as work:
            for model in (FulfilmentOrder, FulfilmentLine, Shipment, ShipmentLine, ShipmentEvent):
                assert work.scalars(select(model)).all() == []
