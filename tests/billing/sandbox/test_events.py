"""Is everything that happens told, in order, with the object as it was?"""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from marketplace.billing.sandbox.events import API_VERSION


def test_events_tell_a_payment_in_order(
    client: stripe.StripeClient, pay: Callable[..., stripe.PaymentIntent]
) -> None:
    paid = pay(1000)

    events = list(client.v1.events.list().data)[::-1]

    assert [event.type for event in events] == [
        "customer.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    assert events[1].data.object["status"] == "requires_confirmation"
    assert events[3].data.object["id"] == paid.id
    assert events[3].api_version == API_VERSION == stripe.api_version
    assert (events[3].livemode, events[3].pending_webhooks) == (False, 0)
    assert client.v1.events.retrieve(events[3].id).type == "payment_intent.succeeded"


def test_events_name_the_request_and_its_key(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({}, {"idempotency_key": "customer-7"})

    event = client.v1.events.list().data[0]

    assert event.request.idempotency_key == "customer-7"
    assert event.request.id == made.last_response.request_id


def test_events_of_a_debit_follow_the_clock(
    client: stripe.StripeClient, controls: Any, debit: Callable[..., stripe.PaymentIntent]
) -> None:
    started = debit(1000)
    controls.advance(1000)

    newest = client.v1.events.list({"types": ["payment_intent.succeeded", "payment_intent.processing"]}).data

    assert [event.type for event in newest] == ["payment_intent.succeeded", "payment_intent.processing"]
    assert newest[0].created == newest[1].created + 180
    assert newest[0].request.id is None
    assert newest[0].data.object["id"] == started.id


def test_list_events_filters_by_type(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    client.v1.customers.update(buyer.id, {"name": "Acme 2"})

    assert len(client.v1.events.list({"type": "customer.updated"}).data) == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"url": "http://127.0.0.1:1/hook", "enabled_events": ["no event"]},
        {"url": "https://example.com/hook", "enabled_events": ["*"]},
        {"url": "http://10.0.0.1/hook", "enabled_events": ["*"]},
        {"url": "http://127.0.0.1:1/hook"},
    ],
)
def test_create_endpoint_refuses_what_it_would_not_deliver(client: stripe.StripeClient, sent: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.webhook_endpoints.create(sent)
