"""Whatever happens to an order's money, in whichever order and however often it is heard: do the books close?"""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings, strategies as st

from marketplace.billing.payments.actions import (
    NotPayable,
    TooMuchRefunded,
    call_off,
    contest,
    lift_contest,
    refund,
)
from marketplace.billing.payments.lifecycle import AttemptState, ReclaimState, RefundState, ReleaseState
from marketplace.billing.payments.models import Payment
from marketplace.billing.payments.sweeps import poll_open_attempts, push_waiting_transfers
from marketplace.foundation import clock
from marketplace.foundation.money import Money
from tests.billing.payments.books import check_books
from tests.cast import Cast
from tests.factories.payments import (
    Stripe,
    a_due_payment,
    a_method,
    a_payout_account,
    account,
    received,
    started,
)

TOKENS = ("pm_card_visa", "pm_card_chargeCustomerFail", "pm_success_fr", "pm_failed_fr")


@dataclass
class Desk:
    """All that is at hand in a history of one payment."""

    market: Cast
    stripe: Stripe
    browser: FlaskClient
    account_id: str
    methods: dict[str, UUID]
    payment: Payment
    disputes: list[UUID] = field(default_factory=list)
    elapsed: timedelta = timedelta()

    def share(self, percent: int) -> Money:
        """So much of what the order comes to."""
        return Money(self.payment.amount, "EUR").times(Decimal(percent) / 100)


def pay_by(token: str) -> Callable[[Desk, int], None]:
    def act(desk: Desk, _percent: int) -> None:
        with suppress(NotPayable):
            started(desk.market, desk.payment, desk.methods[token])

    return act


def receive(desk: Desk, percent: int) -> None:
    received(desk.market, desk.payment, str(desk.share(percent).amount))


def give_back(desk: Desk, percent: int) -> None:
    with suppress(TooMuchRefunded), desk.market.platform():
        refund(order_id=desk.payment.order_id, amount=desk.share(percent), cause_id=uuid4(), reason="")
    desk.market.run_jobs()


def dispute(desk: Desk, percent: int) -> None:
    desk.disputes.append(uuid4())
    with desk.market.platform():
        contest(order_id=desk.payment.order_id, dispute_id=desk.disputes[-1], amount=desk.share(percent))


def settle_dispute(desk: Desk, _percent: int) -> None:
    with desk.market.platform():
        lift_contest(dispute_id=desk.disputes.pop() if desk.disputes else uuid4())
    desk.market.run_jobs()


def end_order(desk: Desk, _percent: int) -> None:
    with desk.market.platform():
        call_off(order_id=desk.payment.order_id, reason="")
    desk.market.run_jobs()


def let_time_pass(desk: Desk, percent: int) -> None:
    """At Stripe and here; what has fallen silent is looked after."""
    passed = timedelta(hours=percent)
    desk.elapsed += passed
    desk.stripe.advance(int(passed.total_seconds()))
    with clock.clock_at(clock.now() + desk.elapsed):
        for _ in range(2):
            poll_open_attempts()
            push_waiting_transfers()
            desk.market.run_jobs()


def hear_everything(desk: Desk, percent: int) -> None:
    """All news, twice, in whichever order."""
    events = desk.stripe.events() * 2
    random.Random(percent).shuffle(events)
    desk.stripe.tell(desk.browser, events[:40])
    desk.market.run_jobs()


def lose_an_answer(desk: Desk, _percent: int) -> None:
    desk.stripe.switch(lose_next_answers=1)


def restrict_account(desk: Desk, percent: int) -> None:
    desk.stripe.post(f"/sandbox/accounts/{desk.account_id}/restrict", lift=percent > 50)


ACTS: tuple[Callable[[Desk, int], None], ...] = (
    *(pay_by(token) for token in TOKENS),
    receive,
    receive,
    give_back,
    dispute,
    settle_dispute,
    end_order,
    let_time_pass,
    hear_everything,
    lose_an_answer,
    restrict_account,
)
HISTORIES = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(5, 95)), min_size=2, max_size=9)


@pytest.fixture
def fitted_out(market: Cast, stripe: Stripe, impatient: None) -> tuple[str, dict[str, UUID]]:
    methods = {token: a_method(market, stripe, token=token) for token in TOKENS}
    return a_payout_account(market, stripe), methods


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES, cents=st.integers(100, 99_999))
def test_any_history_leaves_books_that_close_and_equal_stripes(
    market: Cast,
    stripe: Stripe,
    browser: FlaskClient,
    fitted_out: tuple[str, dict[str, UUID]],
    history: list[tuple[Callable[[Desk, int], None], int]],
    cents: int,
) -> None:
    payment = a_due_payment(market, str(Decimal(cents) / 100))
    desk = Desk(market, stripe, browser, *fitted_out, payment)
    for act, percent in history:
        act(desk, percent)
    come_to_rest(desk)
    check_books(market, stripe)
    check_at_rest(desk)


def come_to_rest(desk: Desk) -> None:
    """The account is open, Stripe answers, and time enough goes by for everything to end."""
    desk.stripe.switch(lose_next_answers=0)
    restrict_account(desk, 95)
    hear_everything(desk, 5)
    for _ in range(3):
        let_time_pass(desk, 3)


def check_at_rest(desk: Desk) -> None:
    """Nothing is still on its way, and the supplier has what it may have."""
    found = account(desk.market, desk.payment)
    ended = {AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.CANCELLED}
    assert {row.status for row in found.attempts} <= ended
    assert {row.status for row in found.releases} <= {ReleaseState.TRANSFERRED, ReleaseState.TAKEN_BACK}
    assert {row.status for row in found.refunds} <= {RefundState.SUCCEEDED, RefundState.CREDITED}
    assert {row.status for row in found.reclaims} <= {ReclaimState.DONE}
    payment = found.payment
    assert payment.releasable == 0 or not payment.paid
    assert payment.paid == payment.released + payment.refunded + payment.held
    for release in found.releases:
        assert release.transfer_amount == 0 or release.transfer_amount >= release.net
