"""Can a person save a test payment method on the sandbox's own page?"""

from typing import Any

import pytest
import requests
import stripe

HOLDER = {"name": "Zoé Lefèvre", "email": "zoe@acme.example"}
BACK = "http://127.0.0.1:1/paid?session={CHECKOUT_SESSION_ID}"


@pytest.fixture
def session(client: stripe.StripeClient, buyer: stripe.Customer) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "eur",
            "customer": buyer.id,
            "success_url": BACK,
            "cancel_url": "http://127.0.0.1:1/cancelled",
            "client_reference_id": "organisation-3",
            "setup_intent_data": {"metadata": {"desk": "finance"}},
        }
    )


def choose(session: stripe.checkout.Session, token: str) -> requests.Response:
    form = {**HOLDER, "payment_method": token}
    return requests.post(str(session.url), data=form, allow_redirects=False, timeout=5)


def test_open_page_says_in_both_languages_that_no_money_moves(session: stripe.checkout.Session) -> None:
    page = requests.get(str(session.url), timeout=5)

    assert (session.status, session.mode) == ("open", "setup")
    assert "Stripe sandbox - no real money" in page.text
    assert "Bac à sable Stripe - aucun argent réel" in page.text
    assert "4242424242424242" in page.text
    assert "FR1420041010050500013M02606" in page.text
    assert "http://127.0.0.1:1/cancelled" in page.text
    assert "script" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["X-Stripe-Sandbox"] == "no real money"


def test_choose_a_card_saves_it_and_leads_back(
    client: stripe.StripeClient, buyer: stripe.Customer, session: stripe.checkout.Session, controls: Any
) -> None:
    gone = choose(session, "pm_card_visa")

    assert gone.status_code == 303
    assert gone.headers["Location"] == BACK.replace("{CHECKOUT_SESSION_ID}", session.id)
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    assert (done.status, done.client_reference_id) == ("complete", "organisation-3")
    assert done.customer_details.name == HOLDER["name"]
    assert done.setup_intent.metadata["desk"] == "finance"
    assert done.setup_intent.payment_method.customer == buyer.id
    assert controls.objects("event")[-1]["type"] == "checkout.session.completed"


def test_choose_an_account_gives_a_mandate_for_later(
    client: stripe.StripeClient, session: stripe.checkout.Session, pay: Any
) -> None:
    choose(session, "pm_success_fr")

    setup = client.v1.setup_intents.retrieve(str(session.setup_intent))
    assert setup.status == "succeeded"
    assert setup.mandate
    assert pay(1000, setup.payment_method, off_session=True).status == "processing"


def test_choose_a_declining_card_asks_for_another(
    client: stripe.StripeClient, session: stripe.checkout.Session
) -> None:
    declined = choose(session, "pm_card_chargeDeclined")

    assert declined.status_code == 422
    assert "Your card was declined." in declined.text
    assert HOLDER["name"] in declined.text
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert choose(session, "pm_card_visa").status_code == 303


def test_choose_a_card_that_authenticates_passes_by_the_bank(
    client: stripe.StripeClient, session: stripe.checkout.Session
) -> None:
    bank = choose(session, "pm_card_authenticationRequired").headers["Location"]
    page = f"{str(session.url).split('/checkout/', maxsplit=1)[0]}{bank}"

    first = requests.post(page, data={"answer": "no"}, allow_redirects=False, timeout=5)
    assert first.headers["Location"] == f"/checkout/{session.id}"
    choose(session, "pm_card_authenticationRequired")
    second = requests.post(page, data={"answer": "yes"}, allow_redirects=False, timeout=5)

    assert second.headers["Location"].startswith("http://127.0.0.1:1/paid")
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_choose_twice_saves_once(
    client: stripe.StripeClient, buyer: stripe.Customer, session: stripe.checkout.Session
) -> None:
    assert choose(session, "pm_card_visa").status_code == 303

    again = choose(session, "pm_card_visa")

    assert again.status_code == 400
    assert "nothing to do here" in again.text
    assert len(client.v1.customers.payment_methods.list(buyer.id).data) == 1


def test_choose_what_is_not_offered_is_refused(session: stripe.checkout.Session) -> None:
    assert choose(session, "pm_unknown").status_code == 400


def test_open_unknown_page_is_not_found(session: stripe.checkout.Session) -> None:
    assert requests.get(f"{session.url}x", timeout=5).status_code == 404


def test_page_expires_after_a_day_or_when_told(
    client: stripe.StripeClient, session: stripe.checkout.Session, controls: Any
) -> None:
    other = client.v1.checkout.sessions.create(
        {"mode": "setup", "allowed_payment_method_types": ["card"], "success_url": BACK}
    )
    assert client.v1.checkout.sessions.expire(other.id).status == "expired"

    controls.advance(24 * 60 * 60)

    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert choose(session, "pm_card_visa").status_code == 400


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        ({"mode": "payment", "success_url": BACK}, "mode"),
        ({"mode": "setup", "success_url": BACK}, "currency"),
        ({"mode": "setup", "currency": "eur"}, "success_url"),
        ({"mode": "setup", "currency": "eur", "success_url": "javascript:alert(1)"}, "success_url"),
    ],
)
def test_create_session_refuses_what_does_not_fit(client: stripe.StripeClient, sent: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(sent)

    assert refused.value.param == param
