"""What do disputes do when they hear news? All of it as the platform: the rows are of both sides."""

from uuid import UUID

from marketplace.billing.payments.actions import contest
from marketplace.disputes.cases import queries
from marketplace.disputes.cases.execution import carry_out, confirm_execution, draw_up_facts
from marketplace.disputes.cases.models import Outcome
from marketplace.events.billing import FundsRefunded, PaymentReduced
from marketplace.events.buyers import GoodsReceived
from marketplace.events.disputes import DisputeClosed, DisputeOpened, DisputeSettled
from marketplace.events.sellers import GoodsShipped
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import reacts_to


@reacts_to(DisputeOpened, as_party=None)
def hold_contested_money(news: DisputeOpened) -> None:
    """Nothing of what is contested is paid out meanwhile.

    Raises LookupError while the order's own news has not led to a payment yet, so that the courier comes again.
    """
    amount = Money(news.amount, news.currency)
    held = contest(order_id=news.order_id, dispute_id=news.subject_id, amount=amount)
    if held is None and amount.amount:
        raise LookupError("the order has no payment yet")


@reacts_to(DisputeOpened, as_party=None)
def fill_fact_sheet(news: DisputeOpened) -> None:
    """What the house knows of the order stands beside what the sides say."""
    draw_up_facts(dispute_id=news.subject_id)


@reacts_to(DisputeSettled, as_party=None)
def carry_out_settlement(news: DisputeSettled) -> None:
    """The money goes where both have signed; goods that are sent again are heard of by orders and fulfilment."""
    carry_out(dispute_id=news.subject_id)


@reacts_to(DisputeClosed, as_party=None)
def free_contested_money(news: DisputeClosed) -> None:
    """A dispute that ended without a settlement: the money goes where its outcome says."""
    if news.outcome != Outcome.SETTLED:
        carry_out(dispute_id=news.subject_id)


@reacts_to(FundsRefunded, as_party=None)
def note_refund(news: FundsRefunded) -> None:
    """A settlement is carried out once its money has gone back."""
    _confirm(news.order_id)


@reacts_to(PaymentReduced, as_party=None)
def note_deduction(news: PaymentReduced) -> None:
    """A settlement is carried out, too, once its money need not be paid in the first place."""
    _confirm(news.order_id)


@reacts_to(GoodsShipped, as_party=None)
def follow_shipments(news: GoodsShipped) -> None:
    """The fact sheets of the order's open disputes know of the parcel."""
    _follow(news.subject_id)


@reacts_to(GoodsReceived, as_party=None)
def follow_receipts(news: GoodsReceived) -> None:
    """The fact sheets of the order's open disputes know of the count."""
    _follow(news.subject_id)


def _confirm(order_id: UUID) -> None:
    for dispute_id in queries.being_carried_out(order_id):
        confirm_execution(dispute_id=dispute_id)


def _follow(order_id: UUID) -> None:
    for dispute_id in queries.unsettled_on_order(order_id):
        draw_up_facts(dispute_id=dispute_id)
