"""What changes when Stripe has answered? The second of two transactions; hearing an answer again changes nothing.

An answer is what Stripe has now, not what an event said; one that is older than what we know leads nowhere, because the
lifecycle has no such move.
"""

from collections.abc import Callable
from uuid import UUID

from marketplace.billing.ledger.models import Cause
from marketplace.billing.payments.bookkeeping import book
from marketplace.billing.payments.gateway import Answer, PaymentAnswer, RefundAnswer
from marketplace.billing.payments.lifecycle import (
    ATTEMPT,
    OPEN_ATTEMPTS,
    PAYMENT,
    RECLAIM,
    REFUND,
    RELEASE,
    AttemptState,
    PaymentState,
    ReclaimState,
    RefundState,
    ReleaseState,
)
from marketplace.billing.payments.models import Payment, PaymentAttempt, Reclaim, Refund
from marketplace.billing.payments.problems import in_words
from marketplace.billing.payments.queries import (
    held_attempt,
    held_reclaim,
    held_refund,
    held_release,
    open_reclaims,
    waiting_refunds,
)
from marketplace.billing.payments.settling import (
    cancel,
    deduct,
    finish_reclaim,
    give_back_held,
    named,
    settle,
    take_back_if_empty,
)
from marketplace.events.billing import (
    FundsRefunded,
    FundsTransferred,
    PaymentFailed,
    PaymentSucceeded,
    RefundFailed,
)
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.language import speaking
from marketplace.identity.organisations.queries import organisation


class WrongAnswer(Exception):
    """Stripe has something else than what we ordered; nothing is recorded, and a person has to look."""


def record_attempt(attempt_id: UUID, answer: PaymentAnswer) -> None:
    """How the payment stands at Stripe. Raises WrongAnswer where it is not the one, or not the amount, we ordered."""
    payment, attempt = held_attempt(attempt_id)
    if attempt.stripe_id not in (None, answer.stripe_id):
        raise WrongAnswer(f"attempt {attempt.id} is {attempt.stripe_id}, not {answer.stripe_id}")
    attempt.stripe_id, attempt.looked_at = answer.stripe_id, clock.now()
    if answer.state is None or not ATTEMPT.can(attempt, answer.state):
        return
    if answer.state == AttemptState.SUCCEEDED and answer.received != attempt.money:
        raise WrongAnswer(f"attempt {attempt.id}: {answer.received} received, {attempt.money} ordered")
    attempt.charge_id, attempt.action_url = answer.charge_id, answer.action_url
    attempt.problem = answer.problem or None
    end_attempt(payment, attempt, answer.state)


def record_refused_attempt(attempt_id: UUID, problem: str) -> None:
    """Stripe did not even try."""
    payment, attempt = held_attempt(attempt_id)
    if attempt.status in OPEN_ATTEMPTS:
        attempt.problem = problem
        end_attempt(payment, attempt, AttemptState.FAILED)


def end_attempt(payment: Payment, attempt: PaymentAttempt, target: AttemptState) -> None:
    """The try is there now, and the payment follows."""
    ATTEMPT.move(attempt, target)
    if target in CONSEQUENCES:
        CONSEQUENCES[target](payment, attempt)
    session().flush()


def record_refund(refund_id: UUID, answer: RefundAnswer) -> None:
    """How the refund stands at Stripe; an answer about an earlier try is left alone."""
    payment, row = held_refund(refund_id)
    if answer.tries != row.tries:
        return
    if row.stripe_id not in (None, answer.stripe_id):
        raise WrongAnswer(f"refund {row.id} is {row.stripe_id}, not {answer.stripe_id}")
    row.stripe_id, row.looked_at = answer.stripe_id, clock.now()
    if answer.state == RefundState.FAILED:
        _fail_refund(payment, row, answer.problem)
    elif REFUND.can(row, answer.state):
        is_done = answer.state == RefundState.SUCCEEDED
        news = FundsRefunded(**named(payment, row.amount), refund_id=row.id) if is_done else None
        REFUND.move(row, answer.state, news=news)
        if is_done:
            book(Cause.REFUNDED, row.key, payment, row.money)


def record_refused_refund(refund_id: UUID, problem: str) -> None:
    """Stripe does not refund it; it stays owed, and the operator looks at it."""
    payment, row = held_refund(refund_id)
    _fail_refund(payment, row, problem)


def record_transfer(release_id: UUID, answer: Answer) -> None:
    """The transfer was made."""
    payment, row = held_release(release_id)
    if row.status != ReleaseState.SENT or answer.tries != row.tries:
        return
    row.stripe_id = answer.stripe_id
    RELEASE.move(
        row,
        ReleaseState.TRANSFERRED,
        news=FundsTransferred(**named(payment, row.transfer_amount), release_id=row.id),
    )
    book(Cause.TRANSFERRED, row.id, payment, row.money(row.transfer_amount))


def record_refused_transfer(release_id: UUID, problem: str) -> None:
    """The transfer was not made: the money is the supplier's and has not left; a next try has a new key."""
    payment, row = held_release(release_id)
    if row.status != ReleaseState.SENT:
        return
    book(Cause.TRANSFER_REFUSED, row.key, payment, row.money(row.transfer_amount))
    RELEASE.move(row, ReleaseState.WAITING)
    row.begin_anew(problem)
    row.looked_at = clock.now()
    for reclaim in open_reclaims(Reclaim.release_id == row.id):
        finish_reclaim(payment, reclaim)
    take_back_if_empty(row)


def record_reversal(reclaim_id: UUID, answer: Answer) -> None:
    """The transfer was taken back as far as was asked."""
    payment, _, row = held_reclaim(reclaim_id)
    if row.status == ReclaimState.DONE:
        return
    row.stripe_id = answer.stripe_id
    book(Cause.REVERSED, row.id, payment, row.net)
    finish_reclaim(payment, row)


def record_refused_reversal(reclaim_id: UUID, problem: str) -> None:
    """The supplier's account does not hold the money; it is asked again later, under a new key."""
    _, _, row = held_reclaim(reclaim_id)
    if row.status == ReclaimState.REQUESTED:
        RECLAIM.move(row, ReclaimState.WAITING)
    if row.status != ReclaimState.DONE:
        row.begin_anew(problem)
        row.looked_at = clock.now()


def _succeed(payment: Payment, attempt: PaymentAttempt) -> None:
    """The money has come. What was to be refunded meanwhile goes back, the rest is released as far as it may be."""
    payment.paid, payment.paid_at = attempt.amount, clock.now()
    news = PaymentSucceeded(**named(payment, attempt.amount))
    PAYMENT.move(payment, PaymentState.HELD, news=news)
    book(Cause.PAYMENT, attempt.id, payment, attempt.money)
    for refund in waiting_refunds(payment.id):
        book(Cause.REFUND, refund.id, payment, refund.money)
    if payment.called_off_reason is not None:
        give_back_held(payment, payment.called_off_reason)
    settle(payment)


def _process(payment: Payment, attempt: PaymentAttempt) -> None:
    if payment.status == PaymentState.STARTED:
        PAYMENT.move(payment, PaymentState.PROCESSING)


def _fail(payment: Payment, attempt: PaymentAttempt) -> None:
    """Nothing was taken. What was to be refunded is deducted; it can be paid anew, if the order still stands."""
    for refund in waiting_refunds(payment.id):
        payment.refunded -= refund.amount
        deduct(payment, refund)
    if payment.called_off_reason is not None or not payment.due:
        cancel(payment, payment.called_off_reason or "")
        return
    news = PaymentFailed(**named(payment, attempt.amount), reason=_told(payment, attempt.problem))
    PAYMENT.move(payment, PaymentState.FAILED, news=news)


CONSEQUENCES: dict[AttemptState, Callable[[Payment, PaymentAttempt], None]] = {
    AttemptState.PROCESSING: _process,
    AttemptState.SUCCEEDED: _succeed,
    AttemptState.FAILED: _fail,
    AttemptState.CANCELLED: _fail,
}


def _fail_refund(payment: Payment, row: Refund, problem: str) -> None:
    if row.status in (RefundState.FAILED, RefundState.CREDITED):
        return
    if row.status == RefundState.SUCCEEDED:
        book(Cause.REFUND_RETURNED, row.key, payment, row.money)
    row.problem = problem
    REFUND.move(
        row,
        RefundState.FAILED,
        news=RefundFailed(**named(payment, row.amount), refund_id=row.id, reason=_told(payment, problem)),
    )


def _told(payment: Payment, problem: str | None) -> str:
    """As the buyer's organisation reads it, who has to do something about it."""
    with speaking(organisation(payment.buyer_id).language):
        return in_words(problem)
