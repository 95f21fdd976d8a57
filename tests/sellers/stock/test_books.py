"""Does any history of a warehouse, however strange, leave its books exact?"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from marketplace.foundation.clock import clock_at
from marketplace.sellers.stock.actions import (
    StockLine,
    StockRefusal,
    change_reservation,
    consume_reservation,
    count_stock,
    hand_over_reservation,
    receive_stock,
    release_reservation,
    reserve_stock,
)
from marketplace.sellers.stock.jobs import expire_reservations
from marketplace.sellers.stock.models import StockLevel
from marketplace.sellers.stock.queries import available, stock_findings
from tests.cast import Cast
from tests.factories.stock import a_stocked_product

START = datetime(2025, 3, 3, 8, tzinfo=UTC)
QUANTITIES = st.integers(1, 12).map(Decimal)
PRODUCTS, HOLDERS = st.integers(0, 2), st.integers(0, 3)
LINES = st.lists(st.tuples(PRODUCTS, QUANTITIES), min_size=1, max_size=4)
Lines = list[tuple[int, Decimal]]


class Warehouse(RuleBasedStateMachine):
    """Three products and four documents in plain dictionaries, beside the real thing: both must agree at each step."""

    market: ClassVar[Cast]

    @initialize()
    def open(self) -> None:
        self.now = START
        self.products = [a_stocked_product(self.market.bolt, stock="0") for _ in range(3)]
        self.holders = [uuid4() for _ in range(4)]
        self.on_hand: dict[UUID, Decimal] = defaultdict(Decimal)
        self.held: dict[tuple[UUID, UUID], Decimal] = {}
        self.until: dict[tuple[UUID, UUID], datetime | None] = {}
        self.ends: dict[tuple[UUID, UUID], set[str]] = defaultdict(set)

    @rule(product=PRODUCTS, quantity=QUANTITIES)
    def receive(self, product: int, quantity: Decimal) -> None:
        product_id = self.products[product]
        assert self.does("bolt", lambda: receive_stock(product_id=product_id, quantity=quantity))
        self.on_hand[product_id] += quantity

    @rule(product=PRODUCTS, counted=st.integers(0, 20).map(Decimal))
    def count(self, product: int, counted: Decimal) -> None:
        product_id = self.products[product]
        done = self.does("bolt", lambda: count_stock(product_id=product_id, counted=counted, reason="count"))
        assert done == (counted >= self.reserved(product_id, but_due=True))
        if done:
            self.expire_due([product_id])
            self.on_hand[product_id] = counted

    @rule(holder=HOLDERS, lines=LINES, hours=st.sampled_from([None, 1, 5]))
    def reserve(self, holder: int, lines: Lines, hours: int | None) -> None:
        holder_id, wanted = self.holders[holder], self.summed(lines)
        until = self.now + timedelta(hours=hours) if hours else None
        asked = self.stock_lines(lines)
        done = self.does("acme", lambda: reserve_stock(holder_id=holder_id, lines=asked, expires_at=until))
        assert done == all(self.free(p) >= q for p, q in wanted.items())
        if done:
            self.expire_due(wanted)
            for product_id, quantity in wanted.items():
                key = (holder_id, product_id)
                self.held[key], self.until[key] = self.held.get(key, Decimal(0)) + quantity, until

    @rule(holder=HOLDERS, lines=LINES)
    def change(self, holder: int, lines: Lines) -> None:
        holder_id, wanted, asked = self.holders[holder], self.summed(lines), self.stock_lines(lines)
        mine = {p: q for (h, p), q in self.held.items() if h == holder_id and not self.is_due((h, p))}
        done = self.does("acme", lambda: change_reservation(holder_id=holder_id, lines=asked))
        assert done == all(self.free(p) + mine.get(p, 0) >= q for p, q in wanted.items())
        if done:
            self.expire_due([*wanted, *(p for h, p in self.held if h == holder_id)])
            for product_id in mine.keys() - wanted.keys():
                self.end((holder_id, product_id), "released")
            for product_id, quantity in wanted.items():
                self.held[holder_id, product_id], self.until[holder_id, product_id] = quantity, None

    @rule(holder=HOLDERS, new_holder=HOLDERS)
    def hand_over(self, holder: int, new_holder: int) -> None:
        source, target = self.holders[holder], self.holders[new_holder]
        moved = {p: q for (h, p), q in self.held.items() if h == source}
        if source == target or any((target, p) in self.held for p in moved):
            return
        products = list(moved)
        assert self.does(
            "acme",
            lambda: hand_over_reservation(holder_id=source, new_holder_id=target, product_ids=products),
        )
        for product_id, quantity in moved.items():
            del self.held[source, product_id]
            self.held[target, product_id], self.until[target, product_id] = quantity, None

    @rule(holder=HOLDERS)
    def release(self, holder: int) -> None:
        holder_id = self.holders[holder]
        assert self.does("acme", lambda: release_reservation(holder_id=holder_id))
        for key in [key for key in self.held if key[0] == holder_id]:
            self.end(key, "released")

    @rule(holder=HOLDERS, lines=LINES)
    def ship(self, holder: int, lines: Lines) -> None:
        holder_id, wanted, asked = self.holders[holder], self.summed(lines), self.stock_lines(lines)
        done = self.does("bolt", lambda: consume_reservation(holder_id=holder_id, lines=asked))
        assert done == all(self.can_ship((holder_id, p), q) for p, q in wanted.items())
        for product_id, quantity in wanted.items() if done else ():
            key = (holder_id, product_id)
            self.on_hand[product_id] -= quantity
            if key in self.held:
                self.held[key] -= min(quantity, self.held[key])
                if not self.held[key]:
                    self.end(key, "consumed")

    @rule(hours=st.integers(1, 6))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def expire(self) -> None:
        with clock_at(self.now):
            expire_reservations()
        self.expire_due(self.products)

    @invariant()
    def books_are_exact(self) -> None:
        with self.market.platform() as work:
            assert stock_findings() == []
            levels = {row.product_id: (row.on_hand, row.reserved) for row in work.scalars(select(StockLevel))}
        for product_id in self.products:
            expected = (self.on_hand[product_id], self.reserved(product_id))
            assert levels.get(product_id, (0, 0)) == expected
        with clock_at(self.now), self.market.acme.reading("requester"):
            assert available(self.products) == {p: self.free(p) for p in self.products}

    def does(self, who: str, act: Callable[[], None]) -> bool:
        role = "warehouse" if who == "bolt" else "requester"
        try:
            with clock_at(self.now), getattr(self.market, who).at_work(role):
                act()
        except StockRefusal:
            return False
        return True

    def is_due(self, key: tuple[UUID, UUID]) -> bool:
        until = self.until[key]
        return until is not None and until <= self.now

    def reserved(self, product_id: UUID, *, but_due: bool = False) -> Decimal:
        mine = [(key, q) for key, q in self.held.items() if key[1] == product_id]
        return sum((q for key, q in mine if not (but_due and self.is_due(key))), Decimal(0))

    def free(self, product_id: UUID) -> Decimal:
        """What can be had by somebody whose wish frees what is due."""
        return self.on_hand[product_id] - self.reserved(product_id, but_due=True)

    def can_ship(self, key: tuple[UUID, UUID], quantity: Decimal) -> bool:
        if key not in self.held and self.ends[key] and "consumed" not in self.ends[key]:
            return False
        unreserved = self.on_hand[key[1]] - self.reserved(key[1])
        return unreserved + self.held.get(key, Decimal(0)) >= quantity

    def end(self, key: tuple[UUID, UUID], outcome: str) -> None:
        del self.held[key]
        self.ends[key].add(outcome)

    def expire_due(self, products: Iterable[UUID]) -> None:
        for key in [key for key in self.held if key[1] in set(products) and self.is_due(key)]:
            self.end(key, "expired")

    def summed(self, lines: Lines) -> dict[UUID, Decimal]:
        wanted: dict[UUID, Decimal] = defaultdict(Decimal)
        for product, quantity in lines:
            wanted[self.products[product]] += quantity
        return dict(wanted)

    def stock_lines(self, lines: Lines) -> list[StockLine]:
        return [StockLine(self.products[product], quantity) for product, quantity in lines]


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
