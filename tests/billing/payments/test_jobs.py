"""Does money go the whole way, once: in, held, out, and back?"""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import requests

from marketplace.billing.payments.actions import (
    call_off,
    contest,
    give_up,
    lift_contest,
    pay,
    refund,
    release_rest,
    remove_method,
)
from marketplace.billing.payments.jobs import (
    forget_method,
    look_at_account,
    pursue_attempt,
    send_transfer,
)
from marketplace.billing.payments.lifecycle import (
    AttemptState,
    PaymentState,
    ReclaimState,
    RefundState,
    ReleaseState,
)
from marketplace.billing.payments.models import Payment
from marketplace.billing.payments.problems import in_words
from marketplace.billing.payments.sweeps import poll_open_attempts, push_waiting_transfers
from marketplace.foundation import clock
from marketplace.foundation.money import Money
from tests.billing.payments.books import by_purpose, check_books
from tests.cast import Cast
from tests.factories.payments import (
    DAY,
    Stripe,
    a_due_payment,
    a_method,
    a_paid_payment,
    a_payout_account,
    account,
    as_it_stands,
    received,
    started,
)


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def given_back(market: Cast, payment: Payment, amount: str, *, cause_id: UUID | None = None) -> UUID:
    with market.platform():
        row = refund(
            order_id=payment.order_id, amount=euros(amount), cause_id=cause_id or uuid4(), reason="Casse"
        )
    market.run_jobs()
    return row.id


def later(market: Cast, **delay: int) -> None:
    """Time goes by here, and the sweeps look after what is left undone."""
    with clock.clock_at(clock.now() + timedelta(**delay)):
        poll_open_attempts()
        push_waiting_transfers()
        market.run_jobs()


def test_pay_by_card_holds_the_money(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe, "119.00")
    assert (payment.status, payment.paid, payment.held) == (PaymentState.HELD, 119, 119)
    [intent] = stripe.objects("payment_intent")
    assert (intent["status"], intent["amount"], intent["transfer_group"]) == (
        "succeeded",
        11900,
        str(payment.order_id),
    )
    check_books(market, stripe)


def test_pay_declined_can_be_paid_again(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_card_chargeCustomerFail"))
    declined = account(market, payment)
    assert (declined.payment.status, declined.attempts[0].status) == (
        PaymentState.FAILED,
        AttemptState.FAILED,
    )
    assert in_words(declined.attempts[0].problem) == "The card was declined; its bank gives no reason."
    started(market, payment, a_method(market, stripe))
    paid = account(market, payment)
    assert paid.payment.status == PaymentState.HELD
    assert [attempt.status for attempt in paid.attempts] == [AttemptState.FAILED, AttemptState.SUCCEEDED]
    check_books(market, stripe)


@pytest.mark.parametrize(
    ("token", "outcome"), [("pm_success_fr", PaymentState.HELD), ("pm_failed_fr", PaymentState.FAILED)]
)
def test_pay_by_debit_waits_for_the_bank(
    market: Cast, stripe: Stripe, token: str, outcome: PaymentState
) -> None:
    payment = a_due_payment(market)
    attempt_id = started(market, payment, a_method(market, stripe, token=token))
    assert as_it_stands(market, payment).status == PaymentState.PROCESSING
    stripe.advance(3600)
    pursue_attempt(attempt_id=attempt_id)
    market.run_jobs()
    assert as_it_stands(market, payment).status == outcome
    check_books(market, stripe)


def test_pay_that_the_bank_wants_confirmed_waits_for_the_payer(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    method_id = a_method(market, stripe, token="pm_card_authenticationRequiredSetupForOffSession")
    attempt_id = started(market, payment, method_id)
    [attempt] = account(market, payment).attempts
    assert attempt.status == AttemptState.ACTION_REQUIRED
    answered = stripe.confirm(str(attempt.action_url))
    assert str(payment.id) in answered.headers["Location"]
    pursue_attempt(attempt_id=attempt_id)
    assert as_it_stands(market, payment).status == PaymentState.HELD


def test_give_up_while_the_bank_waits_takes_nothing(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    method_id = a_method(market, stripe, token="pm_card_authenticationRequiredSetupForOffSession")
    attempt_id = started(market, payment, method_id)
    with market.acme.at_work("buyer_finance"):
        give_up(payment_id=payment.id)
    pursue_attempt(attempt_id=attempt_id)
    found = account(market, payment)
    assert (found.payment.status, found.attempts[0].status) == (PaymentState.FAILED, AttemptState.CANCELLED)
    assert stripe.objects("payment_intent")[0]["status"] == "canceled"


def test_give_up_before_stripe_is_asked_never_asks(market: Cast, stripe: Stripe) -> None:
    payment, method_id = a_due_payment(market), a_method(market, stripe)
    with market.acme.at_work("buyer_finance"):
        pay(payment_id=payment.id, method_id=method_id)
        give_up(payment_id=payment.id)
    market.run_jobs()
    assert as_it_stands(market, payment).status == PaymentState.FAILED
    assert stripe.objects("payment_intent") == []


def test_pay_less_than_stripe_takes_fails_with_its_reason(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market, "0.10")
    started(market, payment, a_method(market, stripe))
    found = account(market, payment)
    assert found.payment.status == PaymentState.FAILED
    assert in_words(found.attempts[0].problem) == "This is less than the payment service takes."


def test_receipt_releases_less_the_commission(market: Cast, stripe: Stripe) -> None:
    a_payout_account(market, stripe)
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "60")
    found = account(market, payment)
    assert (found.payment.status, found.payment.released, found.payment.held) == (
        PaymentState.PARTLY_RELEASED,
        60,
        40,
    )
    [release] = found.releases
    assert (release.status, release.commission) == (ReleaseState.TRANSFERRED, Decimal("1.5"))
    assert by_purpose(market) == {
        "paid_in": -100,
        "held": 40,
        "earned": 0,
        "commission": Decimal("1.5"),
        "in_transit": 0,
        "paid_out": Decimal("58.5"),
    }
    received(market, payment, "40")
    assert as_it_stands(market, payment).status == PaymentState.RELEASED
    check_books(market, stripe)


def test_receipt_before_the_payment_releases_when_it_succeeds(market: Cast, stripe: Stripe) -> None:
    a_payout_account(market, stripe)
    payment = a_due_payment(market, "100")
    received(market, payment, "100")
    assert account(market, payment).releases == []
    started(market, payment, a_method(market, stripe))
    assert as_it_stands(market, payment).status == PaymentState.RELEASED
    check_books(market, stripe)


def test_receipt_heard_twice_releases_once(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe, "100")
    receipt_id = received(market, payment, "60")
    received(market, payment, "60", receipt_id=receipt_id)
    assert as_it_stands(market, payment).released == 60


def test_release_waits_for_the_payout_account_and_follows_it(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "100")
    assert account(market, payment).releases[0].status == ReleaseState.WAITING
    assert by_purpose(market)["earned"] == Decimal("97.5")
    a_payout_account(market, stripe)
    assert account(market, payment).releases[0].status == ReleaseState.TRANSFERRED
    check_books(market, stripe)


def test_transfer_that_stripe_refuses_waits_and_is_made_under_a_new_key(market: Cast, stripe: Stripe) -> None:
    account_id = a_payout_account(market, stripe)
    payment = a_paid_payment(market, stripe, "100")
    stripe.post(f"/sandbox/accounts/{account_id}/restrict")
    received(market, payment, "100")
    [release] = account(market, payment).releases
    assert (release.status, release.tries) == (ReleaseState.WAITING, 1)
    assert by_purpose(market)["earned"] == Decimal("97.5")
    stripe.post(f"/sandbox/accounts/{account_id}/restrict", lift=True)
    look_at_account(organisation_id=market.bolt.id)
    market.run_jobs()
    assert account(market, payment).releases[0].status == ReleaseState.TRANSFERRED
    check_books(market, stripe)


def test_refund_of_a_part_goes_back_and_leaves_the_rest_held(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe, "100")
    cause_id = uuid4()
    assert given_back(market, payment, "30", cause_id=cause_id) == given_back(
        market, payment, "30", cause_id=cause_id
    )
    found = account(market, payment)
    assert (found.payment.status, found.payment.held, found.refunds[0].status) == (
        PaymentState.HELD,
        70,
        RefundState.SUCCEEDED,
    )
    given_back(market, payment, "70")
    assert as_it_stands(market, payment).status == PaymentState.REFUNDED
    check_books(market, stripe)


def test_refund_of_a_debit_takes_a_while(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    attempt_id = started(market, payment, a_method(market, stripe, token="pm_success_fr"))
    stripe.advance(3600)
    pursue_attempt(attempt_id=attempt_id)
    given_back(market, payment, "30")
    assert account(market, payment).refunds[0].status == RefundState.PENDING
    assert by_purpose(market)["in_transit"] == 30
    stripe.advance(3600)
    later(market, hours=2)
    assert account(market, payment).refunds[0].status == RefundState.SUCCEEDED
    check_books(market, stripe)


def test_refund_beyond_what_is_held_is_claimed_back_first(market: Cast, stripe: Stripe) -> None:
    a_payout_account(market, stripe)
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "80")
    given_back(market, payment, "50")
    found = account(market, payment)
    assert (found.payment.released, found.payment.refunded, found.payment.held) == (50, 50, 0)
    [reclaim] = found.reclaims
    assert (reclaim.status, reclaim.amount, reclaim.commission) == (ReclaimState.DONE, 30, Decimal("0.75"))
    assert found.refunds[0].status == RefundState.SUCCEEDED
    assert by_purpose(market)["commission"] == Decimal("1.25")
    check_books(market, stripe)


def test_refund_of_what_was_released_and_not_sent_needs_no_reversal(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "100")
    given_back(market, payment, "100")
    found = account(market, payment)
    assert (found.payment.status, found.releases[0].status) == (
        PaymentState.REFUNDED,
        ReleaseState.TAKEN_BACK,
    )
    assert (stripe.objects("transfer"), stripe.objects("transfer_reversal")) == ([], [])
    check_books(market, stripe)


def test_refund_waits_while_the_supplier_lacks_the_money(market: Cast, stripe: Stripe) -> None:
    account_id = a_payout_account(market, stripe)
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "100")
    stripe.advance(3 * DAY)
    emptied(stripe, account_id, 9750)
    given_back(market, payment, "40")
    found = account(market, payment)
    assert (found.reclaims[0].status, found.refunds[0].status) == (
        ReclaimState.WAITING,
        RefundState.REQUESTED,
    )
    assert by_purpose(market)["earned"] == -39
    second = a_due_payment(market, "100")
    started(market, second, a_method(market, stripe))
    received(market, second, "100")
    stripe.advance(3 * DAY)
    later(market, hours=1)
    found = account(market, payment)
    assert (found.reclaims[0].status, found.refunds[0].status) == (ReclaimState.DONE, RefundState.SUCCEEDED)
    check_books(market, stripe)


def emptied(stripe: Stripe, account_id: str, cents: int) -> None:
    sent = {"amount": cents, "currency": "eur"}
    headers = {"Authorization": "Bearer sk_test_of_the_tests", "Stripe-Account": account_id}
    assert requests.post(f"{stripe.url}/v1/payouts", data=sent, headers=headers, timeout=5).ok


def test_contested_money_is_not_released_until_it_is_lifted(market: Cast, stripe: Stripe) -> None:
    payment, dispute_id = a_paid_payment(market, stripe, "100"), uuid4()
    with market.platform():
        contest(order_id=payment.order_id, dispute_id=dispute_id, amount=euros("30"))
    received(market, payment, "100")
    assert as_it_stands(market, payment).released == 70
    for _ in range(2):
        with market.platform():
            lift_contest(dispute_id=dispute_id)
        market.run_jobs()
    assert as_it_stands(market, payment).released == 100
    check_books(market, stripe)


def test_settlement_refunds_a_part_and_releases_the_rest(market: Cast, stripe: Stripe) -> None:
    a_payout_account(market, stripe)
    payment, dispute_id = a_paid_payment(market, stripe, "100"), uuid4()
    with market.platform():
        contest(order_id=payment.order_id, dispute_id=dispute_id, amount=euros("40"))
    received(market, payment, "60")
    with market.platform():
        refund(order_id=payment.order_id, amount=euros("15"), cause_id=dispute_id, reason="L-1")
        lift_contest(dispute_id=dispute_id)
        release_rest(order_id=payment.order_id, amount=euros("25"), cause_id=dispute_id)
    market.run_jobs()
    found = as_it_stands(market, payment)
    assert (found.status, found.released, found.refunded, found.held) == (PaymentState.RELEASED, 85, 15, 0)
    check_books(market, stripe)


def test_call_off_before_payment_ends_it(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    with market.platform():
        call_off(order_id=payment.order_id, reason="Erreur")
    assert as_it_stands(market, payment).status == PaymentState.CANCELLED


def test_call_off_of_a_paid_order_gives_everything_back(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe)
    for _ in range(2):
        with market.platform():
            call_off(order_id=payment.order_id, reason="Erreur")
        market.run_jobs()
    found = account(market, payment)
    assert (found.payment.status, found.refunds[0].status) == (PaymentState.REFUNDED, RefundState.SUCCEEDED)
    check_books(market, stripe)


@pytest.mark.parametrize(
    ("token", "outcome"), [("pm_success_fr", PaymentState.REFUNDED), ("pm_failed_fr", PaymentState.CANCELLED)]
)
def test_call_off_while_the_bank_is_asked_depends_on_its_answer(
    market: Cast, stripe: Stripe, token: str, outcome: PaymentState
) -> None:
    payment = a_due_payment(market)
    attempt_id = started(market, payment, a_method(market, stripe, token=token))
    with market.platform():
        call_off(order_id=payment.order_id, reason="Erreur")
    stripe.advance(3600)
    pursue_attempt(attempt_id=attempt_id)
    market.run_jobs()
    stripe.advance(3600)
    later(market, hours=2)
    assert as_it_stands(market, payment).status == outcome
    check_books(market, stripe)


@pytest.mark.parametrize("token", ["pm_success_fr", "pm_failed_fr"])
def test_refund_while_the_bank_is_asked_goes_back_or_is_deducted(
    market: Cast, stripe: Stripe, token: str
) -> None:
    payment = a_due_payment(market)
    attempt_id = started(market, payment, a_method(market, stripe, token=token))
    given_back(market, payment, "30")
    assert stripe.objects("refund") == []
    stripe.advance(3600)
    pursue_attempt(attempt_id=attempt_id)
    market.run_jobs()
    found = account(market, payment)
    if token == "pm_success_fr":
        assert (found.payment.held, found.refunds[0].status) == (70, RefundState.PENDING)
    else:
        assert (found.payment.due, found.refunds[0].status) == (70, RefundState.CREDITED)


def test_refund_before_payment_is_deducted(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    given_back(market, payment, "30")
    assert as_it_stands(market, payment).due == 70
    started(market, payment, a_method(market, stripe))
    assert as_it_stands(market, payment).held == 70
    check_books(market, stripe)


def test_a_removed_method_is_forgotten_by_stripe(market: Cast, stripe: Stripe) -> None:
    method_id = a_method(market, stripe)
    with market.acme.at_work("buyer_finance"):
        remove_method(method_id=method_id)
    for _ in range(2):
        forget_method(method_id=method_id)
    assert stripe.objects("payment_method")[0]["customer"] is None


# What a crash, a lost answer or a long silence leaves behind.


@pytest.mark.parametrize("step", ["payment", "transfer", "refund", "reversal"])
@pytest.mark.parametrize("silence", [{"minutes": 5}, {"days": 2}])
def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_done_twice(
    market: Cast, stripe: Stripe, impatient: None, step: str, silence: dict[str, int]
) -> None:
    """After two days Stripe has forgotten the key, and only the reference tells what was made."""
    a_payout_account(market, stripe)
    payment, method_id = a_due_payment(market), a_method(market, stripe)
    lose_answers(stripe, step == "payment")
    started(market, payment, method_id)
    after_silence(market, stripe, step == "payment", silence)
    lose_answers(stripe, step == "transfer")
    received(market, payment, "80")
    after_silence(market, stripe, step == "transfer", silence)
    lose_answers(stripe, step in ("refund", "reversal"))
    given_back(market, payment, "20" if step == "refund" else "50")
    after_silence(market, stripe, step in ("refund", "reversal"), silence)
    assert account(market, payment).refunds[0].status == RefundState.SUCCEEDED
    check_books(market, stripe)


def lose_answers(stripe: Stripe, is_wanted: bool) -> None:
    """What is ordered next is done, and the answer is lost."""
    if is_wanted:
        stripe.switch(lose_next_answers=1)


def after_silence(market: Cast, stripe: Stripe, is_wanted: bool, silence: dict[str, int]) -> None:
    if is_wanted:
        stripe.switch(lose_next_answers=0)
        stripe.advance(int(timedelta(**silence).total_seconds()))
        later(market, **silence)
        later(market, **silence)


def test_jobs_run_again_change_nothing(market: Cast, stripe: Stripe) -> None:
    a_payout_account(market, stripe)
    payment = a_paid_payment(market, stripe)
    received(market, payment, "80")
    found = account(market, payment)
    for _ in range(2):
        pursue_attempt(attempt_id=found.attempts[0].id)
        send_transfer(release_id=found.releases[0].id)
        later(market, days=3)
    assert account(market, payment).payment.released == 80
    check_books(market, stripe)
