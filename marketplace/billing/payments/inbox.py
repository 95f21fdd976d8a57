"""What does Stripe tell us, and what follows? That we look: news may come twice, late, in any order, or not at all."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select, update

from marketplace.billing.payments import answers, visits
from marketplace.billing.payments.gateway import Answer, HostedPage, Refused, Unanswered
from marketplace.billing.payments.jobs import US, look_at_account
from marketplace.billing.payments.stripe_gateway import payment_gateway
from marketplace.billing.payments.stripe_models import PayoutAccount, StripeEvent
from marketplace.foundation.background import enqueue, job
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.unit_of_work import after_commit, unit_of_work

log = structlog.get_logger()
DONE, NOT_OURS, UNHEARD = "done", "not ours", "of no concern"


def receive(*, event_id: str, kind: str, object_id: str) -> None:
    """Keep the news, once, and have it looked into afterwards; in a transaction of the platform's."""
    stored = visits.store_event(event_id=event_id, kind=kind, object_id=object_id)
    if stored is not None:
        after_commit(f"event {event_id}", lambda: enqueue(process_event, stripe_event_id=stored))


def replay(*, since: datetime) -> int:
    """Look again into all the news received since then; returns how much that is. Nothing happens twice by it."""
    with unit_of_work(US) as work:
        again = update(StripeEvent).where(StripeEvent.received_at >= since).returning(StripeEvent.id)
        ids = list(work.scalars(again.values(processed_at=None, tries=0, outcome="")))
    for stripe_event_id in ids:
        enqueue(process_event, stripe_event_id=stripe_event_id)
    return len(ids)


@job()
def process_event(*, stripe_event_id: UUID) -> None:
    """Read the object that the news is about anew, and record how it stands."""
    with unit_of_work(US):
        row = fetch(StripeEvent, stripe_event_id, lock=True)
        if row.processed_at is not None:
            return
        row.tries += 1
    outcome = _look_into(row.kind, row.object_id)
    if outcome is not None:
        with unit_of_work(US):
            visits.close_event(stripe_event_id, outcome)


def _look_into(kind: str, object_id: str) -> str | None:
    """What came of it; None where Stripe does not answer, so that it is looked into later."""
    look = next((look for prefix, look in LOOKS.items() if kind.startswith(prefix)), None)
    if look is None:
        return UNHEARD
    try:
        return look(object_id)
    except NotFound:
        return NOT_OURS
    except Refused as refusal:
        return str(refusal)
    except Unanswered as silence:
        log.warning("stripe did not answer", because=str(silence))
        return None


def _look_at_payment(stripe_id: str) -> str:
    answer = payment_gateway().payment(stripe_id)
    return _record(answer, lambda row_id: answers.record_attempt(row_id, answer))


def _look_at_refund(stripe_id: str) -> str:
    answer = payment_gateway().refund_made(stripe_id)
    return _record(answer, lambda row_id: answers.record_refund(row_id, answer))


def _look_at_transfer(stripe_id: str) -> str:
    answer = payment_gateway().transfer_made(stripe_id)
    return _record(answer, lambda row_id: answers.record_transfer(row_id, answer))


def _look_at_page(stripe_id: str) -> str:
    page = payment_gateway().saved_on(stripe_id)
    return _record(page, lambda row_id: visits.record_saved(row_id, page))


def _look_at_account(stripe_id: str) -> str:
    with unit_of_work(US, read_only=True):
        statement = select(PayoutAccount.organisation_id).where(PayoutAccount.stripe_id == stripe_id)
        organisation_id = session().scalar(statement)
    if organisation_id is None:
        return NOT_OURS
    look_at_account(organisation_id=organisation_id)
    return DONE


def _record(answer: Answer | HostedPage, record: Callable[[UUID], None]) -> str:
    try:
        row_id = UUID(answer.reference)
    except ValueError:
        return NOT_OURS
    with unit_of_work(US):
        record(row_id)
    return DONE


LOOKS: dict[str, Callable[[str], str]] = {
    "payment_intent.": _look_at_payment,
    "refund.": _look_at_refund,
    "charge.refund.": _look_at_refund,
    "transfer.": _look_at_transfer,
    "checkout.session.": _look_at_page,
    "account.updated": _look_at_account,
}
