"""What did a crash, a lost webhook or a silent Stripe leave undone? For the schedule; asking again harms nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.billing.payments.inbox import process_event
from marketplace.billing.payments.jobs import (
    US,
    forget_method,
    look_at_account,
    look_at_visit,
    open_visit,
    pursue_attempt,
    reverse_transfer,
    send_refund,
    send_transfer,
)
from marketplace.billing.payments.lifecycle import (
    AttemptState,
    PayoutAccountState,
    ReclaimState,
    RefundState,
    ReleaseState,
    VisitState,
)
from marketplace.billing.payments.models import PaymentAttempt, Reclaim, Refund, Release
from marketplace.billing.payments.stripe_models import PaymentMethod, PayoutAccount, StripeEvent, Visit
from marketplace.foundation import clock
from marketplace.foundation.background import Job, enqueue
from marketplace.foundation.unit_of_work import unit_of_work

SOON, LATER, SELDOM = timedelta(seconds=30), timedelta(minutes=10), timedelta(hours=1)
MAXIMUM_TRIES = 12
AT_ONCE = 500


class Round(NamedTuple):
    """Rows to look after: their ids, the job that does it, and its argument."""

    ids: Select[UUID]
    job: Job
    argument: str


def poll_open_attempts() -> int:
    """Look after what Stripe owes an answer to: payments, refunds, pages, accounts, news; returns how much that is."""
    return _go_round(_unanswered(clock.now()))


def push_waiting_transfers() -> int:
    """Send, and take back, what waits for it and can be; returns how many transfers and reversals that is."""
    return _go_round(_untransferred(clock.now()))


def _go_round(rounds: Iterator[Round]) -> int:
    with unit_of_work(US, read_only=True) as work:
        found = [(entry, row_id) for entry in rounds for row_id in work.scalars(entry.ids.limit(AT_ONCE))]
    for entry, row_id in found:
        enqueue(entry.job, **{entry.argument: row_id})
    return len(found)


def _unanswered(now: datetime) -> Iterator[Round]:
    a, r, v, m = PaymentAttempt, Refund, Visit, PaymentMethod
    looked = func.coalesce(a.looked_at, a.started_at)
    asked = a.status.in_([AttemptState.REQUESTED, AttemptState.ACTION_REQUIRED])
    with_the_bank = a.status == AttemptState.PROCESSING
    yield Round(
        select(a.id).where(or_(and_(asked, looked < now - SOON), and_(with_the_bank, looked < now - SELDOM))),
        pursue_attempt,
        "attempt_id",
    )
    owed = and_(r.status == RefundState.REQUESTED, r.requested_at < now - SOON)
    pending = and_(r.status == RefundState.PENDING, r.looked_at < now - SELDOM)
    yield Round(select(r.id).where(or_(owed, pending)), send_refund, "refund_id")
    unopened = and_(v.status == VisitState.REQUESTED, v.asked_at < now - SOON)
    yield Round(select(v.id).where(unopened), open_visit, "visit_id")
    opened = and_(v.status == VisitState.OPEN, func.coalesce(v.looked_at, v.asked_at) < now - LATER)
    yield Round(select(v.id).where(opened), look_at_visit, "visit_id")
    yield Round(
        select(PayoutAccount.organisation_id).where(_is_incomplete(now)), look_at_account, "organisation_id"
    )
    forgotten = and_(m.removed_at < now - SOON, m.detached_at.is_(None))
    yield Round(select(m.id).where(forgotten), forget_method, "method_id")
    unread = and_(StripeEvent.processed_at.is_(None), StripeEvent.received_at < now - SOON)
    yield Round(
        select(StripeEvent.id).where(unread, StripeEvent.tries < MAXIMUM_TRIES),
        process_event,
        "stripe_event_id",
    )


def _untransferred(now: datetime) -> Iterator[Round]:
    is_ready = select(PayoutAccount.organisation_id).where(PayoutAccount.status == PayoutAccountState.READY)
    unsent = and_(
        Release.status.in_([ReleaseState.QUEUED, ReleaseState.WAITING]),
        Release.seller_id.in_(is_ready),
        func.coalesce(Release.looked_at, Release.released_at) < now - SOON,
    )
    unconfirmed = and_(Release.status == ReleaseState.SENT, Release.sent_at < now - SOON)
    yield Round(select(Release.id).where(or_(unsent, unconfirmed)), send_transfer, "release_id")
    looked = func.coalesce(Reclaim.looked_at, Reclaim.claimed_at)
    fresh = and_(Reclaim.status == ReclaimState.REQUESTED, looked < now - SOON)
    lacking = and_(Reclaim.status == ReclaimState.WAITING, looked < now - LATER)
    yield Round(select(Reclaim.id).where(or_(fresh, lacking)), reverse_transfer, "reclaim_id")


def _is_incomplete(now: datetime) -> ColumnElement[bool]:
    looked = func.coalesce(PayoutAccount.looked_at, PayoutAccount.opened_at)
    return and_(PayoutAccount.status == PayoutAccountState.INCOMPLETE, looked < now - SELDOM)
