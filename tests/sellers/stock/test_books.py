"""Does any history of a warehouse, however strange, leave its books exact?"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.sellers.stock.actions import (
    Place,
    StockLine,
    change_reservation,
    clear_stock,
    consume_reservation,
    count_stock,
    hand_over_reservation,
    hold_stock,
    move_stock,
    receive_stock,
    release_reservation,
    reserve_stock,
    scrap_stock,
    track_stock,
)
from marketplace.sellers.stock.doors import StockRefusal
from marketplace.sellers.stock.findings import place_findings, stock_findings
from marketplace.sellers.stock.jobs import expire_reservations
from marketplace.sellers.stock.models import StockBatch, StockLevel, Tracking
from marketplace.sellers.stock.promises import available
from marketplace.sellers.stock.queries import holdings_of, picks
from marketplace.sellers.warehouses.actions import add_bins, open_warehouse
from tests.cast import Cast
from tests.factories.plain_stock import PlainStock, Spot
from tests.factories.stock import a_stocked_product

START = datetime(2025, 3, 3, 8, tzinfo=UTC)
BINS = ("A-2", "A-10", "B-1")  # on the way that one walks, as the plain warehouse sorts them by number
LOTS: dict[str, date | None] = {"SOON": date(2025, 3, 3), "LATER": date(2025, 3, 5), "NEVER": None}
QUANTITIES = st.integers(1, 12).map(Decimal)
PRODUCTS, HOLDERS, PLACES = st.integers(0, 2), st.integers(0, 3), st.integers(0, 2)
LOT_NAMES = st.sampled_from(list(LOTS))
LINES = st.lists(st.tuples(PRODUCTS, QUANTITIES), min_size=1, max_size=4)
Lines = list[tuple[int, Decimal]]


class Warehouse(RuleBasedStateMachine):
    """Three products, one of them in batches, in three bins, and four documents: both books agree at each step."""

    market: ClassVar[Cast]

    @initialize()
    def open(self) -> None:
        self.now, self.holders = START, [uuid4() for _ in range(4)]
        self.products = sorted(a_stocked_product(self.market.bolt, stock="0") for _ in range(3))
        with self.market.bolt.at_work("warehouse"):
            place = open_warehouse(code=uuid4().hex[:8], name="Nord")
            self.bins = [add_bins(warehouse_id=place.id, first=code)[0].id for code in BINS]
            for number, product_id in enumerate(self.products):
                track_stock(product_id=product_id, tracking=Tracking.BATCH if number == 2 else Tracking.NONE)
        self.lots: dict[str, UUID] = {}
        self.plain = PlainStock(START, self.today(), dict(LOTS))
        for name in LOTS:
            self.receive(2, 0, name, Decimal(3), is_held=False)

    @rule(product=PRODUCTS, place=PLACES, lot=LOT_NAMES, quantity=QUANTITIES, is_held=st.booleans())
    def receive(self, product: int, place: int, lot: str, quantity: Decimal, is_held: bool) -> None:
        spot = self.spot(product, place, lot)
        with clock_at(self.now), self.market.bolt.at_work("warehouse") as work:
            receive_stock(
                product_id=spot[0],
                quantity=quantity,
                bin_id=self.bins[place],
                numbers=[lot] if spot[2] else [],
                expires_on=LOTS[lot] if spot[2] else None,
                is_held=is_held,
            )
            if spot[2]:
                known = select(StockBatch.id).where(
                    StockBatch.product_id == spot[0], StockBatch.number == lot
                )
                self.lots[lot] = work.scalars(known).one()
        self.plain.receive(spot, quantity, is_held=is_held)

    @rule(product=PRODUCTS, place=PLACES, lot=LOT_NAMES, counted=st.integers(0, 20).map(Decimal))
    def count(self, product: int, place: int, lot: str, counted: Decimal) -> None:
        spot, here = self.spot(product, place, lot), self.place(product, place, lot)
        self.both(
            lambda: self.plain.count(spot, counted),
            lambda: count_stock(
                product_id=spot[0],
                bin_id=here.bin_id,
                batch_id=here.batch_id,
                counted=counted,
                reason="count",
            ),
        )

    @rule(product=PRODUCTS, place=PLACES, lot=LOT_NAMES, goal=PLACES, quantity=QUANTITIES)
    def move(self, product: int, place: int, lot: str, goal: int, quantity: Decimal) -> None:
        spot, here = self.spot(product, place, lot), self.place(product, place, lot)
        self.both(
            lambda: self.plain.move(spot, self.name(goal), quantity),
            lambda: move_stock(place=here, to_bin_id=self.bins[goal], quantity=quantity),
        )

    @rule(product=PRODUCTS, place=PLACES, lot=LOT_NAMES, quantity=QUANTITIES)
    def hold(self, product: int, place: int, lot: str, quantity: Decimal) -> None:
        spot, here = self.spot(product, place, lot), self.place(product, place, lot)
        self.both(
            lambda: self.plain.hold(spot, quantity),
            lambda: hold_stock(place=here, quantity=quantity, reason="look"),
        )

    @rule(product=PRODUCTS, place=PLACES, lot=LOT_NAMES, quantity=QUANTITIES)
    def clear(self, product: int, place: int, lot: str, quantity: Decimal) -> None:
        spot, here = self.spot(product, place, lot), self.place(product, place, lot)
        self.both(
            lambda: self.plain.clear(spot, quantity), lambda: clear_stock(place=here, quantity=quantity)
        )

    @rule(product=PRODUCTS, place=PLACES, lot=LOT_NAMES, quantity=QUANTITIES)
    def scrap(self, product: int, place: int, lot: str, quantity: Decimal) -> None:
        spot, here = self.spot(product, place, lot), self.place(product, place, lot)
        self.both(
            lambda: self.plain.scrap(spot, quantity),
            lambda: scrap_stock(place=here, quantity=quantity, reason="broken"),
        )

    @rule(holder=HOLDERS, lines=LINES, hours=st.sampled_from([None, 1, 5]))
    def reserve(self, holder: int, lines: Lines, hours: int | None) -> None:
        holder_id, until = self.holders[holder], self.now + timedelta(hours=hours) if hours else None
        self.both(
            lambda: self.plain.reserve(holder_id, self.wanted(lines), until),
            lambda: reserve_stock(holder_id=holder_id, lines=self.lines(lines), expires_at=until),
            who="acme",
        )

    @rule(holder=HOLDERS, lines=LINES)
    def change(self, holder: int, lines: Lines) -> None:
        holder_id = self.holders[holder]
        self.both(
            lambda: self.plain.change(holder_id, self.wanted(lines)),
            lambda: change_reservation(holder_id=holder_id, lines=self.lines(lines)),
            who="acme",
        )

    @rule(holder=HOLDERS, new_holder=HOLDERS)
    def hand_over(self, holder: int, new_holder: int) -> None:
        source, target = self.holders[holder], self.holders[new_holder]
        moved = [p for h, p in self.plain.kept if h == source]
        if source != target and not any((target, p) in self.plain.kept for p in moved):
            self.both(
                lambda: self.plain.hand_over(source, target),
                lambda: hand_over_reservation(holder_id=source, new_holder_id=target, product_ids=moved),
                who="acme",
            )

    @rule(holder=HOLDERS)
    def release(self, holder: int) -> None:
        holder_id = self.holders[holder]
        self.both(
            lambda: self.plain.release(holder_id),
            lambda: release_reservation(holder_id=holder_id),
            who="acme",
        )

    @rule(holder=HOLDERS, lines=LINES)
    def ship(self, holder: int, lines: Lines) -> None:
        self.send(holder, [(p, q, None, None) for p, q in self.wanted(lines)])

    @rule(holder=HOLDERS, product=PRODUCTS, place=st.none() | PLACES, lot=LOT_NAMES, quantity=QUANTITIES)
    def ship_from(self, holder: int, product: int, place: int | None, lot: str, quantity: Decimal) -> None:
        spot = self.spot(product, place or 0, lot)
        self.send(holder, [(spot[0], quantity, None if place is None else spot[1], spot[2])])

    def send(self, holder: int, lines: list[tuple[UUID, Decimal, str | None, str | None]]) -> None:
        holder_id = self.holders[holder]
        named = {self.name(n): bin_id for n, bin_id in enumerate(self.bins)}
        asked = [StockLine(p, q, named.get(bin or ""), self.lots.get(lot or "")) for p, q, bin, lot in lines]
        self.both(
            lambda: self.plain.ship(holder_id, lines),
            lambda: consume_reservation(holder_id=holder_id, lines=asked),
        )

    @rule(hours=st.integers(1, 20))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.plain.now, self.plain.today = self.now, self.today()

    @rule()
    def expire(self) -> None:
        with clock_at(self.now):
            expire_reservations()
        self.plain.free_due(self.products)

    @invariant()
    def books_are_exact(self) -> None:
        with self.market.platform() as work:
            assert (stock_findings(), place_findings()) == ([], [])
            levels = {row.product_id: row for row in work.scalars(select(StockLevel))}
        for product in self.products:
            level = levels[product]
            assert level.on_hand == self.plain.on_hand(product)
            assert level.reserved == self.plain.reserved(product)
            assert level.held == self.plain.held(product)
        with clock_at(self.now), self.market.acme.reading("requester"):
            left = {p: max(self.plain.free(p, when_freed=True), Decimal(0)) for p in self.products}
            assert available(self.products) == left

    @invariant()
    def every_place_holds_what_it_should(self) -> None:
        with clock_at(self.now), self.market.bolt.reading("warehouse"):
            for product in self.products:
                lying = holdings_of(product)
                found = {(x.bin.path, x.batch and x.batch.number): x for x in lying}
                expected = {s[1:]: x for s, x in self.plain.spots.items() if s[0] == product and x.on_hand}
                assert {k: (x.holding.on_hand, x.holding.held) for k, x in found.items()} == {
                    k: (x.on_hand, x.held) for k, x in expected.items()
                }
                usable = sum((amount for _, amount in self.plain.shelf(product)), Decimal(0))
                assert sum(x.assigned for x in lying) == min(usable, self.plain.reserved(product))

    @invariant()
    def picks_are_what_a_plain_warehouse_would_fetch(self) -> None:
        named = {bin_id: self.name(n) for n, bin_id in enumerate(self.bins)}
        numbers = {batch_id: number for number, batch_id in self.lots.items()}
        with clock_at(self.now), self.market.bolt.reading("warehouse"):
            for holder in self.holders[:2]:
                wanted = dict.fromkeys(self.products, Decimal(5))
                found = picks(holder, wanted)
                for product in self.products:
                    expected = [(s[1:], a) for s, a in self.plain.picks(holder, product, Decimal(5))]
                    fetched = found.get(product, [])
                    assert [
                        ((named[k.bin_id], numbers.get(k.batch_id)), k.quantity) for k in fetched
                    ] == expected

    def both(self, plain: Callable[[], None], real: Callable[[], None], *, who: str = "bolt") -> None:
        """Do it in both books: both do it, or both refuse."""
        role = "warehouse" if who == "bolt" else "requester"
        try:
            with clock_at(self.now), getattr(self.market, who).at_work(role):
                real()
            done = True
        except (StockRefusal, IntegrityError):
            done = False
        assert self.plain.does(plain) == done

    def today(self) -> date:
        with clock_at(self.now):
            return clock.today()

    def name(self, place: int) -> str:
        """The bin as the database writes its way, by which the plain warehouse sorts."""
        row, number = BINS[place].split("-")
        return f"{row}-{int(number):030d}"

    def spot(self, product: int, place: int, lot: str) -> Spot:
        return self.products[product], self.name(place), lot if product == 2 else None

    def place(self, product: int, place: int, lot: str) -> Place:
        return Place(self.products[product], self.bins[place], self.lots[lot] if product == 2 else None)

    def wanted(self, lines: Lines) -> list[tuple[UUID, Decimal]]:
        return [(self.products[product], quantity) for product, quantity in lines]

    def lines(self, lines: Lines) -> list[StockLine]:
        return [StockLine(*line) for line in self.wanted(lines)]


def test_books_after_any_history_are_exact(market: Cast) -> None:
    Warehouse.market = market
    run_state_machine_as_test(
        Warehouse,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
