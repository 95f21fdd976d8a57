"""How does a test come by Stripe, by a payment that is due, paid, released or refunded?"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import requests
from flask.testing import FlaskClient

from marketplace.billing.payments.actions import begin_visit, open_payout_account, pay
from marketplace.billing.payments.jobs import look_at_visit, open_visit
from marketplace.billing.payments.models import Payment
from marketplace.billing.payments.queries import (
    Account,
    account_of,
    payment_methods,
    payment_of_order,
    payout_account_of,
    visit,
)
from marketplace.billing.payments.reactions import ask_for_payment, release_what_was_accepted
from marketplace.billing.payments.stripe_models import VisitKind
from marketplace.billing.sandbox.server import running_sandbox
from marketplace.billing.sandbox.webhooks import signature
from marketplace.events.buyers import GoodsReceived, OrderConfirmed, ReceivedLine
from marketplace.foundation import clock
from marketplace.foundation.settings import current_settings
from tests.cast import Cast, Party

KEY, SECRET = "sk_test_of_the_tests", "whsec_of_the_tests"
WEBHOOK = "/payments/stripe/webhook"
DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Stripe:
    """The sandbox that this test's marketplace talks to, and its control routes."""

    url: str

    def get(self, path: str, **params: Any) -> Any:
        """What the sandbox answers to a question."""
        return self._answer(requests.get(self.url + path, params=params, headers=self._headers, timeout=10))

    def post(self, path: str, **sent: Any) -> Any:
        """What it answers to an order."""
        return self._answer(requests.post(self.url + path, json=sent, headers=self._headers, timeout=10))

    def advance(self, seconds: int) -> None:
        """Let time go by at Stripe."""
        self.post("/sandbox/clock", advance=seconds)

    def switch(self, **positions: Any) -> None:
        """Turn the sandbox's knobs."""
        self.post("/sandbox/switches", **positions)

    def objects(self, kind: str) -> list[dict[str, Any]]:
        """All objects of that kind, oldest first."""
        return list(self.get("/sandbox/objects", kind=kind)["objects"])

    def moved(self, kind: str, minus: str = "") -> int:
        """The sum of what transfers or refunds have moved, in cents; without what failed, and without `minus`."""
        counted = [item for item in self.objects(kind) if item.get("status") != "failed"]
        return sum(item["amount"] - (item[minus] if minus else 0) for item in counted)

    def choose(self, url: str, token: str) -> requests.Response:
        """What a person does on the hosted page: choose that test card or account, and say yes to its bank."""
        form = {"payment_method": token, "name": "Acme", "email": "finance@acme.example"}
        chosen = requests.post(url, data=form, allow_redirects=False, timeout=10)
        on = chosen.headers.get("Location", "")
        return self.confirm(self.url + on) if on.startswith("/authenticate/") else chosen

    def confirm(self, url: str) -> requests.Response:
        """What a person does on their bank's page."""
        return requests.post(url, data={"answer": "yes"}, allow_redirects=False, timeout=10)

    def events(self) -> list[dict[str, Any]]:
        """All that Stripe has to tell, oldest first, connected accounts' news too."""
        return self.objects("event")

    def tell(self, browser: FlaskClient, events: Sequence[dict[str, Any]]) -> list[int]:
        """Send these events to the portal, signed; returns the portal's answers."""
        return [post_event(browser, json.dumps(event)) for event in events]

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {KEY}"}

    def _answer(self, response: requests.Response) -> Any:
        assert response.ok, response.text
        return response.json()


def post_event(browser: FlaskClient, payload: str, *, secret: str = SECRET, at: float | None = None) -> int:
    """Send that body to the webhook, signed with `secret`; returns the status of the answer."""
    signed = signature(payload, secret, int(at or time.time()))
    headers = {"Stripe-Signature": signed, "Content-Type": "application/json"}
    return browser.post(WEBHOOK, data=payload.encode(), headers=headers).status_code


@contextmanager
def running_stripe(folder: Path, *, is_delivering: bool = False) -> Iterator[Stripe]:
    """Inside, the marketplace speaks to a sandbox of its own, whose webhooks go nowhere unless it `is_delivering`."""
    with (
        running_sandbox(folder / "stripe.sqlite3", is_delivering=is_delivering) as running,
        at_stripe(running.url),
    ):
        yield Stripe(running.url)


@contextmanager
def at_stripe(url: str) -> Iterator[None]:
    """Inside, the settings say that Stripe is at `url`."""
    settled = {"STRIPE_API_KEY": KEY, "STRIPE_API_BASE": url, "STRIPE_WEBHOOK_SECRET": SECRET}
    before = {name: os.environ.get(name) for name in settled}
    os.environ.update(settled)
    current_settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        current_settings.cache_clear()


def a_method(
    market: Cast, stripe: Stripe, *, party: Party | None = None, token: str = "pm_card_visa"
) -> UUID:
    """A payment method of Acme (or that buyer), saved on Stripe's own page; needs the fixture `speaking`."""
    buyer = party or market.acme
    with buyer.at_work("buyer_finance"):
        visit_id = begin_visit(kind=VisitKind.METHOD).id
    open_visit(visit_id=visit_id)
    with buyer.reading("buyer_finance"):
        url = str(visit(visit_id).url)
    assert stripe.choose(url, token).status_code == 303
    look_at_visit(visit_id=visit_id)
    with buyer.reading("buyer_finance"):
        return payment_methods()[0].id


def a_payout_account(market: Cast, stripe: Stripe, *, party: Party | None = None) -> str:
    """A payout account of Bolt (or that seller), ready; its id at Stripe. Needs the fixture `speaking`."""
    seller = party or market.bolt
    with seller.at_work("supplier_finance"):
        open_payout_account()
        visit_id = begin_visit(kind=VisitKind.ONBOARDING).id
    open_visit(visit_id=visit_id)
    with seller.reading("supplier_finance"):
        url, account = str(visit(visit_id).url), payout_account_of(seller.id)
    assert requests.post(url, allow_redirects=False, timeout=10).status_code == 303
    look_at_visit(visit_id=visit_id)
    market.run_jobs()
    assert account is not None
    return str(account.stripe_id)


def confirmation(
    market: Cast,
    amount: str = "100",
    *,
    order_id: UUID | None = None,
    version: int = 1,
    currency: str = "EUR",
    seller: Party | None = None,
) -> OrderConfirmed:
    """The news that Acme's order with Bolt (or that seller) is confirmed, at that total."""
    return OrderConfirmed(
        subject_id=order_id or uuid4(),
        buyer_id=market.acme.id,
        seller_id=(seller or market.bolt).id,
        number=f"PO-{uuid4().hex[:6]}",
        version=version,
        total=Decimal(amount),
        currency=currency,
        confirmed_on=clock.today(),
        agreement_id=None,
        lines=[],
    )


def a_due_payment(market: Cast, amount: str = "100", **details: Any) -> Payment:
    """A payment that Acme has been asked for; only the payments have heard of its order."""
    with market.platform():
        event = confirmation(market, amount, **details)
        ask_for_payment(event)
        found = payment_of_order(event.subject_id)
    assert found is not None
    return found


def started(market: Cast, payment: Payment, method_id: UUID) -> UUID:
    """Acme's finance has pressed the button, and everything that follows by itself has happened; the attempt's id."""
    with market.acme.at_work("buyer_finance"):
        attempt_id = pay(payment_id=payment.id, method_id=method_id).id
    market.run_jobs()
    return attempt_id


def a_paid_payment(market: Cast, stripe: Stripe, amount: str = "100", **details: Any) -> Payment:
    """A payment that Acme has made by card; the money is held."""
    payment = a_due_payment(market, amount, **details)
    started(market, payment, a_method(market, stripe))
    return as_it_stands(market, payment)


def received(market: Cast, payment: Payment, amount: str, *, receipt_id: UUID | None = None) -> UUID:
    """Goods of that worth have been counted in and accepted, and everybody has heard of it; the receipt's id."""
    receipt_id = receipt_id or uuid4()
    nothing = Decimal(0)
    line = ReceivedLine(uuid4(), uuid4(), Decimal(1), nothing, nothing, Decimal(amount))
    with market.platform():
        release_what_was_accepted(
            GoodsReceived(
                subject_id=payment.order_id,
                **payment.parties,
                number=payment.order_number,
                receipt_id=receipt_id,
                receipt_number="GR-1",
                received_on=clock.today(),
                currency=payment.currency,
                lines=[line],
            )
        )
    market.run_jobs()
    return receipt_id


def as_it_stands(market: Cast, payment: Payment) -> Payment:
    """The payment as it is now."""
    return account(market, payment).payment


def account(market: Cast, payment: Payment) -> Account:
    """The payment and its rows as they are now."""
    with market.platform():
        return account_of(payment.id)
