"""Do the balance and its entries tell the same story?"""

from collections.abc import Callable
from typing import Any

import stripe

DAY = 24 * 60 * 60


def test_balance_is_empty_at_first(client: stripe.StripeClient) -> None:
    balance = client.v1.balance.retrieve()

    assert [(a.amount, a.currency) for a in balance.available] == [(0, "eur")]
    assert balance.livemode is False


def test_balance_is_the_sum_of_its_entries_by_currency(
    client: stripe.StripeClient, controls: Any, pay: Callable[..., stripe.PaymentIntent]
) -> None:
    euros = pay(10_000)
    pay(2000, currency="usd")
    client.v1.refunds.create({"payment_intent": euros.id, "amount": 1000})
    controls.switch(funds_delay_seconds=0)
    pay(4000)

    entries = list(client.v1.balance_transactions.list({"limit": 2}).auto_paging_iter())

    balance = client.v1.balance.retrieve()
    for funds, status in ((balance.available, "available"), (balance.pending, "pending")):
        for amount in funds:
            nets = [e.net for e in entries if (e.currency, e.status) == (amount.currency, status)]
            assert amount.amount == sum(nets)
    assert {a.currency: a.amount for a in balance.pending} == {"eur": 10_000 - 175 - 1000, "usd": 2000 - 60}
    controls.advance(2 * DAY)
    after = client.v1.balance.retrieve()
    assert [a.amount for a in after.pending] == [0, 0]


def test_list_entries_is_by_source_and_type(
    client: stripe.StripeClient, pay: Callable[..., stripe.PaymentIntent]
) -> None:
    paid = pay(10_000)
    refund = client.v1.refunds.create({"payment_intent": paid.id})

    by_source = client.v1.balance_transactions.list({"source": str(paid.latest_charge)}).data
    by_type = client.v1.balance_transactions.list({"type": "refund"}).data

    assert [entry.net for entry in by_source] == [9825]
    assert [entry.source for entry in by_type] == [refund.id]
    assert client.v1.balance_transactions.retrieve(by_type[0].id).reporting_category == "refund"
