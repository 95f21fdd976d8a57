"""Does the same key give the same answer, and never a second payment?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from typing import Any

import pytest
import stripe

DAY = 24 * 60 * 60
PAYMENT = {"amount": 1000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}


def keyed(key: str, **options: Any) -> Any:
    return {"idempotency_key": key, **options}


def test_same_key_same_parameters_gives_the_stored_answer(client: stripe.StripeClient) -> None:
    first = client.v1.payment_intents.create(PAYMENT, keyed("order-7"))
    client.v1.payment_intents.update(first.id, {"metadata": {"later": "change"}})

    again = client.v1.payment_intents.create(PAYMENT, keyed("order-7"))

    assert again.last_response.body == first.last_response.body
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.request_id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(client.v1.payment_intents.list().data) == 1


def test_same_key_other_parameters_is_an_idempotency_error(client: stripe.StripeClient) -> None:
    client.v1.payment_intents.create(PAYMENT, keyed("order-7"))

    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        client.v1.payment_intents.create({**PAYMENT, "amount": 1001}, keyed("order-7"))

    assert refused.value.http_status == 400
    assert refused.value.json_body["error"]["type"] == "idempotency_error"
    assert len(client.v1.payment_intents.list().data) == 1


def test_same_key_other_address_is_an_idempotency_error(client: stripe.StripeClient) -> None:
    client.v1.customers.create({}, keyed("order-7"))

    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.payment_intents.create(PAYMENT, keyed("order-7"))


def test_same_key_at_the_same_time_is_a_conflict(client: stripe.StripeClient, controls: Any) -> None:
    controls.switch(are_answers_held=True)
    with ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(client.v1.payment_intents.create, PAYMENT, keyed("order-7")) for _ in range(4)]
        refused = list(islice(as_completed(tries), 3))
        controls.switch(are_answers_held=False)

    for problem in (tried.exception() for tried in refused):
        assert isinstance(problem, stripe.APIError)
        assert (problem.http_status, problem.json_body["error"]["code"]) == (409, "idempotency_key_in_use")
    [paid] = [tried.result().id for tried in tries if tried not in refused]
    assert client.v1.payment_intents.create(PAYMENT, keyed("order-7")).id == paid
    assert len(client.v1.charges.list().data) == 1


def test_same_key_in_another_account_is_another_request(client: stripe.StripeClient, seller: str) -> None:
    mine = client.v1.customers.create({"name": "A"}, keyed("k"))
    theirs = client.v1.customers.create({"name": "B"}, keyed("k", stripe_account=seller))

    assert mine.id != theirs.id


def test_declined_card_is_stored_with_its_status(client: stripe.StripeClient) -> None:
    sent = {**PAYMENT, "payment_method": "pm_card_chargeDeclined"}
    answers = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as declined:
            client.v1.payment_intents.create(sent, keyed("order-7"))
        answers.append(declined.value)

    assert answers[0].http_body == answers[1].http_body
    assert (answers[1].http_status, answers[1].headers["Idempotent-Replayed"]) == (402, "true")
    assert len(client.v1.charges.list().data) == 1


def test_refusal_of_an_executed_request_is_stored(
    client: stripe.StripeClient, seller: str, pay: Callable[..., stripe.PaymentIntent]
) -> None:
    sent = {"amount": 500, "currency": "eur", "destination": seller}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.transfers.create(sent, keyed("transfer-7"))
    pay(10_000, "pm_card_bypassPending")

    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.transfers.create(sent, keyed("transfer-7"))

    assert again.value.code == "balance_insufficient"
    assert again.value.headers["Idempotent-Replayed"] == "true"
    assert client.v1.transfers.create(sent, keyed("transfer-7-again")).amount == 500


def test_parameters_that_cannot_be_read_are_not_stored(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"currency": "eur"}, keyed("order-7"))

    assert client.v1.payment_intents.create(PAYMENT, keyed("order-7")).status == "succeeded"


def test_key_is_forgotten_after_a_day(client: stripe.StripeClient, controls: Any) -> None:
    first = client.v1.customers.create({}, keyed("k"))
    controls.advance(DAY - 60)
    assert client.v1.customers.create({}, keyed("k")).id == first.id
    controls.advance(60)

    assert client.v1.customers.create({}, keyed("k")).id != first.id


def test_key_that_is_too_long_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.IdempotencyError, match="255"):
        client.v1.customers.create({}, keyed("k" * 256))


def test_lost_answer_is_found_again_by_the_key(client: stripe.StripeClient, controls: Any) -> None:
    controls.switch(lose_next_answers=1)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(PAYMENT, keyed("order-7"))

    again = client.v1.payment_intents.create(PAYMENT, keyed("order-7"))

    assert again.status == "succeeded"
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.charges.list().data) == 1
