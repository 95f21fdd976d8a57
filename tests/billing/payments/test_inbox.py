"""Does Stripe's news lead to the same books, however often, in whichever order, or never, it comes?"""

import json
import random
import time
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from marketplace.billing.payments.actions import pay, refund, retry_refund
from marketplace.billing.payments.inbox import replay
from marketplace.billing.payments.lifecycle import (
    PaymentState,
    PayoutAccountState,
    RefundState,
)
from marketplace.billing.payments.queries import payout_account_of
from marketplace.billing.payments.stripe_models import StripeEvent
from marketplace.billing.payments.sweeps import poll_open_attempts
from marketplace.billing.sandbox.webhooks import signature
from marketplace.foundation import background, clock
from marketplace.foundation.money import Money
from marketplace.foundation.settings import current_settings
from tests.billing.payments.books import by_purpose, check_books
from tests.cast import Cast
from tests.factories.payments import (
    KEY,
    SECRET,
    Stripe,
    a_due_payment,
    a_method,
    a_paid_payment,
    a_payout_account,
    account,
    as_it_stands,
    at_stripe,
    post_event,
    received,
    started,
)
from tests.factories.serving import serving


def told(market: Cast, stripe: Stripe, browser: FlaskClient, **details: bool) -> None:
    """Everything that Stripe has to tell is told, twice and in a random order where asked, and looked into."""
    events = stripe.events()
    if details.get("is_shuffled"):
        events = [*events, *events]
        random.Random(7).shuffle(events)
    assert set(stripe.tell(browser, events)) <= {200}
    market.run_jobs()


def outcomes(market: Cast) -> dict[str, set[str]]:
    with market.platform() as work:
        rows = work.scalars(select(StripeEvent)).all()
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.kind, set()).add(row.outcome)
    return found


def test_news_of_a_debit_brings_it_to_its_end(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_success_fr"))
    stripe.advance(3600)
    told(market, stripe, browser)
    assert as_it_stands(market, payment).status == PaymentState.HELD
    assert outcomes(market)["payment_intent.succeeded"] == {"done"}
    assert outcomes(market)["customer.created"] == {"of no concern"}


def test_news_twice_and_shuffled_gives_the_same_books(
    market: Cast, stripe: Stripe, browser: FlaskClient
) -> None:
    a_payout_account(market, stripe)
    declined, debit = a_due_payment(market), a_due_payment(market, "70")
    started(market, declined, a_method(market, stripe, token="pm_card_chargeCustomerFail"))
    started(market, debit, a_method(market, stripe, token="pm_success_fr"))
    card = a_paid_payment(market, stripe, "100")
    received(market, card, "40")
    with market.platform():
        refund(order_id=card.order_id, amount=Money(Decimal(25), "EUR"), cause_id=uuid4(), reason="")
    market.run_jobs()
    stripe.advance(3600)
    for _ in range(2):
        told(market, stripe, browser, is_shuffled=True)
    states = [as_it_stands(market, p).status for p in (declined, debit, card)]
    assert states == [PaymentState.FAILED, PaymentState.HELD, PaymentState.PARTLY_RELEASED]
    check_books(market, stripe)


def test_news_before_our_own_answer_is_recorded_finds_the_attempt(
    market: Cast, stripe: Stripe, browser: FlaskClient, impatient: None
) -> None:
    """The answer was lost, so we do not know Stripe's id yet: the reference tells whose it is."""
    payment, method_id = a_due_payment(market), a_method(market, stripe)
    stripe.switch(lose_next_answers=1)
    started(market, payment, method_id)
    assert account(market, payment).attempts[0].stripe_id is None
    told(market, stripe, browser)
    assert as_it_stands(market, payment).status == PaymentState.HELD
    check_books(market, stripe)


def test_lost_news_is_found_by_polling(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_success_fr"))
    stripe.advance(3600)
    assert poll_open_attempts() == 0
    with clock.clock_at(clock.now() + timedelta(hours=2)):
        assert poll_open_attempts() > 0
        market.run_jobs()
    assert as_it_stands(market, payment).status == PaymentState.HELD


def test_news_whose_job_was_lost_is_looked_into_later(
    market: Cast, stripe: Stripe, browser: FlaskClient
) -> None:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_success_fr"))
    stripe.advance(3600)
    with background.in_this_process():
        stripe.tell(browser, stripe.events())
    with clock.clock_at(clock.now() + timedelta(minutes=1)):
        assert poll_open_attempts() == len(stripe.events())
        market.run_jobs()
    assert as_it_stands(market, payment).status == PaymentState.HELD


def test_news_while_stripe_is_silent_waits(
    market: Cast, stripe: Stripe, browser: FlaskClient, impatient: None
) -> None:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_success_fr"))
    stripe.advance(3600)
    stripe.tell(browser, stripe.events())
    with at_stripe("http://127.0.0.1:9"):
        market.run_jobs()
    assert outcomes(market)["payment_intent.succeeded"] == {""}
    with clock.clock_at(clock.now() + timedelta(minutes=1)):
        poll_open_attempts()
        market.run_jobs()
    assert as_it_stands(market, payment).status == PaymentState.HELD


def test_replay_looks_again_and_nothing_happens_twice(
    market: Cast, stripe: Stripe, browser: FlaskClient
) -> None:
    a_payout_account(market, stripe)
    payment = a_paid_payment(market, stripe)
    received(market, payment, "100")
    told(market, stripe, browser)
    assert replay(since=clock.now() - timedelta(hours=1)) == len(stripe.events())
    market.run_jobs()
    assert as_it_stands(market, payment).released == 100
    check_books(market, stripe)


def test_news_of_others_is_not_ours(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    other = requests.post(
        f"{stripe.url}/v1/payment_intents",
        data={"amount": 500, "currency": "eur"},
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=5,
    ).json()
    for object_id in (other["id"], "pi_unknown"):
        event = {
            "id": f"evt_{object_id}",
            "type": "payment_intent.created",
            "data": {"object": {"id": object_id}},
        }
        assert post_event(browser, json.dumps(event)) == 200
    market.run_jobs()
    assert outcomes(market)["payment_intent.created"] == {"not ours", "resource_missing"}


def test_news_of_the_account_makes_it_ready(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    account_id = a_payout_account(market, stripe)
    stripe.post(f"/sandbox/accounts/{account_id}/restrict")
    told(market, stripe, browser)
    with market.bolt.reading("supplier_finance"):
        row = payout_account_of(market.bolt.id)
    assert row is not None
    assert row.status == PayoutAccountState.INCOMPLETE


def test_a_refund_that_comes_back_is_owed_until_it_is_sent_again(
    market: Cast, stripe: Stripe, browser: FlaskClient
) -> None:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_card_refundFail"))
    with market.platform():
        refund_id = refund(
            order_id=payment.order_id, amount=Money(Decimal(30), "EUR"), cause_id=uuid4(), reason=""
        ).id
    market.run_jobs()
    assert account(market, payment).refunds[0].status == RefundState.SUCCEEDED
    stripe.advance(3600)
    told(market, stripe, browser)
    assert account(market, payment).refunds[0].status == RefundState.FAILED
    assert by_purpose(market)["in_transit"] == 30
    received(market, payment, "100")
    assert as_it_stands(market, payment).released == 70
    with market.platform():
        retry_refund(refund_id=refund_id)
    market.run_jobs()
    [again] = account(market, payment).refunds
    assert (again.tries, again.status) == (1, RefundState.SUCCEEDED)
    told(market, stripe, browser)
    assert len(stripe.objects("refund")) == 2


def test_the_same_news_is_kept_once(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    payment, method_id = a_due_payment(market), a_method(market, stripe)
    with market.acme.at_work("buyer_finance"):
        pay(payment_id=payment.id, method_id=method_id)
    for _ in range(3):
        stripe.tell(browser, stripe.events())
    with market.platform() as work:
        assert work.scalar(text("SELECT count(*) FROM stripe_events")) == len(stripe.events())


BODY = json.dumps({"id": "evt_1", "type": "x", "data": {"object": {"id": "pi_1"}}})
UNFIT: dict[str, tuple[str, dict[str, object]]] = {
    "signed by another": (BODY, {"secret": "whsec_of_somebody"}),
    "signed an hour ago": (BODY, {"at": 1_700_000_000}),
    "no JSON": ("{", {}),
    "no event": ("[]", {}),
    "no object": (json.dumps({"id": "evt_1", "type": "x"}), {}),
}


@pytest.mark.parametrize("case", UNFIT)
def test_what_is_not_stripes_is_refused_and_not_kept(
    market: Cast, stripe: Stripe, browser: FlaskClient, case: str
) -> None:
    body, details = UNFIT[case]
    assert post_event(browser, body, **details) == 422  # type: ignore[arg-type]
    assert browser.post("/payments/stripe/webhook", data=BODY).status_code == 422
    with market.platform() as work:
        assert work.scalar(text("SELECT count(*) FROM stripe_events")) == 0


def test_one_changed_byte_of_the_body_is_refused(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    headers = {"Stripe-Signature": signature(BODY, SECRET, int(time.time()))}
    assert browser.post("/payments/stripe/webhook", data=BODY + " ", headers=headers).status_code == 422


def test_an_object_without_an_id_is_no_reason_to_be_asked_again(
    market: Cast, stripe: Stripe, browser: FlaskClient
) -> None:
    balance = {"id": "evt_2", "type": "balance.available", "data": {"object": {"object": "balance"}}}
    assert post_event(browser, json.dumps(balance)) == 200


def test_the_door_needs_no_token_and_every_other_one_does(
    market: Cast, stripe: Stripe, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(browser.application.config, "WTF_CSRF_ENABLED", True)
    assert post_event(browser, BODY) == 200
    market.sign_in(browser, market.acme, "buyer_finance")
    assert browser.post("/payments/methods").status_code == 400


def test_stripes_own_courier_is_heard(
    market: Cast, stripe: Stripe, portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP, as it is in operation; without a queue, so that the sweep finds what is to be looked into."""
    payment = a_due_payment(market)
    with serving(portal) as url:
        stripe.post("/sandbox/webhook_endpoints", url=f"{url}/payments/stripe/webhook", secret=SECRET)
        started(market, payment, a_method(market, stripe, token="pm_success_fr"))
        stripe.advance(3600)
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9")
        current_settings.cache_clear()
        delivered = stripe.post("/sandbox/deliver")["delivered"]
    assert delivered > 5
    with clock.clock_at(clock.now() + timedelta(minutes=1)):
        assert poll_open_attempts() == delivered
        market.run_jobs()
    assert as_it_stands(market, payment).status == PaymentState.HELD
