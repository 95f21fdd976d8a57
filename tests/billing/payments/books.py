"""Do our books, our figures and Stripe's own say the same? Asked after every history that a test makes up."""

from decimal import Decimal

from sqlalchemy import text

from marketplace.billing.ledger.models import Purpose
from marketplace.billing.ledger.queries import balances
from tests.cast import Cast
from tests.factories.payments import Stripe

CENT = Decimal("0.01")


def by_purpose(market: Cast) -> dict[str, Decimal]:
    """What stands on all accounts of each purpose, in euros."""
    with market.platform():
        found = balances()
    sums = {str(purpose): Decimal(0) for purpose in Purpose}
    for balance in found:
        sums[balance.account.purpose] += balance.money.amount
    return sums


def check_books(market: Cast, stripe: Stripe) -> None:
    """The books close, equal the payments' figures, and equal what Stripe has moved, to the cent."""
    books = by_purpose(market)
    assert sum(books.values()) == 0
    with market.platform() as work:
        paid, released, refunded = work.execute(
            text(
                "SELECT coalesce(sum(paid), 0), coalesce(sum(released), 0), coalesce(sum(refunded)"
                " FILTER (WHERE paid > 0), 0) FROM payments"
            )
        ).one()
        gone = work.scalar(
            text("SELECT coalesce(sum(amount), 0) FROM payment_refunds WHERE status = 'succeeded'")
        )
    assert books["held"] == paid - released - refunded
    assert books["paid_in"] == gone - paid
    assert (
        books["earned"] + books["commission"] + books["in_transit"] + books["paid_out"]
        == released + refunded - gone
    )
    check_stripe(stripe, books)


def check_stripe(stripe: Stripe, books: dict[str, Decimal]) -> None:
    """Nothing was moved twice, and nothing that is not in the books."""
    succeeded = [i["amount"] for i in stripe.objects("payment_intent") if i["status"] == "succeeded"]
    refunded = sum(r["amount"] for r in stripe.objects("refund") if r["status"] == "succeeded")
    assert (sum(succeeded) - refunded) * CENT == -books["paid_in"]
    assert stripe.moved("transfer", minus="amount_reversed") * CENT == books["paid_out"]
    for kind in ("payment_intent", "transfer", "refund"):
        named = [(item["metadata"]["reference"], item["metadata"]["tries"]) for item in stripe.objects(kind)]
        assert len(named) == len(set(named)), f"a {kind} was made twice"
