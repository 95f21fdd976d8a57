"""Do the doors of the warehouse stand when everybody pushes at once?"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta
from decimal import Decimal
from itertools import product
from random import Random
from threading import Barrier
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Connection, NullPool, create_engine, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.constraints import constraint_of
from marketplace.foundation.db import runtime_address
from marketplace.foundation.tenancy import Actor, enter, platform
from marketplace.sellers.stock.actions import (
    StockLine,
    consume_reservation,
    receive_stock,
    release_reservation,
    reserve_stock,
    track_stock,
)
from marketplace.sellers.stock.doors import StockRefusal
from marketplace.sellers.stock.findings import place_findings, stock_findings
from marketplace.sellers.stock.jobs import expire_reservations
from marketplace.sellers.stock.models import (
    Reservation,
    StockBatch,
    StockHolding,
    StockLevel,
    StockMovement,
    Tracking,
)
from marketplace.sellers.warehouses.actions import add_bins, open_warehouse
from tests.cast import Cast
from tests.factories.stock import a_stocked_product

CONNECTIONS = 64
DEEDS_EACH = 6
RESERVE = "select doors.reserve_stock(:holder, :products, :quantities, cast(:until as timestamptz), :moment, :today)"
RELEASE = "select doors.release_reservation(:holder, :moment)"
SHIP = (
    "select doors.consume_reservation(:holder, :products, :quantities, array_fill(null::uuid, array[:size]),"
    " array_fill(null::uuid, array[:size]), null, '', :moment, :today)"
)
EXPIRE = "select doors.expire_reservations(:moment)"
MOVE = "select doors.move_stock(:product, :bin, :lot, :goal, 1, null, '', '', :moment, :today)"
HOLD = "select doors.handle_stock('hold', :product, :bin, :lot, 1, 'x', :moment, :today)"
CLEAR = "select doors.handle_stock('clearance', :product, :bin, :lot, 1, 'x', :moment, :today)"
SCRAP = "select doors.handle_stock('scrap', :product, :bin, :lot, 1, 'x', :moment, :today)"


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
        return (stock_findings(), place_findings()) == ([], [])


@contextmanager
def many_connections() -> Iterator[list[Connection]]:
    """As many connections to the database as the stress wants, each its own."""
    engine = create_engine(runtime_address(), poolclass=NullPool)
    connections = [engine.connect() for _ in range(CONNECTIONS)]
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()
        engine.dispose()


def asked(connection: Connection, actor: Actor, statement: str, **values: object) -> bool:
    """Whether the door does it, as that actor, in a transaction of its own."""
    enter(connection, actor, read_only=False)
    known = {"moment": clock.now(), "today": clock.today(), **values}
    refused_by = ""
    try:
        connection.execute(text(statement), {k: v for k, v in known.items() if f":{k}" in statement})
        connection.commit()
    except IntegrityError as error:
        connection.rollback()
        refused_by = constraint_of(error) or "a rule without a name"
    assert not refused_by or refused_by.startswith("stock_"), "a door refuses before a check has to"
    return not refused_by


def test_reserve_by_64_connections_sells_the_last_10_units_exactly(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    buyers = (market.acme.actor("requester"), market.nosy.actor("requester"))
    with many_connections() as connections:

        def buy(number: int) -> str:
            wanted = {"products": [product_id], "quantities": [Decimal(1)], "until": None}
            sold = asked(connections[number], buyers[number % 2], RESERVE, holder=uuid4(), **wanted)
            return "sold" if sold else "refused"

        answers = at_once(CONNECTIONS, buy)
    assert answers == {"sold": 10, "refused": 54}
    assert the_level(market, product_id) == (10, 10)
    assert nothing_disagrees(market)


class Goods(NamedTuple):
    """What is fought over: a few products that everybody wants, more that some do, and where they lie."""

    hot: list[UUID]
    cold: list[UUID]
    spots: list[tuple[UUID, UUID, UUID | None]]


class Shopper:
    """One connection that buys, cancels, ships, moves, holds back and scraps at random, and remembers what it did."""

    def __init__(self, number: int, market: Cast, goods: Goods, connection: Connection) -> None:
        self.chance, self.goods, self.connection = Random(number), goods, connection
        self.buyer = (market.acme if number % 2 else market.nosy).actor("requester")
        self.seller, self.clock = market.bolt.actor("warehouse"), platform("stress")
        self.gone: Counter[UUID] = Counter()
        self.orders: list[tuple[UUID, dict[UUID, Decimal]]] = []

    def shop(self) -> Counter[UUID]:
        """What has left the warehouse through this connection, by product."""
        deeds = (self.order, self.order, self.order, self.cancel, self.ship, self.handle, self.expire)
        for _ in range(DEEDS_EACH):
            self.chance.choice(deeds)()
        return self.gone

    def order(self) -> None:
        chosen = {*self.chance.sample(self.goods.hot, 2), *self.chance.sample(self.goods.cold, 2)}
        wanted = {product_id: Decimal(self.chance.randint(1, 5)) for product_id in chosen}
        until = self.chance.choice([None, None, clock.now() - timedelta(seconds=1)])
        holder = uuid4()
        if self.knock(self.buyer, RESERVE, wanted, holder=holder, until=until) and until is None:
            self.orders.append((holder, wanted))

    def cancel(self) -> None:
        if self.orders:
            holder, _ = self.orders.pop()
            asked(self.connection, self.buyer, RELEASE, holder=holder)

    def ship(self) -> None:
        if self.orders:
            holder, wanted = self.orders.pop()
            if self.knock(self.seller, SHIP, wanted, holder=holder):
                self.gone.update({product_id: int(quantity) for product_id, quantity in wanted.items()})

    def handle(self) -> None:
        product_id, bin_id, lot_id = self.chance.choice(self.goods.spots)
        statement = self.chance.choice((MOVE, MOVE, HOLD, CLEAR, SCRAP))
        goal = self.chance.choice([bin_id for _, bin_id, _ in self.goods.spots])
        values = {"product": product_id, "bin": bin_id, "lot": lot_id, "goal": goal}
        if asked(self.connection, self.seller, statement, **values) and statement is SCRAP:
            self.gone[product_id] += 1

    def expire(self) -> None:
        asked(self.connection, self.clock, EXPIRE)

    def knock(self, actor: Actor, statement: str, wanted: dict[UUID, Decimal], **values: object) -> bool:
        listed = self.chance.sample(sorted(wanted), len(wanted))
        lines = {"products": listed, "quantities": [wanted[p] for p in listed], "size": len(listed)}
        return asked(self.connection, actor, statement, **lines, **values)


def goods_in_two_bins(market: Cast, stock: int) -> Goods:
    """Ten products, half of each in either bin; the hottest bears batches, of which one has expired."""
    products = [a_stocked_product(market.bolt, stock="0") for _ in range(10)]
    with market.bolt.at_work("warehouse") as work:
        place = open_warehouse(code="ST", name="Stress")
        bins = [row.id for row in add_bins(warehouse_id=place.id, first="A-1", last="A-2")]
        track_stock(product_id=products[0], tracking=Tracking.BATCH)
        for product_id, (number, bin_id) in product(products, enumerate(bins)):
            lots = [f"L{number}"] if product_id == products[0] else []
            receive_stock(product_id=product_id, quantity=Decimal(stock), bin_id=bin_id, numbers=lots)
        past = clock.today() - timedelta(days=1)
        receive_stock(
            product_id=products[0], quantity=Decimal(stock), bin_id=bins[0], numbers=["OLD"], expires_on=past
        )
        rows = work.execute(select(StockHolding.product_id, StockHolding.bin_id, StockHolding.batch_id))
        return Goods(products[:2], products[2:], [tuple(row) for row in rows])  # type: ignore[misc]


def test_everything_at_once_by_64_connections_conserves_every_piece(market: Cast) -> None:
    stock = 30
    goods = goods_in_two_bins(market, stock)
    gone: Counter[UUID] = Counter()
    with many_connections() as connections:
        shoppers = [Shopper(n, market, goods, connection) for n, connection in enumerate(connections)]
        barrier = Barrier(CONNECTIONS)

        def shop(number: int) -> Counter[UUID]:
            barrier.wait()
            return shoppers[number].shop()

        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for left in pool.map(shop, range(CONNECTIONS)):
                gone += left
    assert gone.total() > 0
    for product_id in goods.hot + goods.cold:
        came = stock * (3 if product_id == goods.hot[0] else 2)
        assert the_level(market, product_id)[0] == came - gone[product_id]
    with market.platform() as work:
        shipped = select(StockBatch.number).join(StockMovement, StockMovement.batch_id == StockBatch.id)
        assert "OLD" not in set(work.scalars(shipped.where(StockMovement.kind == "shipment")))
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
