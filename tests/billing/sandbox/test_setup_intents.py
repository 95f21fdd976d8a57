"""Is a payment method made ready for later payments?"""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe

ONLINE = {"customer_acceptance": {"type": "offline"}}


def test_create_setup_attaches_the_card(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    setup = client.v1.setup_intents.create(
        {"customer": buyer.id, "payment_method": "pm_card_visa", "confirm": True, "metadata": {"desk": "3"}}
    )

    assert (setup.status, setup.usage, setup.metadata["desk"]) == ("succeeded", "off_session", "3")
    assert client.v1.payment_methods.retrieve(str(setup.payment_method)).customer == buyer.id


def test_create_setup_of_an_account_gives_its_mandate(
    client: stripe.StripeClient, buyer: stripe.Customer, pay: Callable[..., stripe.PaymentIntent]
) -> None:
    setup = client.v1.setup_intents.create(
        {"customer": buyer.id, "payment_method": "pm_success_de", "confirm": True, "mandate_data": ONLINE}
    )

    paid = pay(5000, str(setup.payment_method), off_session=True, expand=["latest_charge"])

    assert client.v1.mandates.retrieve(str(setup.mandate)).status == "active"
    assert paid.status == "processing"
    assert paid.latest_charge.payment_method_details.sepa_debit.mandate == setup.mandate


def test_create_setup_of_a_declining_card_fails(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    with pytest.raises(stripe.CardError) as declined:
        client.v1.setup_intents.create(
            {"customer": buyer.id, "payment_method": "pm_card_chargeDeclined", "confirm": True}
        )

    setup = client.v1.setup_intents.retrieve(declined.value.error.setup_intent.id)
    assert (setup.status, setup.last_setup_error.code) == ("requires_payment_method", "card_declined")
    assert client.v1.customers.payment_methods.list(buyer.id).data == []


def test_authenticate_setup_lets_the_card_be_charged_off_session(
    client: stripe.StripeClient, buyer: stripe.Customer, pay: Callable[..., stripe.PaymentIntent]
) -> None:
    setup = client.v1.setup_intents.create(
        {
            "customer": buyer.id,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
            "return_url": "http://127.0.0.1:1/back",
        }
    )
    assert setup.status == "requires_action"

    page = setup.next_action.redirect_to_url.url
    requests.post(page, data={"answer": "yes"}, allow_redirects=False, timeout=5)

    assert client.v1.setup_intents.retrieve(setup.id).status == "succeeded"
    assert pay(1000, str(setup.payment_method), off_session=True).status == "succeeded"


def test_authenticate_setup_refused_by_the_customer_fails(
    client: stripe.StripeClient, buyer: stripe.Customer
) -> None:
    setup = client.v1.setup_intents.create({"customer": buyer.id})
    setup = client.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_authenticationRequired"})

    page = setup.next_action.redirect_to_url.url
    requests.post(page, data={"answer": "no"}, allow_redirects=False, timeout=5)

    failed = client.v1.setup_intents.retrieve(setup.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_setup_error.code == "setup_intent_authentication_failure"


def test_cancel_setup_ends_it(client: stripe.StripeClient, controls: Any) -> None:
    setup = client.v1.setup_intents.create()

    assert client.v1.setup_intents.cancel(setup.id).status == "canceled"

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "setup_intent_unexpected_state"
    types = [event["type"] for event in controls.objects("event")]
    assert types == ["setup_intent.created", "setup_intent.canceled"]
