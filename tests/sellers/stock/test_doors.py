"""Do the doors of the warehouse stand when everybody pushes at once?"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from decimal import Decimal
from random import Random
from threading import Barrier
from uuid import UUID, uuid4

from sqlalchemy import NullPool, create_engine, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.db import runtime_engine
from marketplace.foundation.tenancy import enter
from marketplace.sellers.stock.actions import (
    StockLine,
    StockRefusal,
    consume_reservation,
    release_reservation,
    reserve_stock,
)
from marketplace.sellers.stock.jobs import expire_reservations
from marketplace.sellers.stock.models import Reservation, StockLevel
from marketplace.sellers.stock.queries import stock_findings
from tests.cast import Cast
from tests.factories.stock import a_stocked_product

RESERVE = text(
    "select doors.reserve_stock(:holder, :products, :quantities, cast(null as timestamptz), :moment)"
)


def at_once(count: int, act: Callable[[int], str]) -> Counter[str]:
    """What came of `act`, done by so many threads in the same moment."""
    barrier = Barrier(count)

    def run(number: int) -> str:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(copy_context().run, run, number) for number in range(count)]
        return Counter(future.result() for future in futures)


def the_level(market: Cast, product_id: UUID) -> tuple[Decimal, Decimal]:
    with market.platform() as work:
        row = work.scalars(select(StockLevel).where(StockLevel.product_id == product_id)).one()
        return row.on_hand, row.reserved


def nothing_disagrees(market: Cast) -> bool:
    with market.platform():
        return stock_findings() == []


def test_reserve_by_64_connections_sells_the_last_10_units_exactly(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    engine = create_engine(runtime_engine().url, poolclass=NullPool)
    buyers = (market.acme, market.nosy)
    connections = [engine.connect() for _ in range(64)]

    def buy(number: int) -> str:
        connection = connections[number]
        enter(connection, buyers[number % 2].actor("requester"), read_only=False)
        arguments = {
            "holder": uuid4(),
            "products": [product_id],
            "quantities": [Decimal(1)],
            "moment": clock.now(),
        }
        try:
            connection.execute(RESERVE, arguments)
            connection.commit()
        except IntegrityError:
            connection.rollback()
            return "refused"
        return "sold"

    answers = at_once(64, buy)
    for connection in connections:
        connection.close()
    engine.dispose()
    assert answers == {"sold": 10, "refused": 54}
    assert the_level(market, product_id) == (10, 10)
    assert nothing_disagrees(market)


def test_reserve_the_same_products_in_opposite_orders_blocks_nobody(market: Cast) -> None:
    products = [a_stocked_product(market.bolt if n % 2 else market.crown, stock="30") for n in range(6)]

    def buy(number: int) -> str:
        chosen = Random(number).sample(products, 4)
        lines = [StockLine(product_id, Decimal(1 + number % 3)) for product_id in chosen]
        try:
            with (market.acme if number % 2 else market.nosy).at_work("requester"):
                reserve_stock(holder_id=uuid4(), lines=lines, expires_at=None)
        except StockRefusal:
            return "refused"
        return "sold"

    answers = at_once(24, buy)
    assert set(answers) <= {"sold", "refused"}
    assert answers["sold"] > 0
    assert nothing_disagrees(market)


def test_reserve_release_ship_and_expire_at_once_keep_the_books(market: Cast) -> None:
    products = [a_stocked_product(market.bolt, stock="40") for _ in range(3)]
    past, orders = clock.now() - timedelta(hours=1), [uuid4() for _ in range(12)]
    for number, order_id in enumerate(orders):
        with market.acme.at_work("requester"):
            lines = [StockLine(product_id, Decimal(2)) for product_id in products]
            reserve_stock(holder_id=order_id, lines=lines, expires_at=past if number % 3 == 0 else None)

    def act(number: int) -> str:
        order_id = orders[number % 12]
        lines = [StockLine(product_id, Decimal(1)) for product_id in reversed(products)]
        try:
            if number % 4 == 0:
                expire_reservations()
            elif number % 4 == 1:
                with market.acme.at_work("requester"):
                    release_reservation(holder_id=order_id)
            elif number % 4 == 2:
                with market.bolt.at_work("warehouse"):
                    consume_reservation(holder_id=order_id, lines=lines)
            else:
                with market.nosy.at_work("requester"):
                    reserve_stock(holder_id=uuid4(), lines=lines, expires_at=past)
        except StockRefusal:
            return "refused"
        return "done"

    assert sum(at_once(24, act).values()) == 24
    assert nothing_disagrees(market)


def test_expire_frees_what_is_due_and_nothing_else(market: Cast) -> None:
    product_id, now = a_stocked_product(market.bolt, stock="10"), clock.now()
    for quantity, expires_at in (
        (1, now - timedelta(hours=1)),
        (2, now),
        (3, now + timedelta(hours=1)),
        (4, None),
    ):
        with market.acme.at_work("requester"):
            wanted = [StockLine(product_id, Decimal(quantity))]
            reserve_stock(holder_id=uuid4(), lines=wanted, expires_at=expires_at)
        # the first one is freed by the second reservation already: it needs the same product
    expire_reservations()
    with market.acme.reading("requester") as work:
        rows = work.scalars(select(Reservation).order_by(Reservation.reserved_at)).all()
    assert [row.status for row in rows] == ["expired", "expired", "open", "open"]
    assert the_level(market, product_id) == (10, 7)
    assert nothing_disagrees(market)


def test_findings_name_a_level_that_was_changed_behind_the_doors(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    with market.platform() as work:
        work.execute(text("update stock_levels set on_hand = 11"))
        findings = stock_findings()
    assert [(f.product_id, f.on_hand, f.moved_on_hand) for f in findings] == [(product_id, 11, 10)]
