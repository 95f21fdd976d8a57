"""When do we ask Stripe? In a job, between two transactions: what is asked is stored, what is answered is recorded.

A job may be killed anywhere: a sweep asks again, under the same key, and an answer that was recorded changes nothing.
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import structlog

from marketplace.billing.payments import answers, questions, visits
from marketplace.billing.payments.gateway import (
    HostedPage,
    PaymentAnswer,
    Reference,
    RefundAnswer,
    Refused,
    Unanswered,
)
from marketplace.billing.payments.lifecycle import AttemptState, ReclaimState
from marketplace.billing.payments.models import Reclaim
from marketplace.billing.payments.queries import parts_of_release, payout_account_of, visit
from marketplace.billing.payments.stripe_gateway import payment_gateway
from marketplace.billing.payments.stripe_models import PaymentMethod, VisitKind
from marketplace.foundation.background import enqueue, job
from marketplace.foundation.db import fetch
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work

log = structlog.get_logger()
T = TypeVar("T")
US = platform("payments")
CANCELLABLE = (None, AttemptState.ACTION_REQUIRED)


def ask(question: Callable[[], T], *, refused: Callable[[str], None]) -> T | None:
    """Stripe's answer; None where there is none, or it is a no, which `refused` records."""
    try:
        return question()
    except Unanswered as silence:
        log.warning("stripe did not answer", because=str(silence))
    except Refused as refusal:
        log.info("stripe refused", because=str(refusal))
        with unit_of_work(US):
            refused(str(refusal))
    return None


@job()
def pursue_attempt(*, attempt_id: UUID) -> None:
    """Take the money, or look how the taking stands; give it up where that is wanted and still possible."""
    with unit_of_work(US):
        question = questions.attempt_question(attempt_id)
    if question is None:
        return
    answer = ask(
        lambda: _payment_standing(question),
        refused=lambda problem: answers.record_refused_attempt(attempt_id, problem),
    )
    if answer is not None:
        with unit_of_work(US):
            answers.record_attempt(attempt_id, answer)


def _payment_standing(question: questions.AttemptQuestion) -> PaymentAnswer:
    gateway = payment_gateway()
    if question.stripe_id is None:
        answer = gateway.pay(question.order, is_late=question.is_late)
    else:
        answer = gateway.payment(question.stripe_id)
    if question.is_given_up and answer.state in CANCELLABLE:
        return gateway.cancel_payment(answer.stripe_id)
    return answer


@job()
def send_refund(*, refund_id: UUID) -> None:
    """Give the money back, or look how that stands."""
    with unit_of_work(US):
        question = questions.refund_question(refund_id)
    if question is None:
        return
    answer = ask(
        lambda: _refund_standing(question),
        refused=lambda problem: answers.record_refused_refund(refund_id, problem),
    )
    if answer is not None:
        with unit_of_work(US):
            answers.record_refund(refund_id, answer)


def _refund_standing(question: questions.MoneyBack) -> RefundAnswer:
    gateway = payment_gateway()
    if question.stripe_id is not None:
        return gateway.refund_made(question.stripe_id)
    return gateway.refund(
        key=question.key,
        reference=question.reference,
        amount=question.amount,
        payment=question.source,
        is_late=question.is_late,
    )


@job()
def send_transfer(*, release_id: UUID) -> None:
    """Transfer the supplier's share; where its account is not ready, it waits for that."""
    with unit_of_work(US):
        question = questions.transfer_question(release_id)
    if question is None:
        return
    answer = ask(
        lambda: payment_gateway().transfer(question.order, is_late=question.is_late),
        refused=lambda problem: answers.record_refused_transfer(release_id, problem),
    )
    if answer is not None:
        with unit_of_work(US):
            answers.record_transfer(release_id, answer)
    _follow_transfer(release_id)


def _follow_transfer(release_id: UUID) -> None:
    """What was claimed back while the transfer was under way has waited; and a refusal may lie in the account."""
    with unit_of_work(US, read_only=True):
        release, reclaims = parts_of_release(release_id)
    for reclaim in reclaims:
        enqueue(reverse_transfer, reclaim_id=reclaim.id)
    if release.problem:
        enqueue(look_at_account, organisation_id=release.seller_id)


@job()
def reverse_transfer(*, reclaim_id: UUID) -> None:
    """Take back what was transferred; the refund that waits for it goes on its way then."""
    with unit_of_work(US):
        question = questions.reversal_question(reclaim_id)
    if question is not None:
        answer = ask(
            lambda: payment_gateway().reverse(
                key=question.key,
                reference=question.reference,
                amount=question.amount,
                transfer=question.source,
                is_late=question.is_late,
            ),
            refused=lambda problem: answers.record_refused_reversal(reclaim_id, problem),
        )
        if answer is not None:
            with unit_of_work(US):
                answers.record_reversal(reclaim_id, answer)
    with unit_of_work(US, read_only=True):
        row = fetch(Reclaim, reclaim_id)
    if row.status == ReclaimState.DONE:
        enqueue(send_refund, refund_id=row.refund_id)


@job()
def open_visit(*, visit_id: UUID) -> None:
    """Get the page that a visitor waits for; who is not known at Stripe yet is made known first."""
    with unit_of_work(US):
        question = visits.visit_question(visit_id)
    if question is None:
        return
    page = ask(
        lambda: OPENINGS[question.kind](visit_id, question),
        refused=lambda problem: visits.record_refused_visit(visit_id, problem),
    )
    if page is not None:
        with unit_of_work(US):
            visits.record_page(visit_id, page)


def _saving_page(visit_id: UUID, question: visits.VisitQuestion) -> HostedPage:
    gateway, whose = payment_gateway(), question.organisation
    customer = question.stripe_id or gateway.customer(key=question.key, name=whose.name)
    with unit_of_work(US):
        visits.record_customer(whose.id, customer)
    return gateway.saving_page(
        reference=Reference(visit_id),
        customer=customer,
        currency=whose.currency,
        addresses=question.addresses,
    )


def _onboarding_page(visit_id: UUID, question: visits.VisitQuestion) -> HostedPage:
    gateway, whose, stripe_id = payment_gateway(), question.organisation, question.stripe_id
    if stripe_id is None:
        made = gateway.account(key=question.key, name=whose.name, country=whose.country)
        with unit_of_work(US):
            visits.record_account(whose.id, made)
        stripe_id = made.stripe_id
    return gateway.onboarding_page(account=stripe_id, addresses=question.addresses)


OPENINGS: dict[VisitKind, Callable[[UUID, visits.VisitQuestion], HostedPage]] = {
    VisitKind.METHOD: _saving_page,
    VisitKind.ONBOARDING: _onboarding_page,
}


@job()
def look_at_visit(*, visit_id: UUID) -> None:
    """What a visitor has done on a page of Stripe's."""
    with unit_of_work(US, read_only=True):
        row = visit(visit_id)
    if row.kind == VisitKind.ONBOARDING:
        look_at_account(organisation_id=row.organisation_id)
        with unit_of_work(US):
            visits.close_visit(visit_id)
    elif (page_id := row.stripe_id) is not None:
        page = ask(lambda: payment_gateway().saved_on(page_id), refused=log.error)
        if page is not None:
            with unit_of_work(US):
                visits.record_saved(visit_id, page)


@job()
def look_at_account(*, organisation_id: UUID) -> None:
    """Whether money can go to a supplier's payout account."""
    with unit_of_work(US, read_only=True):
        row = payout_account_of(organisation_id)
    if row is None or (stripe_id := row.stripe_id) is None:
        return
    answer = ask(lambda: payment_gateway().account_made(stripe_id), refused=log.error)
    if answer is not None:
        with unit_of_work(US):
            visits.record_account(organisation_id, answer)


@job()
def forget_method(*, method_id: UUID) -> None:
    """Stripe forgets a payment method that was removed here."""
    with unit_of_work(US, read_only=True):
        row = fetch(PaymentMethod, method_id)
    if row.removed_at is None or row.detached_at is not None:
        return
    forgotten = ask(
        lambda: payment_gateway().forget_method(row.stripe_id),
        refused=lambda _: visits.record_forgotten(method_id),
    )
    if forgotten is not None:
        with unit_of_work(US):
            visits.record_forgotten(method_id)
