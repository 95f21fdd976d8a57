"""Does a transfer stay within what there is?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

Pay = Callable[..., stripe.PaymentIntent]
DAY = 24 * 60 * 60


def transfer(client: stripe.StripeClient, seller: str, amount: int, **sent: Any) -> stripe.Transfer:
    return client.v1.transfers.create({"amount": amount, "currency": "eur", "destination": seller, **sent})


def refused(*arguments: Any, **sent: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as error:
        transfer(*arguments, **sent)
    return error.value


def funds(client: stripe.StripeClient, account: str | None = None) -> tuple[int, int]:
    balance = client.v1.balance.retrieve({}, {"stripe_account": account} if account else {})
    return balance.available[0].amount, balance.pending[0].amount


def test_create_transfer_from_a_charge_before_it_is_available(
    client: stripe.StripeClient, controls: Any, seller: str, pay: Pay
) -> None:
    paid = pay(10_000, transfer_group="order-7")

    moved = transfer(client, seller, 9000, source_transaction=paid.latest_charge, metadata={"order": "7"})

    assert (moved.amount, moved.transfer_group, moved.metadata["order"]) == (9000, "order-7", "7")
    assert funds(client) == (0, 10_000 - 175 - 9000)
    assert funds(client, seller) == (0, 9000)
    controls.advance(2 * DAY)
    assert funds(client) == (825, 0)
    assert funds(client, seller) == (9000, 0)
    assert [t.id for t in client.v1.transfers.list({"transfer_group": "order-7"}).data] == [moved.id]


def test_create_transfer_never_exceeds_the_charge(client: stripe.StripeClient, seller: str, pay: Pay) -> None:
    paid = pay(10_000)
    source = {"source_transaction": paid.latest_charge}
    transfer(client, seller, 6000, **source)

    assert refused(client, seller, 4001, **source).param == "source_transaction"
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 1000})
    assert refused(client, seller, 3001, **source).param == "source_transaction"
    assert transfer(client, seller, 3000, **source).amount == 3000


def test_create_transfer_never_exceeds_the_available_funds(
    client: stripe.StripeClient, seller: str, pay: Pay
) -> None:
    pay(50_000)
    assert refused(client, seller, 1).code == "balance_insufficient"
    pay(10_000, "pm_card_bypassPending")

    assert refused(client, seller, 9826).code == "balance_insufficient"
    assert transfer(client, seller, 9825).source_transaction is None
    assert funds(client)[0] == 0


def test_create_transfer_by_many_at_once_never_overdraws(
    client: stripe.StripeClient, seller: str, pay: Pay
) -> None:
    pay(10_000, "pm_card_bypassPending")

    def move(_: int) -> bool:
        try:
            transfer(client, seller, 3000)
        except stripe.InvalidRequestError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(move, range(8))).count(True) == 3
    assert funds(client)[0] == 825


def test_create_transfer_refuses_who_may_not_receive(
    client: stripe.StripeClient, controls: Any, seller: str, pay: Pay, debit: Pay
) -> None:
    paid, processing = pay(10_000), debit(1000)
    new = client.v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}})

    error = refused(client, new.id, 100, source_transaction=paid.latest_charge)
    assert error.code == "insufficient_capabilities_for_transfer"
    assert refused(client, "acct_nobody", 100).param == "destination"
    assert refused(client, seller, 100, source_transaction="ch_nothing").code == "resource_missing"
    assert refused(client, seller, 100, source_transaction=processing.latest_charge).http_status == 400
    assert (
        refused(client, seller, 100, source_transaction=paid.latest_charge, currency="usd").http_status == 400
    )
    assert funds(client, seller) == (0, 0)


def test_reverse_transfer_in_parts(client: stripe.StripeClient, seller: str, pay: Pay) -> None:
    moved = transfer(client, seller, 9000, source_transaction=pay(10_000).latest_charge)

    first = client.v1.transfers.reversals.create(moved.id, {"amount": 2000, "metadata": {"case": "9"}})
    rest = client.v1.transfers.reversals.create(moved.id)

    found = client.v1.transfers.retrieve(moved.id)
    assert (first.amount, rest.amount, first.metadata["case"]) == (2000, 7000, "9")
    assert (found.amount_reversed, found.reversed) == (9000, True)
    assert [reversal.id for reversal in found.reversals.data] == [rest.id, first.id]
    assert [r.id for r in client.v1.transfers.reversals.list(moved.id).data] == [rest.id, first.id]
    assert client.v1.transfers.reversals.retrieve(moved.id, first.id).transfer == moved.id
    assert funds(client, seller) == (0, 0)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unreversed"):
        client.v1.transfers.reversals.create(moved.id, {"amount": 1})


def test_reverse_transfer_needs_the_sellers_funds(
    client: stripe.StripeClient, controls: Any, seller: str, pay: Pay
) -> None:
    moved = transfer(client, seller, 9000, source_transaction=pay(10_000).latest_charge)
    controls.advance(2 * DAY)
    client.v1.payouts.create({"amount": 8000, "currency": "eur"}, {"stripe_account": seller})

    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.transfers.reversals.create(moved.id, {"amount": 1001})
    assert error.value.code == "balance_insufficient"
    assert client.v1.transfers.reversals.create(moved.id, {"amount": 1000}).amount == 1000


def test_update_transfer_changes_metadata(client: stripe.StripeClient, seller: str, pay: Pay) -> None:
    moved = transfer(client, seller, 100, source_transaction=pay(1000).latest_charge)

    assert client.v1.transfers.update(moved.id, {"metadata": {"a": "b"}}).metadata["a"] == "b"
