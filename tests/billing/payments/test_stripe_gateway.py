"""Is Stripe asked once for each thing, and are its answers put into our words?"""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from marketplace.billing.payments import stripe_gateway
from marketplace.billing.payments.gateway import (
    Addresses,
    PaymentGateway,
    PaymentOrder,
    Reference,
    Refused,
    TransferOrder,
    Unanswered,
)
from marketplace.billing.payments.lifecycle import AttemptState, RefundState
from marketplace.billing.payments.stripe_gateway import payment_gateway
from marketplace.foundation.money import Money
from marketplace.foundation.settings import current_settings
from tests.factories.payments import Stripe, at_stripe

BACK = "http://localhost/back"


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.fixture
def gateway(stripe: Stripe) -> PaymentGateway:
    return payment_gateway()


@pytest.fixture
def customer(gateway: PaymentGateway) -> str:
    return gateway.customer(key=uuid4(), name="Acme")


def saved(gateway: PaymentGateway, stripe: Stripe, customer: str, token: str) -> str:
    page = gateway.saving_page(
        reference=Reference(uuid4()),
        customer=customer,
        currency="EUR",
        addresses=Addresses(BACK, BACK, "fr"),
    )
    stripe.choose(str(page.url), token)
    method = gateway.saved_on(page.stripe_id).method
    assert method is not None
    return method.stripe_id


def order(
    customer: str, method: str, amount: str = "10", *, row_id: UUID | None = None, back: str = BACK
) -> PaymentOrder:
    row_id = row_id or uuid4()
    return PaymentOrder(
        key=row_id,
        reference=Reference(row_id, "PO-1"),
        amount=euros(amount),
        customer=customer,
        method=method,
        order_id=row_id,
        back=back,
    )


@pytest.mark.parametrize(
    ("token", "kind", "brand"), [("pm_card_visa", "card", "visa"), ("pm_success_fr", "sepa_debit", "FR")]
)
def test_a_page_brings_back_what_was_saved_on_it(
    gateway: PaymentGateway, stripe: Stripe, customer: str, token: str, kind: str, brand: str
) -> None:
    page = gateway.saving_page(
        reference=Reference(uuid4()),
        customer=customer,
        currency="EUR",
        addresses=Addresses(BACK, BACK, "en"),
    )
    assert gateway.saved_on(page.stripe_id).method is None
    stripe.choose(str(page.url), token)
    found = gateway.saved_on(page.stripe_id).method
    assert found is not None
    assert (found.kind, found.brand, len(found.last4)) == (kind, brand, 4)


@pytest.mark.parametrize(
    ("token", "state"),
    [
        ("pm_card_visa", AttemptState.SUCCEEDED),
        ("pm_card_chargeCustomerFail", AttemptState.FAILED),
        ("pm_success_fr", AttemptState.PROCESSING),
        ("pm_card_authenticationRequiredSetupForOffSession", AttemptState.ACTION_REQUIRED),
    ],
)
def test_paying_again_under_the_same_key_is_the_same_payment(
    gateway: PaymentGateway, stripe: Stripe, customer: str, token: str, state: AttemptState
) -> None:
    wanted = order(customer, saved(gateway, stripe, customer, token))
    first, second = (gateway.pay(wanted, is_late=False) for _ in range(2))
    assert (first.state, first.stripe_id, first.reference) == (state, second.stripe_id, str(wanted.key))
    assert gateway.payment(first.stripe_id).state == state
    assert bool(first.action_url) == (state == AttemptState.ACTION_REQUIRED)
    assert len(stripe.objects("payment_intent")) == 1


def test_paying_after_the_key_is_forgotten_finds_what_was_made(
    gateway: PaymentGateway, stripe: Stripe, customer: str
) -> None:
    wanted = order(customer, saved(gateway, stripe, customer, "pm_card_visa"))
    first = gateway.pay(wanted, is_late=False)
    stripe.advance(2 * 24 * 3600)
    assert gateway.pay(wanted, is_late=True).stripe_id == first.stripe_id
    assert len(stripe.objects("payment_intent")) == 1


def test_paying_worded_otherwise_under_the_same_key_finds_what_was_made(
    gateway: PaymentGateway, stripe: Stripe, customer: str
) -> None:
    """The market has moved to another address meanwhile, and with it the page that the payer comes back to."""
    method, row_id = saved(gateway, stripe, customer, "pm_card_visa"), uuid4()
    first = gateway.pay(order(customer, method, row_id=row_id), is_late=False)
    moved = order(customer, method, row_id=row_id, back="http://elsewhere.example/back")
    assert gateway.pay(moved, is_late=False).stripe_id == first.stripe_id


def test_what_stripe_will_never_do_is_refused(gateway: PaymentGateway, stripe: Stripe, customer: str) -> None:
    method = saved(gateway, stripe, customer, "pm_card_visa")
    with pytest.raises(Refused, match="amount_too_small"):
        gateway.pay(order(customer, method, "0.10"), is_late=False)
    with pytest.raises(Refused, match="resource_missing"):
        gateway.payment("pi_none")


def test_a_paid_payment_is_not_cancelled(gateway: PaymentGateway, stripe: Stripe, customer: str) -> None:
    made = gateway.pay(order(customer, saved(gateway, stripe, customer, "pm_card_visa")), is_late=False)
    assert gateway.cancel_payment(made.stripe_id).state == AttemptState.SUCCEEDED


def test_refund_transfer_and_reversal_are_made_once(
    gateway: PaymentGateway, stripe: Stripe, customer: str
) -> None:
    wanted = order(customer, saved(gateway, stripe, customer, "pm_card_visa"), "100")
    paid = gateway.pay(wanted, is_late=False)
    account = gateway.account(key=uuid4(), name="Bolt", country="FR")
    assert (account.is_ready, bool(account.missing)) == (False, True)
    stripe.post(f"/sandbox/accounts/{account.stripe_id}/onboard")
    assert gateway.account_made(account.stripe_id).is_ready
    sent = TransferOrder(
        key=uuid4(),
        reference=Reference(uuid4(), "PO-1"),
        amount=euros("60"),
        account=account.stripe_id,
        charge=str(paid.charge_id),
        order_id=wanted.order_id,
    )
    transfers = {gateway.transfer(sent, is_late=is_late).stripe_id for is_late in (False, False, True)}
    [transfer] = transfers
    key, reference = uuid4(), Reference(uuid4())
    reversals = {
        gateway.reverse(
            key=key, reference=reference, amount=euros("5"), transfer=transfer, is_late=is_late
        ).stripe_id
        for is_late in (False, False, True)
    }
    refund_key = uuid4()
    refunds = {
        gateway.refund(
            key=refund_key, reference=reference, amount=euros("7"), payment=paid.stripe_id, is_late=is_late
        )
        for is_late in (False, False, True)
    }
    assert (len(reversals), len(refunds)) == (1, 1)
    assert {refund.state for refund in refunds} == {RefundState.SUCCEEDED}
    assert gateway.transfer_made(transfer).reference == str(sent.reference.row_id)
    assert stripe.moved("transfer", minus="amount_reversed") == 5500


def test_a_method_is_forgotten_once(gateway: PaymentGateway, stripe: Stripe, customer: str) -> None:
    method = saved(gateway, stripe, customer, "pm_card_visa")
    assert [gateway.forget_method(method) for _ in range(2)] == [True, False]


def test_an_onboarding_page_is_good_for_a_while(gateway: PaymentGateway, stripe: Stripe) -> None:
    account = gateway.account(key=uuid4(), name="Bolt", country="FR")
    page = gateway.onboarding_page(account=account.stripe_id, addresses=Addresses(BACK, BACK, "fr"))
    assert str(page.url).startswith(f"{stripe.url}/onboarding/")


def test_nobody_who_answers_is_no_answer(impatient: None) -> None:
    with at_stripe("http://127.0.0.1:9"), pytest.raises(Unanswered):
        payment_gateway().payment("pi_1")


def test_a_wrong_key_is_no_answer(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = stripe_gateway._gateway("sk_live_wrong", stripe.url)
    with pytest.raises(Unanswered, match="AuthenticationError"):
        gateway.payment("pi_1")


def test_without_a_key_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", "")
    monkeypatch.setenv("STRIPE_API_BASE", "")
    current_settings.cache_clear()
    with pytest.raises(Unanswered, match="STRIPE_API_KEY"):
        payment_gateway()
    monkeypatch.undo()
    current_settings.cache_clear()
