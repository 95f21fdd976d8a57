"""What does a dispute take, and what does its verdict give back?"""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

Pay = Callable[..., stripe.PaymentIntent]


def net_of(controls: Any) -> int:
    return sum(entry["net"] for entry in controls.objects("balance_transaction"))


def test_open_dispute_withdraws_the_charge_and_a_fee(
    client: stripe.StripeClient, controls: Any, pay: Pay
) -> None:
    paid = pay(10_000)
    before = net_of(controls)

    opened = controls.post("/sandbox/disputes", charge=paid.latest_charge, reason="product_not_received")

    dispute = client.v1.disputes.retrieve(opened["id"])
    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "product_not_received",
        10_000,
    )
    assert dispute.payment_intent == paid.id
    assert net_of(controls) == before - 10_000 - 2000
    assert client.v1.charges.retrieve(str(paid.latest_charge)).disputed is True
    types = [event["type"] for event in controls.objects("event")][-2:]
    assert types == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_disputed"


def test_pay_with_the_disputed_card_opens_one(client: stripe.StripeClient, pay: Pay) -> None:
    paid = pay(1000, "pm_card_createDispute")

    assert [d.reason for d in client.v1.disputes.list({"payment_intent": paid.id}).data] == ["fraudulent"]


@pytest.mark.parametrize(
    ("evidence", "status", "kept"), [("winning_evidence", "won", -2000), ("losing_evidence", "lost", -12_000)]
)
def test_update_dispute_with_test_evidence_brings_the_verdict(
    client: stripe.StripeClient, controls: Any, pay: Pay, evidence: str, status: str, kept: int
) -> None:
    paid = pay(10_000)
    before = net_of(controls)
    opened = controls.post("/sandbox/disputes", charge=paid.latest_charge)

    closed = client.v1.disputes.update(opened["id"], {"evidence": {"uncategorized_text": evidence}})

    assert (closed.status, closed.evidence_details.has_evidence) == (status, True)
    assert net_of(controls) == before + kept
    last = controls.objects("event")[-1]["type"]
    assert last == ("charge.dispute.funds_reinstated" if status == "won" else "charge.dispute.closed")


def test_update_dispute_waits_for_the_banks_verdict(
    client: stripe.StripeClient, controls: Any, pay: Pay
) -> None:
    opened = controls.post("/sandbox/disputes", charge=pay(1000).latest_charge)

    staged = client.v1.disputes.update(
        opened["id"], {"evidence": {"product_description": "Bolts"}, "submit": False}
    )
    assert staged.status == "needs_response"
    sent = client.v1.disputes.update(opened["id"], {"evidence": {"customer_name": "Acme"}})
    assert (sent.status, sent.evidence.product_description) == ("under_review", "Bolts")
    controls.advance(30 * 24 * 60 * 60)
    assert client.v1.disputes.retrieve(opened["id"]).status == "under_review"

    assert controls.post(f"/sandbox/disputes/{opened['id']}/close", verdict="won")["status"] == "won"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.v1.disputes.close(opened["id"])


def test_dispute_without_answer_is_lost(client: stripe.StripeClient, controls: Any, pay: Pay) -> None:
    opened = controls.post("/sandbox/disputes", charge=pay(1000).latest_charge)

    controls.advance(21 * 24 * 60 * 60)

    assert client.v1.disputes.retrieve(opened["id"]).status == "lost"


def test_dispute_of_a_debit_is_lost_at_once(client: stripe.StripeClient, controls: Any, debit: Pay) -> None:
    paid = debit(1000, "pm_disputed_fr")
    controls.advance(180)

    assert client.v1.payment_intents.retrieve(paid.id).status == "succeeded"
    assert [d.status for d in client.v1.disputes.list({"charge": str(paid.latest_charge)}).data] == ["lost"]
