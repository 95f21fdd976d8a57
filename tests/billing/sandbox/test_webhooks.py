"""Do events reach their receiver: signed, again after a failure, and in whatever disorder a test wants?"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stripe

from marketplace.billing.sandbox.server import running_sandbox


@pytest.fixture
def secret(client: stripe.StripeClient, inbox: Any) -> str:
    """The secret of an endpoint that hears of customers."""
    return str(
        client.v1.webhook_endpoints.create(
            {"url": inbox.url, "enabled_events": ["customer.created", "customer.updated"]}
        ).secret
    )


def names(inbox: Any) -> list[str]:
    return [json.loads(body)["data"]["object"]["name"] for body, _ in inbox.received]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 8
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_deliver_signs_as_stripe_does(
    client: stripe.StripeClient, controls: Any, inbox: Any, secret: str
) -> None:
    made = client.v1.customers.create({"name": "Société Générale d'Écrous"})
    client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})

    outcome = controls.deliver()

    assert outcome == {"tried": 1, "delivered": 1, "pending": 0}
    (event,) = inbox.events(secret)
    assert (event.type, event.data.object["name"]) == ("customer.created", "Société Générale d'Écrous")
    assert event.id == client.v1.events.list({"type": "customer.created"}).data[0].id
    assert event.data.object["id"] == made.id
    body, header = inbox.received[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body.replace("customer", "costumer"), header, secret)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_other")


def test_deliver_tries_again_after_a_failure(
    client: stripe.StripeClient, controls: Any, inbox: Any, secret: str
) -> None:
    inbox.statuses = [500, 303]
    client.v1.customers.create({"name": "Acme"})
    event = client.v1.events.list().data[0]

    assert controls.deliver()["pending"] == 1
    assert client.v1.events.retrieve(event.id).pending_webhooks == 1
    assert controls.deliver()["pending"] == 1
    assert controls.deliver() == {"tried": 1, "delivered": 1, "pending": 0}

    assert [e.id for e in inbox.events(secret)] == [event.id] * 3
    (delivery,) = controls.get("/sandbox/deliveries")["deliveries"]
    assert (delivery["state"], delivery["attempts"], delivery["answer"]) == ("delivered", 3, "200")
    assert client.v1.events.retrieve(event.id).pending_webhooks == 0


def test_deliver_gives_up_after_three_days(
    client: stripe.StripeClient, controls: Any, inbox: Any, secret: str
) -> None:
    inbox.statuses = [500, 500]
    client.v1.customers.create({"name": "Acme"})
    controls.deliver()
    controls.advance(3 * 24 * 60 * 60 + 1)

    assert controls.deliver() == {"tried": 1, "delivered": 0, "pending": 0}

    assert controls.get("/sandbox/deliveries")["deliveries"][0]["state"] == "failed"


def test_switch_duplicates_deliveries(
    client: stripe.StripeClient, controls: Any, inbox: Any, secret: str
) -> None:
    controls.switch(delivery_copies=2)
    client.v1.customers.create({"name": "Acme"})

    controls.deliver()

    first, second = inbox.events(secret)
    assert first.id == second.id


def test_switch_disorders_deliveries(
    client: stripe.StripeClient, controls: Any, inbox: Any, secret: str
) -> None:
    for number in range(20):
        client.v1.customers.create({"name": f"{number:02}"})
    controls.switch(delivery_order="reversed")
    controls.deliver()
    assert names(inbox) == sorted(names(inbox), reverse=True)

    inbox.received.clear()
    controls.switch(delivery_order="shuffled")
    for number in range(20):
        client.v1.customers.create({"name": f"{number:02}"})
    controls.deliver()
    assert sorted(names(inbox)) != names(inbox)
    assert len(inbox.received) == 20


def test_switch_delays_deliveries_by_the_clock(
    client: stripe.StripeClient, controls: Any, inbox: Any, secret: str
) -> None:
    controls.switch(delivery_delay_seconds=3600)
    client.v1.customers.create({"name": "Acme"})

    assert controls.deliver() == {"tried": 0, "delivered": 0, "pending": 1}
    controls.advance(3600)
    assert controls.deliver() == {"tried": 1, "delivered": 1, "pending": 0}


def test_switch_loses_the_next_deliveries_only(
    client: stripe.StripeClient, controls: Any, inbox: Any, secret: str
) -> None:
    controls.switch(lose_next_deliveries=1)
    client.v1.customers.create({"name": "lost"})
    client.v1.customers.create({"name": "kept"})

    controls.deliver()

    assert names(inbox) == ["kept"]
    assert len(client.v1.events.list({"type": "customer.created"}).data) == 2


def test_deliver_to_connect_endpoints_only_what_happens_to_connected_accounts(
    client: stripe.StripeClient, controls: Any, inbox: Any, seller: str
) -> None:
    secret = str(
        client.v1.webhook_endpoints.create(
            {"url": inbox.url, "enabled_events": ["*"], "connect": True}
        ).secret
    )
    client.v1.customers.create({"name": "of the platform"})
    client.v1.accounts.update(seller, {"metadata": {"desk": "2"}})

    controls.deliver()

    (event,) = inbox.events(secret)
    assert (event.type, event.account) == ("account.updated", seller)


def test_update_and_delete_endpoint_end_deliveries(
    client: stripe.StripeClient, controls: Any, inbox: Any
) -> None:
    made = client.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["*"]})
    assert getattr(client.v1.webhook_endpoints.retrieve(made.id), "secret", None) is None
    assert client.v1.webhook_endpoints.update(made.id, {"disabled": True}).status == "disabled"
    client.v1.customers.create()
    client.v1.webhook_endpoints.update(made.id, {"disabled": False, "enabled_events": ["customer.created"]})
    client.v1.customers.create()

    assert client.v1.webhook_endpoints.delete(made.id).deleted is True

    assert controls.deliver() == {"tried": 0, "delivered": 0, "pending": 0}
    assert client.v1.webhook_endpoints.list().data == []


def test_control_endpoint_takes_a_secret_and_replaces_its_path(
    client: stripe.StripeClient, controls: Any, inbox: Any
) -> None:
    first = controls.post("/sandbox/webhook_endpoints", url="http://127.0.0.1:1/webhook", secret="whsec_one")
    second = controls.post("/sandbox/webhook_endpoints", url=inbox.url, secret="whsec_two")
    client.v1.customers.create({"name": "Acme"})

    controls.deliver()

    assert first["id"] == second["id"]
    assert [event.type for event in inbox.events("whsec_two")] == ["customer.created"]


def test_courier_delivers_by_itself_and_lets_debits_settle(tmp_path: Path, connect: Any, inbox: Any) -> None:
    with running_sandbox(tmp_path / "stripe.sqlite") as sandbox:
        client, controls = connect(sandbox.url)
        controls.switch(sepa_delay_seconds=0)
        client.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["payment_intent.succeeded"]})
        inbox.statuses = [500]
        client.v1.payment_intents.create(
            {
                "amount": 1000,
                "currency": "eur",
                "payment_method": "pm_success_fr",
                "mandate_data": {"customer_acceptance": {"type": "offline"}},
                "confirm": True,
            }
        )

        wait_for(lambda: len(inbox.received) == 2)

    assert len({json.loads(body)["id"] for body, _ in inbox.received}) == 1


def test_courier_paused_leaves_deliveries_to_the_flush(tmp_path: Path, connect: Any, inbox: Any) -> None:
    with running_sandbox(tmp_path / "stripe.sqlite") as sandbox:
        client, controls = connect(sandbox.url)
        controls.switch(is_delivery_paused=True)
        client.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["*"]})
        client.v1.customers.create({"name": "Acme"})
        time.sleep(0.1)
        assert inbox.received == []

        controls.deliver()

    assert names(inbox) == ["Acme"]


def test_pending_deliveries_survive_a_restart(tmp_path: Path, connect: Any, inbox: Any) -> None:
    path = tmp_path / "stripe.sqlite"
    with running_sandbox(path, is_delivering=False) as sandbox:
        client, _ = connect(sandbox.url)
        made = client.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["*"]})
        client.v1.customers.create({"name": "Acme"})
    assert inbox.received == []

    with running_sandbox(path):
        wait_for(lambda: bool(inbox.received))

    assert [event.type for event in inbox.events(str(made.secret))] == ["customer.created"]
