"""How do people come to Stripe's pages, and what do they bring back? A saved payment method, an account that is ready.

As everywhere, what is asked is stored first, and the answer is recorded in a second transaction.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from sqlalchemy.dialects.postgresql import insert

from marketplace.billing.payments.gateway import AccountAnswer, Addresses, HostedPage, SavedMethod
from marketplace.billing.payments.lifecycle import PAYOUT_ACCOUNT, VISIT, PayoutAccountState, VisitState
from marketplace.billing.payments.queries import payout_account_of, stripe_customer_of, visit
from marketplace.billing.payments.stripe_models import (
    PaymentMethod,
    StripeCustomer,
    StripeEvent,
    Visit,
    VisitKind,
)
from marketplace.events.billing import SupplierOnboarded
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, new_id, session
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.organisations.queries import organisation


@dataclass(frozen=True)
class VisitQuestion:
    """Whom the page is for; `stripe_id` is who they are at Stripe, None where they are not known there yet."""

    kind: VisitKind
    organisation: Organisation
    key: UUID
    stripe_id: str | None
    addresses: Addresses


def visit_question(visit_id: UUID) -> VisitQuestion | None:
    """What to ask for a visit that waits for its page; None where it does not, or has no account to wait for."""
    row = fetch(Visit, visit_id, lock=True)
    if row.status != VisitState.REQUESTED:
        return None
    wanted = _customer if row.kind == VisitKind.METHOD else payout_account_of
    known = wanted(row.organisation_id)
    if known is None:
        VISIT.move(row, VisitState.REFUSED)
        return None
    whose = organisation(row.organisation_id)
    addresses = Addresses(
        done=url_for("billing.payments.back", visit_id=row.id, _external=True),
        away=url_for("billing.payments.visit", visit_id=row.id, _external=True),
        language=whose.language,
    )
    return VisitQuestion(VisitKind(row.kind), whose, known.id, known.stripe_id, addresses)


def record_customer(organisation_id: UUID, stripe_id: str) -> None:
    """Who a buyer is at Stripe."""
    row = stripe_customer_of(organisation_id)
    if row is not None:
        row.stripe_id = row.stripe_id or stripe_id


def record_page(visit_id: UUID, page: HostedPage) -> None:
    """Where the visitor may go now."""
    row = fetch(Visit, visit_id, lock=True)
    if VISIT.can(row, VisitState.OPEN):
        row.url, row.expires_at, row.stripe_id = page.url, page.expires_at, page.stripe_id or None
        VISIT.move(row, VisitState.OPEN)


def record_refused_visit(visit_id: UUID, problem: str) -> None:
    """Stripe does not give such a page."""
    row = fetch(Visit, visit_id, lock=True)
    if VISIT.can(row, VisitState.REFUSED):
        row.problem = problem
        VISIT.move(row, VisitState.REFUSED)


def record_saved(visit_id: UUID, page: HostedPage) -> None:
    """What the visitor has saved on the page; or that the page has run out."""
    row = fetch(Visit, visit_id, lock=True)
    row.looked_at = clock.now()
    if page.method is not None and VISIT.can(row, VisitState.DONE):
        _save_method(row.organisation_id, page.method)
        VISIT.move(row, VisitState.DONE)
    elif page.is_expired:
        expire(row)


def record_account(organisation_id: UUID, answer: AccountAnswer) -> None:
    """How a supplier's payout account stands; once it is ready, what waited for it is transferred."""
    row = payout_account_of(organisation_id, lock=True)
    if row is None or row.stripe_id not in (None, answer.stripe_id):
        return
    row.stripe_id, row.missing, row.looked_at = answer.stripe_id, answer.missing, clock.now()
    target = PayoutAccountState.READY if answer.is_ready else PayoutAccountState.INCOMPLETE
    if row.status == target:
        return
    news = SupplierOnboarded(subject_id=row.id, organisation_id=organisation_id) if answer.is_ready else None
    PAYOUT_ACCOUNT.move(row, target, news=news)


def record_forgotten(method_id: UUID) -> None:
    """Stripe does not know the removed method any more."""
    row = fetch(PaymentMethod, method_id, lock=True)
    row.detached_at = row.detached_at or clock.now()


def close_visit(visit_id: UUID) -> None:
    """The visitor of an onboarding page came back; what they did there, the account itself tells."""
    row = visit(visit_id)
    if VISIT.can(row, VisitState.DONE):
        VISIT.move(row, VisitState.DONE)


def expire(row: Visit) -> None:
    """The page was not used in time."""
    if VISIT.can(row, VisitState.EXPIRED):
        VISIT.move(row, VisitState.EXPIRED)


def store_event(*, event_id: str, kind: str, object_id: str) -> UUID | None:
    """Keep that Stripe has told of something; None where it has told before."""
    news = {"id": new_id(), "event_id": event_id, "kind": kind, "object_id": object_id}
    stored = insert(StripeEvent).values(**news, received_at=clock.now(), outcome="", tries=0)
    return session().scalar(stored.on_conflict_do_nothing().returning(StripeEvent.id))


def close_event(stripe_event_id: UUID, outcome: str) -> None:
    """The news was looked into, with that outcome."""
    row = fetch(StripeEvent, stripe_event_id, lock=True)
    row.processed_at, row.outcome = clock.now(), outcome


def _customer(organisation_id: UUID) -> StripeCustomer | None:
    first = insert(StripeCustomer).values(id=new_id(), organisation_id=organisation_id, since=clock.now())
    session().execute(first.on_conflict_do_nothing())
    return stripe_customer_of(organisation_id)


def _save_method(organisation_id: UUID, method: SavedMethod) -> None:
    values = {
        "id": new_id(),
        "organisation_id": organisation_id,
        "kind": method.kind,
        "brand": method.brand,
        "last4": method.last4,
        "expires": method.expires,
        "stripe_id": method.stripe_id,
        "saved_at": clock.now(),
    }
    session().execute(insert(PaymentMethod).values(**values).on_conflict_do_nothing())
