"""Is an order's after-life the same when its worker is killed (-9) at each of its steps, or Redis is away?

A step is the first row that it writes. The test holds the table, so that the worker waits in the middle of the step's
transaction; there it is killed. What a later worker and the schedule make of that is compared with an undisturbed run.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.buyers.orders.actions import confirm_order, place_orders
from marketplace.buyers.orders.lifecycle import OrderState
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import lines_of
from marketplace.doctor import examine
from marketplace.foundation import clock
from marketplace.foundation.background import redis
from marketplace.foundation.db import Base, owner_engine
from marketplace.schedule import PERIODICS
from marketplace.sellers.fulfilment.actions import ShipLine, ship
from marketplace.sellers.fulfilment.models import FulfilmentOrder
from marketplace.sellers.scorecards.jobs import draw_up_last_month
from tests.cast import Cast
from tests.databases import clone
from tests.factories.catalogue import a_product
from tests.factories.orders import an_approved_requisition
from tests.factories.receipts import a_receipt
from tests.factories.workers import OwnRedis, Workers, until

SOON, NEXT_MONTH = timedelta(days=2), timedelta(days=32)
LATER = {"placed": SOON, "confirmed": SOON, "shipped": SOON, "received": SOON, "scored": NEXT_MONTH}
"""What happens to the order, and how long after its beginning the schedule looks what a crash has left of it."""
STEPS = {
    "placed": ("notices", "audit_entries", "fulfilment_orders", "pending_news", "order_documents"),
    "confirmed": ("notices", "audit_entries", "payments"),
    "shipped": ("notices", "purchase_orders", "shipments"),
    "received": ("audit_entries", "budget_entries", "payment_acceptances", "delivery_facts"),
    "scored": ("scorecards",),
}
UNFINISHED = """
    SELECT EXISTS (SELECT FROM pending_news) OR EXISTS (SELECT FROM purchase_orders WHERE file_id IS NULL)
        OR EXISTS (SELECT FROM shipments WHERE file_id IS NULL)
        OR EXISTS (SELECT FROM scorecards WHERE file_id IS NULL)
"""
WAITING = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = CAST(:table AS regclass)
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
# What differs between any two runs: ids and hashes, instants, and the order in which documents had their turn.
VOLATILE = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.+]+")
OF_THE_RUN = {"news": {"position"}, "audit_entries": {"number"}, "stored_files": {"size"}}


def test_a_worker_killed_at_each_step_of_an_order_leaves_the_same_rows(
    workers: Workers, speaking: None
) -> None:
    begun = clock.now() - timedelta(days=1)
    with clone():
        undisturbed = lived(Cast.present(), workers, begun, {})
    with clone():
        disturbed = lived(Cast.present(), workers, begun, STEPS)
        assert [finding for finding in examine() if not finding.is_healthy] == []
    for table, rows in undisturbed.items():
        assert (disturbed[table] - rows, rows - disturbed[table]) == (Counter(), Counter()), table


def test_an_order_placed_while_redis_is_down_stands_and_the_rest_is_done_when_it_is_back(
    queue: OwnRedis, workers: Workers, portal: Flask, speaking: None
) -> None:
    with clone():
        market, browser = Cast.present(), portal.test_client()
        requisition_id = Life(market).requisition_id
        market.sign_in(browser, market.acme, "requester")
        queue.stop()
        placed = browser.post(f"/orders/place/{requisition_id}")
        assert (placed.status_code, browser.get(placed.location).status_code) == (303, 200)
        with market.bolt.reading("warehouse") as work:
            assert work.scalars(select(PurchaseOrder.status)).one() == OrderState.PLACED
            assert work.scalars(select(FulfilmentOrder)).all() == []
        queue.start()
        finished(workers, clock.now() + SOON)
        with market.bolt.reading("warehouse") as work:
            assert work.scalars(select(PurchaseOrder.file_id)).one() is not None
            assert work.scalars(select(FulfilmentOrder)).one().order_id is not None


def lived(
    market: Cast, workers: Workers, begun: datetime, steps: Mapping[str, Sequence[str]]
) -> dict[str, Counter[str]]:
    """All rows after an order's whole life, whose worker is killed at these steps of it.

    People acted from `begun` on, an hour between two acts, so that both lives are told alike.
    """
    redis().flushdb()  # no job of another life
    with clock.clock_at(begun):
        life = Life(market)
    for hours, (name, later) in enumerate(LATER.items()):
        with clock.clock_at(begun + timedelta(hours=hours)):
            getattr(life, name)()
        for table in steps.get(name, ()):
            killed_at(table, workers, begun + later)
        finished(workers, begun + later)
    return rows_of(market)


class Life:
    """An order of Acme with Bolt, and what people do with it one after the other."""

    def __init__(self, market: Cast) -> None:
        self.market = market
        product_id = a_product(market.bolt, sku="W-1", stock=100)
        self.requisition_id = an_approved_requisition(market.acme, {product_id: "10"})

    def placed(self) -> None:
        """The requester places it."""
        with self.market.acme.at_work("requester"):
            [self.order] = place_orders(requisition_id=self.requisition_id)

    def confirmed(self) -> None:
        """The supplier confirms it."""
        with self.market.bolt.at_work("sales_desk"):
            confirm_order(order_id=self.order.id)

    def shipped(self) -> None:
        """All of it leaves."""
        with self.market.bolt.at_work("warehouse"):
            ship(
                order_id=self.order.id,
                lines=[ShipLine(line.id, Decimal(10)) for line in lines_of(self.order.id)],
                carrier="Chronopost",
                tracking_number="XY123456789FR",
                expected_on=clock.today() + timedelta(days=2),
            )

    def received(self) -> None:
        """All of it is counted and accepted."""
        a_receipt(self.market, self.order, "10")

    def scored(self) -> None:
        """The month is over: the schedule draws the scorecards up."""
        with clock.clock_at(clock.now() + NEXT_MONTH):
            draw_up_last_month()


def killed_at(table: str, workers: Workers, moment: datetime) -> None:
    """A worker takes up what is left to do, and is killed when it writes its first row of `table`."""
    with held(table) as is_wanted:
        workers.start()
        run_schedule(moment)
        until(is_wanted)
        workers.kill()


@contextmanager
def held(table: str) -> Iterator[Callable[[], bool]]:
    """Inside, whoever writes to `table` waits; yields the question whether somebody does."""
    with owner_engine().connect() as holder, owner_engine().connect() as asker:
        holder.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
        yield lambda: bool(asker.scalar(text(WAITING), {"table": table}))


def finished(workers: Workers, moment: datetime) -> None:
    """A worker does everything that is left to do, and goes."""
    workers.start()
    run_schedule(moment)
    with owner_engine().connect() as asker:
        until(lambda: not asker.scalar(text(UNFINISHED)))
    workers.kill()


def run_schedule(moment: datetime) -> None:
    """What the schedule does at that moment."""
    with clock.clock_at(moment):
        for periodic in PERIODICS:
            periodic.function()


def rows_of(market: Cast) -> dict[str, Counter[str]]:
    """Each table's rows as text, without what differs between any two runs."""
    with market.platform() as work:
        return {table: Counter(_texts(work, table)) for table in Base.metadata.tables}


def _texts(work: Session, table: str) -> Iterator[str]:
    for row in work.scalars(text(f"SELECT to_jsonb(t) FROM {table} t")):
        kept = {name: value for name, value in row.items() if name not in OF_THE_RUN.get(table, ())}
        yield VOLATILE.sub("·", json.dumps(kept, sort_keys=True))
