"""What are we about to ask of Stripe? The first of two transactions: the intent is stored, nobody is called yet.

Each function returns what to ask, or None where nothing is to be asked any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import url_for

from marketplace.billing.ledger.models import Cause
from marketplace.billing.payments.answers import end_attempt
from marketplace.billing.payments.bookkeeping import book
from marketplace.billing.payments.gateway import PaymentOrder, Reference, TransferOrder
from marketplace.billing.payments.lifecycle import (
    OPEN_ATTEMPTS,
    RELEASE,
    AttemptState,
    PayoutAccountState,
    ReclaimState,
    RefundState,
    ReleaseState,
)
from marketplace.billing.payments.models import Reclaim, Release
from marketplace.billing.payments.queries import (
    held_attempt,
    held_reclaim,
    held_refund,
    held_release,
    open_reclaims,
    paid_attempt_of,
    payout_account_of,
    stripe_customer_of,
)
from marketplace.billing.payments.settling import UNSENT, finish_reclaim, take_back_if_empty
from marketplace.billing.payments.stripe_models import PaymentMethod
from marketplace.foundation import clock
from marketplace.foundation.db import fetch
from marketplace.foundation.money import Money

# Stripe forgets an idempotency key after a day; before that we stop to rely on it.
KEY_LIFE = timedelta(hours=20)


@dataclass(frozen=True)
class AttemptQuestion:
    """Pay, or (where it is known) how does the payment stand; and give it up, if that is wanted and possible."""

    order: PaymentOrder
    stripe_id: str | None
    is_given_up: bool
    is_late: bool


@dataclass(frozen=True)
class MoneyBack:
    """Refund so much of a payment, or reverse so much of a transfer (the `source`); where known, how does it stand."""

    key: UUID
    reference: Reference
    amount: Money
    source: str
    stripe_id: str | None
    is_late: bool


@dataclass(frozen=True)
class TransferQuestion:
    """Transfer so much."""

    order: TransferOrder
    is_late: bool


def attempt_question(attempt_id: UUID) -> AttemptQuestion | None:
    """What to ask about a try to pay that is under way; one that was given up unsent is over here."""
    payment, attempt = held_attempt(attempt_id)
    if attempt.is_given_up and attempt.sent_at is None and attempt.status == AttemptState.REQUESTED:
        end_attempt(payment, attempt, AttemptState.CANCELLED)
    if attempt.status not in OPEN_ATTEMPTS:
        return None
    customer = stripe_customer_of(attempt.buyer_id)
    if customer is None or customer.stripe_id is None:
        raise LookupError(f"payment method of attempt {attempt.id} has no customer")
    order = PaymentOrder(
        key=attempt.id,
        reference=Reference(attempt.id, payment.order_number),
        amount=attempt.money,
        customer=customer.stripe_id,
        method=fetch(PaymentMethod, attempt.method_id).stripe_id,
        order_id=payment.order_id,
        back=url_for("billing.payments.show", payment_id=payment.id, _external=True),
    )
    is_late = _is_late(attempt.sent_at)
    attempt.sent_at = attempt.sent_at or clock.now()
    return AttemptQuestion(order, attempt.stripe_id, attempt.is_given_up, is_late)


def refund_question(refund_id: UUID) -> MoneyBack | None:
    """What to ask about a refund: nothing while the payment is under way or money is claimed back for it."""
    payment, row = held_refund(refund_id)
    waits = not payment.paid or open_reclaims(Reclaim.refund_id == row.id)
    if waits or row.status not in (RefundState.REQUESTED, RefundState.PENDING):
        return None
    attempt = paid_attempt_of(payment.id)
    is_late = _is_late(row.sent_at)
    row.sent_at = row.sent_at or clock.now()
    reference = Reference(row.id, payment.order_number, row.tries)
    return MoneyBack(row.key, reference, row.money, str(attempt.stripe_id), row.stripe_id, is_late)


def transfer_question(release_id: UUID) -> TransferQuestion | None:
    """What to transfer for a release: nothing while the supplier has no account that can take it.

    The amount is fixed here; what is claimed back from now on is reversed afterwards.
    """
    payment, row = held_release(release_id)
    account = payout_account_of(row.seller_id)
    if row.status not in (*UNSENT, ReleaseState.SENT):
        return None
    if row.status in UNSENT:
        if account is None or account.status != PayoutAccountState.READY:
            _wait(row)
            return None
        RELEASE.move(row, ReleaseState.SENT)
        row.transfer_amount, row.problem = row.net, None
        book(Cause.TRANSFER, row.key, payment, row.money(row.transfer_amount))
    is_late = _is_late(row.sent_at)
    row.sent_at = row.sent_at or clock.now()
    order = TransferOrder(
        key=row.key,
        reference=Reference(row.id, payment.order_number, row.tries),
        amount=row.money(row.transfer_amount),
        account=str(account.stripe_id if account else ""),
        charge=str(paid_attempt_of(payment.id).charge_id),
        order_id=payment.order_id,
    )
    return TransferQuestion(order, is_late)


def reversal_question(reclaim_id: UUID) -> MoneyBack | None:
    """What to reverse of a transfer; nothing while it is not known whether the transfer was made.

    Where the transfer was refused the money has not left: then it is here already.
    """
    payment, release, row = held_reclaim(reclaim_id)
    if row.status == ReclaimState.DONE or release.status == ReleaseState.SENT:
        return None
    if release.status != ReleaseState.TRANSFERRED:
        finish_reclaim(payment, row)
        take_back_if_empty(release)
        return None
    is_late = _is_late(row.sent_at)
    row.sent_at = row.sent_at or clock.now()
    reference = Reference(row.id, payment.order_number, row.tries)
    return MoneyBack(row.key, reference, row.net, str(release.stripe_id), None, is_late)


def _wait(release: Release) -> None:
    if release.status == ReleaseState.QUEUED:
        RELEASE.move(release, ReleaseState.WAITING)


def _is_late(sent_at: datetime | None) -> bool:
    return sent_at is not None and sent_at < clock.now() - KEY_LIFE
