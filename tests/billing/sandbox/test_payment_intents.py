"""Does a payment go through the states that Stripe gives it?"""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe

Pay = Callable[..., stripe.PaymentIntent]


def refused(call: Callable[..., Any], *arguments: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as error:
        call(*arguments)
    return error.value


def test_create_intent_with_a_card_succeeds_at_once(client: stripe.StripeClient, pay: Pay) -> None:
    paid = pay(
        12_345,
        off_session=True,
        transfer_group="order-7",
        metadata={"order": "7"},
        expand=["latest_charge.balance_transaction", "customer"],
    )

    charge = paid.latest_charge
    assert (paid.status, paid.amount_received, paid.currency) == ("succeeded", 12_345, "eur")
    assert paid.customer.name == "Acme"
    assert (charge.status, charge.amount_captured, charge.paid) == ("succeeded", 12_345, True)
    assert charge.metadata["order"] == "7"
    assert charge.transfer_group == "order-7"
    assert charge.payment_method_details.card.last4 == "4242"
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (210, 12_135)
    assert charge.balance_transaction.status == "pending"
    assert [c.id for c in client.v1.charges.list({"transfer_group": "order-7"}).data] == [charge.id]


def test_create_intent_in_a_zero_decimal_currency_counts_whole_units(pay: Pay) -> None:
    paid = pay(5000, currency="JPY", expand=["latest_charge.balance_transaction"])

    assert (paid.currency, paid.amount_received) == ("jpy", 5000)
    assert paid.latest_charge.balance_transaction.fee == 75 + 40


def test_confirm_intent_comes_after_creating_it(client: stripe.StripeClient, buyer: stripe.Customer) -> None:
    made = client.v1.payment_intents.create({"amount": 1000, "currency": "eur", "customer": buyer.id})
    assert made.status == "requires_payment_method"
    error = refused(client.v1.payment_intents.confirm, made.id)
    assert error.code == "payment_intent_unexpected_state"

    chosen = client.v1.payment_intents.update(made.id, {"payment_method": "pm_card_visa", "amount": 1500})
    assert (chosen.status, chosen.amount) == ("requires_confirmation", 1500)

    assert client.v1.payment_intents.confirm(made.id).amount_received == 1500
    error = refused(client.v1.payment_intents.confirm, made.id)
    assert error.code == "payment_intent_unexpected_state"
    assert refused(client.v1.payment_intents.update, made.id, {"amount": 1}).http_status == 400
    assert client.v1.payment_intents.update(made.id, {"metadata": {"late": "yes"}}).metadata["late"] == "yes"


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
def test_create_intent_with_a_declining_card_keeps_the_failure(
    client: stripe.StripeClient, pay: Pay, token: str, code: str, decline_code: str
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        pay(1000, token)

    error = declined.value
    assert (error.http_status, error.code, error.error.decline_code) == (402, code, decline_code)
    kept = client.v1.payment_intents.retrieve(error.error.payment_intent.id, {"expand": ["latest_charge"]})
    assert kept.status == "requires_payment_method"
    assert kept.last_payment_error.code == code
    assert (kept.latest_charge.status, kept.latest_charge.failure_code) == ("failed", code)
    again = client.v1.payment_intents.confirm(kept.id, {"payment_method": "pm_card_visa"})
    assert (again.status, again.last_payment_error) == ("succeeded", None)


def test_create_intent_with_a_saved_card_that_fails_later(
    client: stripe.StripeClient, buyer: stripe.Customer, pay: Pay
) -> None:
    method = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": buyer.id})

    with pytest.raises(stripe.CardError, match="declined"):
        pay(1000, method.id, off_session=True)


def test_create_intent_off_session_declines_what_needs_authentication(pay: Pay) -> None:
    with pytest.raises(stripe.CardError) as declined:
        pay(1000, "pm_card_authenticationRequired", off_session=True)

    assert declined.value.code == "authentication_required"
    assert declined.value.error.payment_intent.status == "requires_payment_method"


def test_create_intent_with_error_on_requires_action_declines(pay: Pay) -> None:
    with pytest.raises(stripe.CardError) as declined:
        pay(1000, "pm_card_authenticationRequired", error_on_requires_action=True)

    assert declined.value.code == "authentication_required"


@pytest.mark.parametrize(("answer", "status"), [("yes", "succeeded"), ("no", "requires_payment_method")])
def test_authenticate_intent_on_the_banks_page(
    client: stripe.StripeClient, pay: Pay, answer: str, status: str
) -> None:
    asked = pay(1000, "pm_card_authenticationRequired", return_url="http://127.0.0.1:1/back")
    assert asked.status == "requires_action"
    page = asked.next_action.redirect_to_url.url
    assert "Stripe sandbox - no real money" in requests.get(page, timeout=5).text

    gone = requests.post(page, data={"answer": answer}, allow_redirects=False, timeout=5)

    assert gone.headers["Location"] == f"http://127.0.0.1:1/back?payment_intent={asked.id}"
    found = client.v1.payment_intents.retrieve(asked.id)
    assert found.status == status
    assert requests.post(page, data={"answer": "yes"}, timeout=5).status_code == 400
    if answer == "no":
        assert found.last_payment_error.code == "payment_intent_authentication_failure"


def test_create_intent_by_debit_waits_for_the_clock(
    client: stripe.StripeClient, controls: Any, debit: Pay
) -> None:
    started = debit(20_000, expand=["latest_charge"])
    assert (started.status, started.amount_received) == ("processing", 0)
    assert (started.latest_charge.status, started.latest_charge.balance_transaction) == ("pending", None)
    assert started.latest_charge.payment_method_details.sepa_debit.mandate.startswith("mandate_")

    controls.advance(170)
    assert client.v1.payment_intents.retrieve(started.id).status == "processing"
    controls.advance(10)

    done = client.v1.payment_intents.retrieve(started.id, {"expand": ["latest_charge.balance_transaction"]})
    assert (done.status, done.amount_received) == ("succeeded", 20_000)
    assert done.latest_charge.id == started.latest_charge.id
    assert (done.latest_charge.balance_transaction.type, done.latest_charge.balance_transaction.fee) == (
        "payment",
        35,
    )


@pytest.mark.parametrize(
    ("token", "code"),
    [("pm_failed_de", "generic_could_not_process"), ("pm_insufficientFunds_fr", "insufficient_funds")],
)
def test_create_intent_by_a_failing_debit_can_be_tried_again(
    client: stripe.StripeClient, controls: Any, debit: Pay, token: str, code: str
) -> None:
    started = debit(20_000, token)
    controls.advance(180)

    failed = client.v1.payment_intents.retrieve(started.id, {"expand": ["latest_charge"]})
    assert (failed.status, failed.last_payment_error.code) == ("requires_payment_method", code)
    assert (failed.latest_charge.status, failed.latest_charge.failure_code) == ("failed", code)
    assert controls.objects("balance_transaction") == []
    assert (
        client.v1.payment_intents.confirm(started.id, {"payment_method": "pm_card_visa"}).status
        == "succeeded"
    )


def test_switch_fails_the_next_debit_only(client: stripe.StripeClient, controls: Any, debit: Pay) -> None:
    controls.switch(fail_next_sepa_payments=1, sepa_delay_seconds=5)
    first, second = debit(1000), debit(1000)
    controls.advance(5)

    assert client.v1.payment_intents.retrieve(first.id).status == "requires_payment_method"
    assert client.v1.payment_intents.retrieve(second.id).status == "succeeded"


def test_create_intent_by_debit_needs_a_mandate_and_euros(pay: Pay, debit: Pay) -> None:
    assert refused(pay, 1000, "pm_success_fr").param == "mandate_data"
    with pytest.raises(stripe.InvalidRequestError, match="sepa_debit"):
        debit(1000, currency="usd")


def test_create_intent_refuses_a_method_of_another_customer(client: stripe.StripeClient, pay: Pay) -> None:
    other = client.v1.customers.create()
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": other.id})

    assert refused(pay, 1000, method.id).param == "payment_method"


def test_create_intent_spends_a_method_that_nobody_keeps(client: stripe.StripeClient, pay: Pay) -> None:
    once = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id
    kept = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id

    pay(1000, once)
    pay(1000, kept, setup_future_usage="off_session")

    assert "may not be used again" in str(refused(pay, 1000, once))
    assert pay(1000, kept, off_session=True).status == "succeeded"


def test_create_intent_narrows_the_method_types(client: stripe.StripeClient) -> None:
    create = client.v1.payment_intents.create
    euros = {"amount": 1000, "currency": "eur"}

    assert create(euros).payment_method_types == ["card", "sepa_debit"]
    assert create({"amount": 1000, "currency": "usd"}).payment_method_types == ["card"]
    only = create({**euros, "allowed_payment_method_types": ["sepa_debit", "ideal"]})
    assert only.payment_method_types == ["sepa_debit"]
    assert create({**euros, "excluded_payment_method_types": ["sepa_debit"]}).payment_method_types == ["card"]
    assert refused(create, {**euros, "allowed_payment_method_types": ["ideal"]}).http_status == 400


@pytest.mark.parametrize(
    ("sent", "code", "param"),
    [
        ({"currency": "eur"}, "parameter_missing", "amount"),
        ({"amount": 1000}, "parameter_missing", "currency"),
        ({"amount": 49, "currency": "eur"}, "amount_too_small", "amount"),
        ({"amount": 100_000_000, "currency": "eur"}, "amount_too_large", "amount"),
        ({"amount": 0, "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": "12.5", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": 1000, "currency": "xxx"}, "parameter_invalid", "currency"),
        ({"amount": 1000, "currency": "eur", "off_session": True}, "parameter_invalid", "off_session"),
        ({"amount": 1000, "currency": "eur", "amuont": 1}, "parameter_unknown", "amuont"),
        (
            {"amount": 1000, "currency": "eur", "payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        ({"amount": 1000, "currency": "eur", "expand": ["nothing"]}, "parameter_invalid", "expand"),
    ],
)
def test_create_intent_refuses_parameters_that_do_not_fit(
    client: stripe.StripeClient, sent: Any, code: str, param: str
) -> None:
    error = refused(client.v1.payment_intents.create, sent)

    assert (error.http_status, error.code, error.param) == (400, code, param)
    assert client.v1.payment_intents.list().data == []


def test_cancel_intent_before_it_is_paid_only(client: stripe.StripeClient, pay: Pay, debit: Pay) -> None:
    made = client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})

    canceled = client.v1.payment_intents.cancel(made.id, {"cancellation_reason": "abandoned"})

    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert canceled.canceled_at is not None
    for late in (made, pay(1000), debit(1000)):
        assert refused(client.v1.payment_intents.cancel, late.id).code == "payment_intent_unexpected_state"


def test_list_intents_is_by_customer(client: stripe.StripeClient, buyer: stripe.Customer, pay: Pay) -> None:
    mine = pay(1000)
    client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})

    listed = client.v1.payment_intents.list({"customer": buyer.id, "expand": ["data.latest_charge"]})

    assert [intent.id for intent in listed.data] == [mine.id]
    assert listed.data[0].latest_charge.payment_intent == mine.id
