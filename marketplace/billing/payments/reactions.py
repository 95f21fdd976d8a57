"""What do payments do when they hear news, and as which party?"""

from decimal import Decimal
from uuid import UUID

from marketplace.billing.payments.actions import accept, call_off, request_payment
from marketplace.billing.payments.jobs import pursue_attempt, reverse_transfer, send_refund, send_transfer
from marketplace.billing.payments.models import PaymentAttempt
from marketplace.billing.payments.queries import (
    open_attempt_of,
    unsent_releases_to,
    waiting_refunds,
)
from marketplace.events.billing import (
    FundsReclaimed,
    FundsReleased,
    PaymentStarted,
    PaymentSucceeded,
    RefundRequested,
    SupplierOnboarded,
)
from marketplace.events.buyers import GoodsReceived, OrderCancelled, OrderConfirmed, OrderRefused
from marketplace.foundation.background import Job, enqueue
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import reacts_to
from marketplace.foundation.unit_of_work import after_commit


@reacts_to(OrderConfirmed, as_party=None)
def ask_for_payment(event: OrderConfirmed) -> None:
    """What both parties agree on is to be paid."""
    request_payment(order=event)


@reacts_to(OrderRefused, as_party=None)
def end_after_refusal(event: OrderRefused) -> None:
    """Nobody pays for what is not delivered."""
    _end(event.subject_id, event.reason)


@reacts_to(OrderCancelled, as_party=None)
def end_after_cancellation(event: OrderCancelled) -> None:
    """Nobody pays for what was cancelled."""
    _end(event.subject_id, event.reason)


@reacts_to(GoodsReceived, as_party=None)
def release_what_was_accepted(event: GoodsReceived) -> None:
    """What was counted in and accepted is the supplier's; whether it is paid yet does not matter."""
    accepted = sum((line.amount for line in event.lines), Decimal(0))
    accept(
        order_id=event.subject_id,
        cause_id=event.receipt_id,
        label=event.receipt_number,
        amount=Money(accepted, event.currency),
    )


@reacts_to(PaymentStarted, as_party=None)
def take_the_money(event: PaymentStarted) -> None:
    """Stripe is asked to take it."""
    _pursue(open_attempt_of(event.subject_id))


@reacts_to(PaymentSucceeded, as_party=None)
def refund_what_waited(event: PaymentSucceeded) -> None:
    """What is owed back from before goes back now."""
    for refund in waiting_refunds(event.subject_id):
        _afterwards(send_refund, refund_id=refund.id)


@reacts_to(FundsReleased, as_party=None)
def transfer_the_share(event: FundsReleased) -> None:
    """The supplier's share goes to its account."""
    _afterwards(send_transfer, release_id=event.release_id)


@reacts_to(SupplierOnboarded, as_party=None)
def transfer_what_waited(event: SupplierOnboarded) -> None:
    """The account is ready: what has waited for it goes there."""
    for release in unsent_releases_to(event.organisation_id):
        _afterwards(send_transfer, release_id=release.id)


@reacts_to(FundsReclaimed, as_party=None)
def take_the_share_back(event: FundsReclaimed) -> None:
    """The transfer is reversed as far as it is claimed back."""
    _afterwards(reverse_transfer, reclaim_id=event.reclaim_id)


@reacts_to(RefundRequested, as_party=None)
def send_the_refund(event: RefundRequested) -> None:
    """The money goes back to the buyer."""
    _afterwards(send_refund, refund_id=event.refund_id)


def _end(order_id: UUID, reason: str) -> None:
    payment = call_off(order_id=order_id, reason=reason)
    if payment is not None:
        _pursue(open_attempt_of(payment.id))


def _pursue(attempt: PaymentAttempt | None) -> None:
    if attempt is not None:
        _afterwards(pursue_attempt, attempt_id=attempt.id)


def _afterwards(job: Job, **arguments: UUID) -> None:
    after_commit(f"{job.name} {arguments}", lambda: enqueue(job, **arguments))
