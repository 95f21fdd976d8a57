"""Is never more given back than was taken, and is a refund that fails told?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

Pay = Callable[..., stripe.PaymentIntent]


def refused(client: stripe.StripeClient, **sent: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.refunds.create(sent)
    return error.value


def test_refund_in_parts_up_to_the_whole(client: stripe.StripeClient, pay: Pay) -> None:
    paid = pay(10_000)

    first = client.v1.refunds.create(
        {
            "payment_intent": paid.id,
            "amount": 3000,
            "metadata": {"case": "9"},
            "expand": ["balance_transaction"],
        }
    )
    assert (first.status, first.amount, first.metadata["case"]) == ("succeeded", 3000, "9")
    assert (first.balance_transaction.amount, first.balance_transaction.fee) == (-3000, 0)
    assert refused(client, payment_intent=paid.id, amount=7001).param == "amount"
    rest = client.v1.refunds.create({"charge": str(paid.latest_charge), "reason": "requested_by_customer"})

    charge = client.v1.charges.retrieve(str(paid.latest_charge))
    assert rest.amount == 7000
    assert (charge.amount_refunded, charge.refunded) == (10_000, True)
    assert refused(client, payment_intent=paid.id).code == "charge_already_refunded"
    listed = client.v1.refunds.list({"payment_intent": paid.id})
    assert [refund.id for refund in listed.data] == [rest.id, first.id]


def test_refund_at_once_by_many_never_exceeds_the_charge(client: stripe.StripeClient, pay: Pay) -> None:
    paid = pay(1000)

    def refund(_: int) -> bool:
        try:
            client.v1.refunds.create({"payment_intent": paid.id, "amount": 300})
        except stripe.InvalidRequestError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(refund, range(8)))

    assert outcomes.count(True) == 3
    assert client.v1.charges.retrieve(str(paid.latest_charge)).amount_refunded == 900


def test_refund_of_what_was_not_paid_is_refused(client: stripe.StripeClient, debit: Pay) -> None:
    unpaid = client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})
    processing = debit(1000)

    assert refused(client, payment_intent=unpaid.id).code == "payment_intent_unexpected_state"
    assert refused(client, charge=str(processing.latest_charge)).code == "charge_not_refundable"
    assert refused(client, payment_intent="pi_nothing").code == "resource_missing"
    assert refused(client).code == "parameter_missing"


def test_refund_of_a_debit_takes_its_time(client: stripe.StripeClient, controls: Any, debit: Pay) -> None:
    paid = debit(1000)
    controls.advance(180)

    refund = client.v1.refunds.create({"payment_intent": paid.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    controls.advance(180)

    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert controls.objects("event")[-1]["type"] == "refund.updated"


def test_refund_that_fails_later_gives_the_money_back(
    client: stripe.StripeClient, controls: Any, pay: Pay
) -> None:
    paid = pay(1000, "pm_card_refundFail")
    refund = client.v1.refunds.create({"payment_intent": paid.id, "amount": 400})
    assert refund.status == "succeeded"

    controls.advance(180)

    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction.amount == 400
    assert client.v1.charges.retrieve(str(paid.latest_charge)).amount_refunded == 0
    assert controls.objects("event")[-1]["type"] == "refund.failed"


def test_refund_with_the_pending_card_succeeds_later(
    client: stripe.StripeClient, controls: Any, pay: Pay
) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(1000, "pm_card_pendingRefund").id})
    assert refund.status == "pending"

    controls.advance(180)

    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_refund_does_not_reverse_a_transfer(client: stripe.StripeClient, seller: str, pay: Pay) -> None:
    paid = pay(10_000)
    transfer = client.v1.transfers.create(
        {
            "amount": 9000,
            "currency": "eur",
            "destination": seller,
            "source_transaction": str(paid.latest_charge),
        }
    )

    client.v1.refunds.create({"payment_intent": paid.id})

    assert client.v1.transfers.retrieve(transfer.id).amount_reversed == 0


def test_refund_of_what_came_by_a_transfer_is_refused(
    client: stripe.StripeClient, seller: str, pay: Pay
) -> None:
    source = str(pay(10_000).latest_charge)
    moved = client.v1.transfers.create(
        {"amount": 9000, "currency": "eur", "destination": seller, "source_transaction": source}
    )

    with pytest.raises(stripe.InvalidRequestError, match="reversing the transfer"):
        client.v1.refunds.create({"charge": str(moved.destination_payment)}, {"stripe_account": seller})


def test_update_refund_changes_metadata(client: stripe.StripeClient, pay: Pay) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(1000).id})

    assert client.v1.refunds.update(refund.id, {"metadata": {"case": "1"}}).metadata["case"] == "1"
