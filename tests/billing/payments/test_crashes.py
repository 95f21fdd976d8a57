"""Is everything as if nothing had happened when a worker is killed (-9) between Stripe's call and its record?"""

import contextvars
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import text

from marketplace.billing.payments.actions import accept, pay, refund
from marketplace.billing.payments.lifecycle import PaymentState
from marketplace.billing.payments.sweeps import poll_open_attempts, push_waiting_transfers
from marketplace.foundation import clock
from marketplace.foundation.embedded import start_redis
from marketplace.foundation.money import Money
from marketplace.foundation.settings import current_settings
from tests.billing.payments.books import check_books
from tests.cast import Cast
from tests.factories.payments import Stripe, a_due_payment, a_method, a_payout_account, account

T = TypeVar("T")
PATIENCE = 90.0
WORKER = [sys.executable, "-m", "marketplace", "worker"]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Redis of this test's own: other tests' workers must not take its jobs."""
    with tempfile.TemporaryDirectory(prefix="marketplace-queue-") as folder:
        server = start_redis(Path(folder) / "redis")
        monkeypatch.setenv("REDIS_URL", server.url)
        current_settings.cache_clear()
        yield
        server.stop()
    monkeypatch.undo()
    current_settings.cache_clear()


@pytest.fixture
def workers(queue: None) -> Iterator["Workers"]:
    """One worker at a time."""
    crew = Workers()
    crew.start()
    yield crew
    crew.kill()


class Workers:
    """The worker that is at work now, in a process group of its own."""

    process: subprocess.Popen[bytes]

    def start(self) -> None:
        """A new one comes."""
        self.process = subprocess.Popen(WORKER, start_new_session=True, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        """It is gone from one moment to the next, with the process that it has forked for its job."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def outside(act: Callable[[], T]) -> T:
    """Do it as a web server would: the jobs go to Redis, not into this process."""
    return contextvars.Context().run(act)


def until(question: Callable[[], object]) -> None:
    """Wait for the answer yes."""
    deadline = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < deadline, "it has not happened"
        time.sleep(0.03)


def sweep() -> None:
    """What the schedule does, five minutes later."""
    with clock.clock_at(clock.now() + timedelta(minutes=5)):
        poll_open_attempts()
        push_waiting_transfers()


def found(market: Cast, question: str) -> bool:
    """Whether the database knows such a row."""
    with market.platform() as work:
        return bool(work.scalar(text(question)))


@dataclass(frozen=True)
class Step:
    """What is done, for which row Stripe is asked then, what Stripe makes of it, and how its end is booked."""

    act: Callable[[], object]
    table: str
    made: str
    cause: str


def test_a_worker_killed_at_each_step_leaves_the_same_books(
    market: Cast, stripe: Stripe, workers: Workers
) -> None:
    a_payout_account(market, stripe)
    payment, method_id = a_due_payment(market, "100"), a_method(market, stripe)

    def press() -> None:
        with market.acme.at_work("buyer_finance"):
            pay(payment_id=payment.id, method_id=method_id)

    def count() -> None:
        with market.platform():
            accept(order_id=payment.order_id, cause_id=uuid4(), label="", amount=Money(Decimal(80), "EUR"))

    def settle() -> None:
        with market.platform():
            refund(order_id=payment.order_id, amount=Money(Decimal(50), "EUR"), cause_id=uuid4(), reason="")

    for step in (
        Step(press, "payment_attempts", "payment_intent", "payment"),
        Step(count, "payment_releases", "transfer", "transferred"),
        Step(settle, "payment_reclaims", "transfer_reversal", "reversed"),
    ):
        killed_while_asking(market, stripe, workers, step)
        workers.start()
        outside(sweep)
        until(
            lambda cause=step.cause: found(
                market, f"SELECT 1 FROM ledger_transactions WHERE cause = '{cause}'"
            )
        )  # type: ignore[misc]
    until(lambda: found(market, "SELECT 1 FROM ledger_transactions WHERE cause = 'refunded'"))
    figures = account(market, payment).payment
    assert (figures.status, figures.released, figures.refunded) == (PaymentState.RELEASED, 50, 50)
    check_books(market, stripe)


def killed_while_asking(market: Cast, stripe: Stripe, workers: Workers, step: Step) -> None:
    """The worker dies after it has sent its order, and before it hears the answer."""
    stripe.switch(answer_delay_milliseconds=1500)
    outside(step.act)
    until(lambda: found(market, f"SELECT 1 FROM {step.table} WHERE sent_at IS NOT NULL"))
    time.sleep(0.5)
    workers.kill()
    until(lambda: stripe.objects(step.made))
    assert not found(market, f"SELECT 1 FROM {step.table} WHERE stripe_id IS NOT NULL")
    stripe.switch(answer_delay_milliseconds=0)
