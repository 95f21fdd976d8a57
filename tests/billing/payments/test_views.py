"""Do buyer, supplier and operator get through the money by their pages alone?"""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.billing.payments.actions import refund
from marketplace.billing.payments.lifecycle import PaymentState, PayoutAccountState, RefundState
from marketplace.billing.payments.models import Payment
from marketplace.billing.payments.queries import payment_methods, payout_account_of
from marketplace.foundation.money import Money
from tests.cast import Cast, Party
from tests.factories.payments import (
    Stripe,
    a_due_payment,
    a_method,
    a_paid_payment,
    a_payout_account,
    account,
    as_it_stands,
    received,
    started,
)
from tests.factories.statements import counting


def gone_to_stripe(market: Cast, browser: FlaskClient, address: str) -> tuple[str, str]:
    """Press the button at `address`; where the browser goes to wait, and the page of Stripe's that opens then."""
    waiting = browser.post(address).headers["Location"]
    assert "asked for its page" in browser.get(waiting).text
    market.run_jobs()
    opened = browser.get(f"{waiting}/live").headers["HX-Redirect"]
    assert opened in browser.get(waiting).text
    return waiting, opened


def test_save_a_method_by_the_pages(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    market.sign_in(browser, market.acme, "buyer_finance")
    waiting, opened = gone_to_stripe(market, browser, "/payments/methods")
    back = stripe.choose(opened, "pm_card_visa").headers["Location"]
    assert back.endswith(f"{waiting}/back")
    assert "We look what you have done" in browser.get(f"{waiting}/back").text
    assert "HX-Redirect" not in browser.get(f"{waiting}/live?back=1").headers
    market.run_jobs()
    assert browser.get(f"{waiting}/live?back=1").headers["HX-Redirect"] == "/payments/methods"
    assert browser.get(f"{waiting}/back").status_code == 303
    assert "Visa •••• 4242" in browser.get("/payments/methods").text


def test_remove_a_method_by_its_page(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    method_id = a_method(market, stripe)
    market.sign_in(browser, market.acme, "buyer_finance")
    assert browser.post(f"/payments/methods/{method_id}/remove").status_code == 303
    assert (
        "•••• 4242"
        not in browser.get("/payments/methods").text.partition("</main>")[0].partition("is not used")[2]
    )
    market.run_jobs()
    assert stripe.objects("payment_method")[0]["customer"] is None


def test_a_page_that_stripe_does_not_give_says_so(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    market.sign_in(browser, market.acme, "buyer_finance")
    waiting = browser.post("/payments/methods").headers["Location"]
    market.run_jobs()
    stripe.advance(25 * 3600)
    browser.get(f"{waiting}/back")
    market.run_jobs()
    assert "not used in time" in browser.get(waiting).text


def test_pay_one_order_by_its_page(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    payment, method_id = a_due_payment(market, "1234.50"), a_method(market, stripe)
    market.sign_in(browser, market.acme, "buyer_finance")
    address = f"/payments/{payment.id}"
    assert "€1,234.50" in browser.get(address).text
    for _ in range(2):
        assert browser.post(f"{address}/pay", data={"method_id": str(method_id)}).status_code == 303
    assert "The payment is being made" in browser.get(address).text
    assert "HX-Refresh" not in browser.get(f"{address}/live").headers
    market.run_jobs()
    assert browser.get(f"{address}/live").headers["HX-Refresh"] == "true"
    assert "Paid and held" in browser.get(address).text
    assert browser.post(f"{address}/pay", data={"method_id": str(method_id)}).status_code == 409


def test_pay_without_choosing_a_method_is_asked_again(
    market: Cast, stripe: Stripe, browser: FlaskClient
) -> None:
    payment = a_due_payment(market)
    a_method(market, stripe)
    market.sign_in(browser, market.acme, "buyer_finance")
    assert browser.post(f"/payments/{payment.id}/pay", data={}).status_code == 422
    assert browser.post("/payments/pay", data={}).status_code == 422


def test_pay_several_by_the_list(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    payments, method_id = (
        [a_due_payment(market, amount) for amount in ("10", "20", "30")],
        a_method(market, stripe),
    )
    market.sign_in(browser, market.acme, "buyer_finance")
    chosen = {"payment_ids": [str(row.id) for row in payments[:2]], "method_id": str(method_id)}
    assert browser.post("/payments/pay", data=chosen).status_code == 303
    market.run_jobs()
    states = [as_it_stands(market, row).status for row in payments]
    assert states == [PaymentState.HELD, PaymentState.HELD, PaymentState.REQUESTED]
    listed = browser.get("/payments/?state=held").text
    assert payments[0].order_number in listed
    assert "2 payments started" in listed


def test_confirm_at_the_bank_or_give_up(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    payment = a_due_payment(market)
    started(
        market, payment, a_method(market, stripe, token="pm_card_authenticationRequiredSetupForOffSession")
    )
    market.sign_in(browser, market.acme, "buyer_finance")
    assert "/authenticate/pi_" in browser.get(f"/payments/{payment.id}").text
    assert browser.post(f"/payments/{payment.id}/give-up").status_code == 303
    market.run_jobs()
    assert "Given up" in browser.get(f"/payments/{payment.id}").text


def test_onboard_by_the_pages(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    market.sign_in(browser, market.bolt, "supplier_finance")
    assert "You have no payout account yet" in browser.get("/payments/payouts").text
    waiting, opened = gone_to_stripe(market, browser, "/payments/payouts/onboard")
    assert "The bank account that the money goes to" in browser.get("/payments/payouts").text
    requests.post(opened, allow_redirects=False, timeout=5)
    browser.get(f"{waiting}/back")
    market.run_jobs()
    with market.bolt.reading("supplier_finance"):
        row = payout_account_of(market.bolt.id)
    assert row is not None
    assert row.status == PayoutAccountState.READY
    assert browser.get(f"{waiting}/back").headers["Location"] == "/payments/payouts"


def test_figures_of_the_supplier_open_their_rows(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    a_payout_account(market, stripe)
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "60")
    market.sign_in(browser, market.bolt, "supplier_finance")
    assert "€58.50" in browser.get("/payments/payouts").text
    ledger = browser.get("/ledger/").text
    [address] = {
        part.partition('"')[0]
        for part in ledger.split('href="')
        if part.startswith("/ledger/accounts/") and "Paid out to the supplier" in part.partition("</a>")[0]
    }
    statement = browser.get(address).text
    assert f"/payments/of-order/{payment.order_id}" in statement
    assert (
        browser.get(f"/payments/of-order/{payment.order_id}").headers["Location"] == f"/payments/{payment.id}"
    )


def test_the_operator_sets_the_rate(market: Cast, browser: FlaskClient) -> None:
    market.sign_in(browser, market.mira, "operator")
    typed = {"seller_id": str(market.bolt.id), "rate": "1.75"}
    assert browser.post("/payments/commission", data=typed).status_code == 303
    shown = browser.get("/payments/commission").text
    assert "1.75" in shown
    assert "operator of La Place" in shown
    assert browser.post("/payments/commission", data={"seller_id": "", "rate": "70"}).status_code == 409
    assert browser.post("/payments/commission", data={"seller_id": "", "rate": "x"}).status_code == 422


def test_the_operator_looks_and_sends_a_failed_refund_again(
    market: Cast, stripe: Stripe, browser: FlaskClient
) -> None:
    payment, refund_id = a_failed_refund(market, stripe, browser)
    market.sign_in(browser, market.mira, "operator")
    listed = browser.get("/payments/market").text
    assert f"/payments/refunds/{refund_id}/retry" in listed
    assert "Refund failed" in browser.get(f"/payments/{payment.id}").text
    assert browser.post(f"/payments/refunds/{refund_id}/retry").status_code == 303
    market.run_jobs()
    assert account(market, payment).refunds[0].status == RefundState.SUCCEEDED
    assert "Sum of everything" in browser.get("/ledger/market").text
    assert "Acme Industrie" in browser.get("/ledger/market/held").text
    assert browser.get("/ledger/market/nonsense").status_code == 404


def a_failed_refund(market: Cast, stripe: Stripe, browser: FlaskClient) -> tuple[Payment, UUID]:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_card_refundFail"))
    with market.platform():
        row = refund(
            order_id=payment.order_id, amount=Money(Decimal(30), "EUR"), cause_id=uuid4(), reason="Casse"
        )
    market.run_jobs()
    stripe.advance(3600)
    stripe.tell(browser, stripe.events())
    market.run_jobs()
    return payment, row.id


PAGES = {
    "buyer": (
        "acme",
        "buyer_finance",
        ["/payments/", "/payments/methods", "/ledger/", "{payment}", "{badge}"],
    ),
    "supplier": (
        "bolt",
        "supplier_finance",
        ["/payments/incoming", "/payments/payouts", "/ledger/", "{payment}", "{badge}"],
    ),
    "operator": (
        "mira",
        "operator",
        ["/payments/market", "/payments/commission", "/ledger/market", "{payment}"],
    ),
}


@pytest.mark.parametrize("side", PAGES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_shown_in_both_languages(
    market: Cast, stripe: Stripe, browser: FlaskClient, side: str, language: str
) -> None:
    a_payout_account(market, stripe)
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "60")
    with market.platform():
        refund(order_id=payment.order_id, amount=Money(Decimal(50), "EUR"), cause_id=uuid4(), reason="Casse")
    market.run_jobs()
    party, role, addresses = PAGES[side]
    market.sign_in(browser, getattr(market, party), role)
    browser.set_cookie("language", language)
    for address in addresses:
        shown = browser.get(
            address.format(
                payment=f"/payments/{payment.id}", badge=f"/payments/of-order/{payment.order_id}/badge"
            )
        )
        assert shown.status_code == 200, address


def test_the_commission_is_not_the_buyers_business(
    market: Cast, stripe: Stripe, browser: FlaskClient
) -> None:
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "60")
    market.sign_in(browser, market.acme, "buyer_finance")
    assert "Commission rate" not in browser.get(f"/payments/{payment.id}").text
    market.sign_in(browser, market.bolt, "supplier_finance")
    assert "Commission rate" in browser.get(f"/payments/{payment.id}").text


@pytest.mark.parametrize(("party", "role"), [("nosy", "buyer_finance"), ("pry", "supplier_finance")])
def test_outsiders_find_nothing(
    market: Cast, stripe: Stripe, browser: FlaskClient, party: str, role: str
) -> None:
    payment, method_id = a_paid_payment(market, stripe), a_method(market, stripe)
    received(market, payment, "60")
    outsider: Party = getattr(market, party)
    market.sign_in(browser, outsider, role)
    seen = [f"/payments/{payment.id}", f"/payments/{payment.id}/live", f"/payments/of-order/{payment.order_id}",
            f"/payments/of-order/{payment.order_id}/badge", f"/ledger/accounts/{uuid4()}"]  # fmt: skip
    assert {browser.get(address).status_code for address in seen} == {404}
    pressed = [
        f"/payments/{payment.id}/pay",
        f"/payments/{payment.id}/give-up",
        f"/payments/methods/{method_id}/remove",
    ]
    wanted = {404} if role == "buyer_finance" else {403}
    assert {
        browser.post(address, data={"method_id": str(method_id)}).status_code for address in pressed
    } <= wanted | {422}
    with outsider.reading(role):
        assert payment_methods() == []


def test_operator_pages_are_closed_to_members(market: Cast, browser: FlaskClient) -> None:
    market.sign_in(browser, market.acme, "buyer_finance")
    for address in ("/payments/market", "/payments/commission", "/ledger/market", "/ledger/market/held"):
        assert browser.get(address).status_code == 403
    assert browser.post(f"/payments/refunds/{uuid4()}/retry").status_code == 403


@pytest.mark.parametrize("side", PAGES)
def test_pages_take_as_many_statements_for_five_payments_as_for_one(
    market: Cast, stripe: Stripe, browser: FlaskClient, side: str
) -> None:
    a_payout_account(market, stripe)
    method_id = a_method(market, stripe)
    party, role, addresses = PAGES[side]
    lists = [address for address in addresses if "{" not in address]

    def look() -> list[int]:
        market.sign_in(browser, getattr(market, party), role)
        found = []
        for address in lists:
            with counting() as sent:
                assert browser.get(address).status_code == 200
            found.append(len(sent))
        return found

    def trade() -> None:
        a_due_payment(market)
        payment = a_due_payment(market)
        started(market, payment, method_id)
        received(market, payment, "60")

    trade()
    look()
    few = look()
    for _ in range(4):
        trade()
    assert look() == few


def test_why_a_bank_says_no_is_for_the_buyer_alone(
    market: Cast, stripe: Stripe, browser: FlaskClient
) -> None:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_card_chargeCustomerFail"))
    reason, page = "the card was declined", f"/payments/{payment.id}"
    assert reason in market.sign_in(browser, market.acme, "buyer_finance").get(page).text.lower()
    assert reason not in market.sign_in(browser, market.bolt, "supplier_finance").get(page).text.lower()
    with market.bolt.reading("supplier_finance") as work:
        told = work.scalars(
            text(
                "SELECT to_jsonb(n)::text FROM news n UNION SELECT to_jsonb(a)::text FROM payment_attempts a"
            )
        )
        assert not any("declined" in row for row in told)
