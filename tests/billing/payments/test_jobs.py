"""Does money go the whole way, once: in, held, out, and back?"""

from decimal import Decimal

from marketplace.billing.payments.lifecycle import PaymentState, ReleaseState
from tests.cast import Cast
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


def test_paying_by_card_holds_the_money(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe, "119.00")
    assert (payment.status, payment.paid, payment.held) == (PaymentState.HELD, Decimal(119), Decimal(119))
    [intent] = stripe.objects("payment_intent")
    assert (intent["status"], intent["amount"], intent["transfer_group"]) == ("succeeded", 11900, str(payment.order_id))


def test_receipt_releases_less_the_commission(market: Cast, stripe: Stripe) -> None:
    a_payout_account(market, stripe)
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "60")
    found = account(market, payment)
    assert (found.payment.status, found.payment.released, found.payment.held) == (PaymentState.PARTLY_RELEASED, 60, 40)
    assert [(r.status, r.amount, r.commission) for r in found.releases] == [(ReleaseState.TRANSFERRED, 60, Decimal("1.5"))]
    [transfer] = stripe.objects("transfer")
    assert transfer["amount"] == 5850
