"""Does a payout leave, arrive, and come back?"""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

DAY = 24 * 60 * 60


@pytest.fixture
def as_seller(
    client: stripe.StripeClient, seller: str, pay: Callable[..., stripe.PaymentIntent]
) -> dict[str, str]:
    """Options of a call as a seller who has 9,000 cents at hand."""
    pay(10_000, "pm_card_bypassPending")
    client.v1.transfers.create({"amount": 9000, "currency": "eur", "destination": seller})
    return {"stripe_account": seller}


def available(client: stripe.StripeClient, options: Any) -> int:
    return client.v1.balance.retrieve({}, options).available[0].amount


def create(client: stripe.StripeClient, options: Any, amount: int = 9000, **sent: Any) -> stripe.Payout:
    return client.v1.payouts.create({"amount": amount, "currency": "eur", **sent}, options)


def test_create_payout_arrives_after_the_delay(
    client: stripe.StripeClient, controls: Any, as_seller: Any
) -> None:
    payout = create(client, as_seller, metadata={"statement": "11"})
    assert (payout.status, payout.metadata["statement"]) == ("pending", "11")
    assert payout.arrival_date == payout.created + DAY
    assert available(client, as_seller) == 0

    controls.advance(DAY)

    assert client.v1.payouts.retrieve(payout.id, {}, as_seller).status == "paid"
    event = controls.objects("event")[-1]
    assert (event["type"], event["account"]) == ("payout.paid", as_seller["stripe_account"])


def test_create_payout_never_exceeds_the_available_funds(client: stripe.StripeClient, as_seller: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create(client, as_seller, 9001)

    assert refused.value.code == "balance_insufficient"
    assert client.v1.payouts.list({}, as_seller).data == []


def test_switch_fails_the_next_payout_and_returns_the_money(
    client: stripe.StripeClient, controls: Any, as_seller: Any
) -> None:
    controls.switch(fail_next_payouts=1)
    failing, fine = create(client, as_seller, 4000), create(client, as_seller, 5000)

    controls.advance(DAY)

    failed = client.v1.payouts.retrieve(failing.id, {}, as_seller)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert failed.failure_balance_transaction
    assert client.v1.payouts.retrieve(fine.id, {}, as_seller).status == "paid"
    assert available(client, as_seller) == 4000


def test_fail_payout_after_it_was_paid_returns_the_money(
    client: stripe.StripeClient, controls: Any, as_seller: Any
) -> None:
    payout = create(client, as_seller)
    controls.advance(DAY)

    assert controls.post(f"/sandbox/payouts/{payout.id}/fail")["status"] == "failed"

    assert available(client, as_seller) == 9000
    assert [p.id for p in client.v1.payouts.list({"status": "failed"}, as_seller).data] == [payout.id]


def test_cancel_payout_while_pending_only(client: stripe.StripeClient, controls: Any, as_seller: Any) -> None:
    first = create(client, as_seller)
    assert client.v1.payouts.cancel(first.id, {}, as_seller).status == "canceled"
    assert available(client, as_seller) == 9000
    second = create(client, as_seller)
    controls.advance(DAY)

    with pytest.raises(stripe.InvalidRequestError, match="only be canceled"):
        client.v1.payouts.cancel(second.id, {}, as_seller)
    assert client.v1.payouts.retrieve(first.id, {}, as_seller).status == "canceled"


def test_create_payout_of_a_restricted_account_is_refused(
    client: stripe.StripeClient, controls: Any, as_seller: Any
) -> None:
    controls.post(f"/sandbox/accounts/{as_seller['stripe_account']}/restrict")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        create(client, as_seller)

    assert refused.value.code == "payouts_not_allowed"


def test_create_payout_in_a_currency_without_a_bank_is_refused(
    client: stripe.StripeClient, as_seller: Any
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="external accounts"):
        client.v1.payouts.create({"amount": 1, "currency": "usd"}, as_seller)


def test_create_payout_of_the_platform(client: stripe.StripeClient, as_seller: Any) -> None:
    assert create(client, {}, 825).status == "pending"
    assert available(client, {}) == 0
