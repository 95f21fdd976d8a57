"""Is everything as if nothing had happened when a worker is killed (-9) between Stripe's call and its record?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import text

from marketplace.billing.payments.actions import accept, pay, refund
from marketplace.billing.payments.lifecycle import PaymentState
from marketplace.billing.payments.sweeps import poll_open_attempts, push_waiting_transfers
from marketplace.foundation import clock
from marketplace.foundation.money import Money
from tests.billing.payments.books import check_books
from tests.cast import Cast
from tests.factories.payments import Stripe, a_due_payment, a_method, a_payout_account, account
from tests.factories.workers import Workers, outside, until


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

    workers.start()
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
    """The worker dies after Stripe has done what it was asked for, and before it hears the answer."""
    stripe.switch(are_answers_held=True)
    outside(step.act)
    until(lambda: stripe.objects(step.made))
    workers.kill()
    assert found(market, f"SELECT 1 FROM {step.table} WHERE sent_at IS NOT NULL")
    assert not found(market, f"SELECT 1 FROM {step.table} WHERE stripe_id IS NOT NULL")
    stripe.switch(are_answers_held=False)
