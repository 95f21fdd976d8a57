"""Does the money follow the order by itself, from its confirmation to its last part?"""

from decimal import Decimal
from uuid import UUID

from flask.testing import FlaskClient

from marketplace.billing.payments.lifecycle import PaymentState, ReleaseState
from marketplace.billing.payments.models import Payment
from marketplace.billing.payments.queries import payment_of_order
from marketplace.buyers.orders.actions import cancel_order, refuse_order
from marketplace.foundation.outbox import story
from tests.billing.payments.books import check_books
from tests.cast import Cast
from tests.factories.orders import a_confirmed_order, a_placed_order, a_shipped_order
from tests.factories.payments import Stripe, a_method, a_payout_account, account, started
from tests.factories.receipts import a_receipt


def payment_for(market: Cast, order_id: UUID) -> Payment:
    with market.acme.reading("buyer_finance"):
        found = payment_of_order(order_id)
    assert found is not None
    return found


def test_a_confirmed_order_is_to_be_paid(market: Cast, stripe: Stripe) -> None:
    ordered = a_confirmed_order(market, "3", "4")
    payment = payment_for(market, ordered.id)
    assert (payment.status, payment.money(payment.due), payment.order_number) == (
        PaymentState.REQUESTED,
        ordered.total,
        ordered.number,
    )


def test_a_placed_order_is_not_to_be_paid_yet(market: Cast, stripe: Stripe, browser: FlaskClient) -> None:
    ordered = a_placed_order(market)
    market.run_jobs()
    market.sign_in(browser, market.acme, "buyer_finance")
    assert "Nothing is to be paid yet" in browser.get(f"/payments/of-order/{ordered.id}/badge").text
    assert browser.get(f"/payments/of-order/{ordered.id}").headers["Location"] == f"/orders/{ordered.id}"


def test_a_refused_order_is_not_paid(market: Cast, stripe: Stripe) -> None:
    ordered = a_placed_order(market)
    with market.bolt.at_work("sales_desk"):
        refuse_order(order_id=ordered.id, reason="Épuisé")
    market.run_jobs()
    with market.acme.reading("buyer_finance"):
        assert payment_of_order(ordered.id) is None


def test_a_cancelled_order_gives_the_money_back(market: Cast, stripe: Stripe) -> None:
    ordered = a_confirmed_order(market)
    payment = payment_for(market, ordered.id)
    started(market, payment, a_method(market, stripe))
    with market.acme.at_work("procurement_lead"):
        cancel_order(order_id=ordered.id, reason="Doublon")
    market.run_jobs()
    found = account(market, payment)
    assert (found.payment.status, found.refunds[0].reason) == (PaymentState.REFUNDED, "Doublon")
    check_books(market, stripe)


def test_what_is_counted_in_is_released_part_by_part(market: Cast, stripe: Stripe) -> None:
    a_payout_account(market, stripe)
    ordered = a_shipped_order(market, "10")
    payment = payment_for(market, ordered.id)
    started(market, payment, a_method(market, stripe))
    a_receipt(market, ordered, ("4", "1", "0"))
    market.run_jobs()
    assert account(market, payment).payment.released == 40
    a_receipt(market, ordered, "5")
    market.run_jobs()
    found = account(market, payment)
    assert (found.payment.status, found.payment.released, found.payment.held) == (
        PaymentState.PARTLY_RELEASED,
        90,
        10,
    )
    assert [(r.status, r.commission) for r in found.releases] == [
        (ReleaseState.TRANSFERRED, Decimal(1)),
        (ReleaseState.TRANSFERRED, Decimal("1.25")),
    ]
    assert found.acceptances[0].label.startswith("GR-")
    check_books(market, stripe)


def test_both_sides_read_the_same_story(market: Cast, stripe: Stripe) -> None:
    a_payout_account(market, stripe)
    ordered = a_shipped_order(market, "10")
    payment = payment_for(market, ordered.id)
    started(market, payment, a_method(market, stripe))
    a_receipt(market, ordered, "10")
    market.run_jobs()
    stories = []
    for party, role in ((market.acme, "buyer_finance"), (market.bolt, "supplier_finance")):
        with party.reading(role):
            stories.append([entry.label for entry in reversed(story(payment.id))])
    assert (
        stories[0]
        == stories[1]
        == [
            "Payment requested",
            "Payment started",
            "Payment received and held",
            "Funds released to the supplier",
            "Funds transferred",
        ]
    )
