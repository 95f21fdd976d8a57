"""What follows for the money when it has come, when goods are accepted, contested or given up?

The figures decide, not the order in which the news came: what is accepted, paid and free is released; what is refunded
beyond what is held is claimed back first.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.billing.ledger.models import Cause
from marketplace.billing.payments.bookkeeping import book, book_reclaim, book_release
from marketplace.billing.payments.commission import commission_back, commission_on
from marketplace.billing.payments.lifecycle import (
    PAYABLE,
    PAYMENT,
    RECLAIM,
    REFUND,
    RELEASE,
    PaymentState,
    ReclaimState,
    RefundState,
    ReleaseState,
)
from marketplace.billing.payments.models import Payment, Reclaim, Refund, Release
from marketplace.billing.payments.queries import commission_kept, standing_releases
from marketplace.events.billing import (
    FundsReclaimed,
    FundsReleased,
    PaymentCancelled,
    PaymentReduced,
    RefundRequested,
)
from marketplace.foundation.db import save, session
from marketplace.foundation.outbox import announce

UNSENT = (ReleaseState.QUEUED, ReleaseState.WAITING)
# Whether something is released, and whether something is held.
STANDING: dict[tuple[bool, bool], PaymentState] = {
    (False, True): PaymentState.HELD,
    (True, True): PaymentState.PARTLY_RELEASED,
    (True, False): PaymentState.RELEASED,
    (False, False): PaymentState.REFUNDED,
}


def named(payment: Payment, amount: Decimal) -> dict[str, Any]:
    """What all news of a payment says."""
    return {
        "subject_id": payment.id,
        **payment.parties,
        "order_id": payment.order_id,
        "order_number": payment.order_number,
        "amount": amount,
        "currency": payment.currency,
    }


def settle(payment: Payment) -> None:
    """Release what the supplier may have now, and let the payment's state say what its figures say."""
    if not payment.paid:
        return
    if payment.releasable:
        _release(payment, payment.releasable)
    target = STANDING[bool(payment.released), bool(payment.held)]
    if payment.status != target:
        PAYMENT.move(payment, target)
    session().flush()


def owe_back(payment: Payment, *, amount: Decimal, cause_id: UUID, reason: str) -> Refund:
    """Give `amount` back to the buyer; what was not paid yet is deducted from what is due instead."""
    releases = standing_releases(payment.id)
    row = save(
        Refund(
            payment_id=payment.id,
            **payment.parties,
            cause_id=cause_id,
            currency=payment.currency,
            amount=amount,
            reason=reason,
        )
    )
    if payment.status in PAYABLE:
        deduct(payment, row)
        if not payment.due:
            cancel(payment, reason)
        return row
    _claim_back(payment, row, releases)
    announce(RefundRequested(**named(payment, amount), refund_id=row.id, reason=reason))
    if payment.paid:
        book(Cause.REFUND, row.id, payment, row.money)
        settle(payment)
    session().flush()
    return row


def deduct(payment: Payment, refund: Refund) -> None:
    """What was to be refunded is not paid in the first place."""
    REFUND.move(refund, RefundState.CREDITED)
    payment.credited += refund.amount
    announce(PaymentReduced(**named(payment, refund.amount), reason=refund.reason))


def cancel(payment: Payment, reason: str) -> None:
    """Nobody has to pay it any more."""
    news = PaymentCancelled(**named(payment, payment.due), reason=reason)
    PAYMENT.move(payment, PaymentState.CANCELLED, news=news)


def give_back_held(payment: Payment, reason: str) -> None:
    """The order is over: all that is held goes back."""
    if payment.held:
        owe_back(payment, amount=payment.held, cause_id=payment.id, reason=reason)


def finish_reclaim(payment: Payment, reclaim: Reclaim) -> None:
    """The money that was claimed back is here, or had not left."""
    RECLAIM.move(reclaim, ReclaimState.DONE)
    reclaim.problem = None


def take_back_if_empty(release: Release) -> None:
    """A release of which nothing is left to transfer is over."""
    if release.status in UNSENT and not release.net:
        RELEASE.move(release, ReleaseState.TAKEN_BACK)


def _release(payment: Payment, amount: Decimal) -> None:
    money, kept = payment.money, commission_kept(payment.id)
    commission = commission_on(
        money(amount), rate=payment.commission_rate, released=money(payment.released), kept=money(kept)
    )
    row = save(
        Release(
            payment_id=payment.id,
            **payment.parties,
            currency=payment.currency,
            amount=amount,
            commission=commission.amount,
        )
    )
    payment.released += amount
    book_release(row.id, payment, money(amount), commission)
    announce(FundsReleased(**named(payment, amount), commission=commission.amount, release_id=row.id))
    take_back_if_empty(row)


def _claim_back(payment: Payment, refund: Refund, releases: list[Release]) -> None:
    """Count the refund; what is no longer held for it comes back from the newest releases."""
    missing = max(refund.amount - payment.held, Decimal(0)) if payment.paid else Decimal(0)
    parts: list[tuple[Release, Decimal]] = []
    for release in releases:
        part = min(release.left, missing)
        if part:
            parts.append((release, part))
            missing -= part
    rows = [_reclaim(payment, refund, release, part) for release, part in parts]
    payment.released -= sum((row.amount for row in rows), Decimal(0))
    payment.refunded += refund.amount
    session().flush()


def _reclaim(payment: Payment, refund: Refund, release: Release, amount: Decimal) -> Reclaim:
    money = payment.money
    commission = commission_back(
        money(amount),
        left=money(release.left),
        kept=money(release.commission - release.reclaimed_commission),
    )
    row = save(
        Reclaim(
            payment_id=payment.id,
            release_id=release.id,
            refund_id=refund.id,
            **payment.parties,
            currency=payment.currency,
            amount=amount,
            commission=commission.amount,
        )
    )
    release.reclaimed += amount
    release.reclaimed_commission += commission.amount
    book_reclaim(row.id, payment, money(amount), commission)
    announce(FundsReclaimed(**named(payment, amount), release_id=release.id, reclaim_id=row.id))
    if release.status in UNSENT or not row.net:
        finish_reclaim(payment, row)
        take_back_if_empty(release)
    return row
