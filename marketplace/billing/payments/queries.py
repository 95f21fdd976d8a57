"""What can be asked about payments?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from marketplace.billing.payments.lifecycle import (
    OPEN_ATTEMPTS,
    PAYABLE,
    RECLAIM,
    REFUND,
    RELEASE,
    AttemptState,
    PaymentState,
    ReclaimState,
    RefundState,
    ReleaseState,
)
from marketplace.billing.payments.models import (
    Acceptance,
    CommissionRule,
    Contest,
    Payment,
    PaymentAttempt,
    Reclaim,
    Refund,
    Release,
)
from marketplace.billing.payments.stripe_models import PaymentMethod, PayoutAccount, StripeCustomer, Visit
from marketplace.foundation.db import fetch, fetch_all, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, State
from marketplace.foundation.money import Money
from marketplace.foundation.tenancy import current_actor

Part = TypeVar("Part", PaymentAttempt, Acceptance, Contest, Release, Refund, Reclaim)


def payment(payment_id: UUID) -> Payment:
    """That payment, of either party. Raises NotFound."""
    return fetch(Payment, payment_id)


def payment_for_update(payment_id: UUID) -> Payment:
    """That payment, held until the transaction ends: whoever moves its money holds it first."""
    return fetch(Payment, payment_id, lock=True)


def payment_of_order(order_id: UUID, *, lock: bool = False) -> Payment | None:
    """The payment of that order; None where there is nothing to pay for it, or not yet."""
    statement = select(Payment).where(Payment.order_id == order_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session().scalars(statement).one_or_none()


def due_payment_of_order(order_id: UUID) -> Payment:
    """The payment of that order, held until the transaction ends. Raises NotFound where there is none."""
    found = payment_of_order(order_id, lock=True)
    if found is None:
        raise NotFound(_l("Nothing is to be paid for this order."))
    return found


def held_attempt(attempt_id: UUID) -> tuple[Payment, PaymentAttempt]:
    """A try to pay and its payment, both held until the transaction ends. The payment is always held first."""
    payment = payment_for_update(fetch(PaymentAttempt, attempt_id).payment_id)
    return payment, fetch(PaymentAttempt, attempt_id, lock=True)


def held_release(release_id: UUID) -> tuple[Payment, Release]:
    """A release and its payment, both held until the transaction ends."""
    payment = payment_for_update(fetch(Release, release_id).payment_id)
    return payment, fetch(Release, release_id, lock=True)


def held_refund(refund_id: UUID) -> tuple[Payment, Refund]:
    """A refund and its payment, both held until the transaction ends."""
    payment = payment_for_update(fetch(Refund, refund_id).payment_id)
    return payment, fetch(Refund, refund_id, lock=True)


def held_reclaim(reclaim_id: UUID) -> tuple[Payment, Release, Reclaim]:
    """A reclaim, its release and its payment, all held until the transaction ends."""
    payment, release = held_release(fetch(Reclaim, reclaim_id).release_id)
    return payment, release, fetch(Reclaim, reclaim_id, lock=True)


def parts_of(payment_id: UUID, kind: type[Part]) -> Sequence[Part]:
    """The payment's rows of that kind, oldest first."""
    statement = select(kind).where(kind.payment_id == payment_id).order_by(kind.id)
    return session().scalars(statement).all()


@dataclass(frozen=True)
class Account:
    """A payment with all the rows that its figures consist of."""

    payment: Payment
    attempts: Sequence[PaymentAttempt]
    acceptances: Sequence[Acceptance]
    contests: Sequence[Contest]
    releases: Sequence[Release]
    refunds: Sequence[Refund]
    reclaims: Sequence[Reclaim]

    @property
    def commission(self) -> Money:
        """What the market has kept of what was released."""
        kept = sum((row.commission - row.reclaimed_commission for row in self.releases), Decimal(0))
        return self.payment.money(kept)

    @property
    def open_attempt(self) -> PaymentAttempt | None:
        """The try that is under way."""
        return next((row for row in self.attempts if row.status in OPEN_ATTEMPTS), None)


def account_of(payment_id: UUID) -> Account:
    """The payment and its rows, in seven statements. Raises NotFound."""
    return Account(
        payment=payment(payment_id),
        attempts=parts_of(payment_id, PaymentAttempt),
        acceptances=parts_of(payment_id, Acceptance),
        contests=parts_of(payment_id, Contest),
        releases=parts_of(payment_id, Release),
        refunds=parts_of(payment_id, Refund),
        reclaims=parts_of(payment_id, Reclaim),
    )


def open_attempt_of(payment_id: UUID) -> PaymentAttempt | None:
    """The try to pay that is under way; there is never more than one."""
    statement = select(PaymentAttempt).where(
        PaymentAttempt.payment_id == payment_id, PaymentAttempt.status.in_(OPEN_ATTEMPTS)
    )
    return session().scalars(statement).one_or_none()


def paid_attempt_of(payment_id: UUID) -> PaymentAttempt:
    """The try that brought the money. Raises NoResultFound where none did."""
    statement = select(PaymentAttempt).where(
        PaymentAttempt.payment_id == payment_id, PaymentAttempt.status == AttemptState.SUCCEEDED
    )
    return session().scalars(statement).one()


def commission_kept(payment_id: UUID) -> Decimal:
    """What the market has kept of the payment so far."""
    kept = select(func.sum(Release.commission - Release.reclaimed_commission))
    return session().scalar(kept.where(Release.payment_id == payment_id)) or Decimal(0)


def standing_releases(payment_id: UUID) -> list[Release]:
    """The releases of which something has not been claimed back, newest first; held until the transaction ends."""
    statement = select(Release).where(Release.payment_id == payment_id, Release.reclaimed < Release.amount)
    return list(session().scalars(statement.order_by(Release.id.desc()).with_for_update()))


def waiting_refunds(payment_id: UUID) -> Sequence[Refund]:
    """The refunds that are owed and not yet sent."""
    statement = select(Refund).where(Refund.payment_id == payment_id, Refund.status == RefundState.REQUESTED)
    return session().scalars(statement.order_by(Refund.id)).all()


def open_reclaims(condition: ColumnElement[bool]) -> Sequence[Reclaim]:
    """The reclaims for which `condition` holds and whose money has not come back."""
    return session().scalars(select(Reclaim).where(Reclaim.status != ReclaimState.DONE, condition)).all()


def parts_of_release(release_id: UUID) -> tuple[Release, Sequence[Reclaim]]:
    """A release, and what was claimed back of it."""
    reclaims = select(Reclaim).where(Reclaim.release_id == release_id).order_by(Reclaim.id)
    return fetch(Release, release_id), session().scalars(reclaims).all()


def unsent_releases_to(seller_id: UUID) -> Sequence[Release]:
    """What is that supplier's and has not been transferred, oldest first."""
    unsent = Release.status.in_([ReleaseState.QUEUED, ReleaseState.WAITING])
    return (
        session()
        .scalars(select(Release).where(Release.seller_id == seller_id, unsent).order_by(Release.id))
        .all()
    )


def payments(side: str, *, states: Sequence[PaymentState] = ()) -> Select[Payment]:
    """The payments that the actor's organisation has on that side ("buyer_id", "seller_id"), to be paged."""
    mine = select(Payment).where(getattr(Payment, side) == current_actor().organisation)
    return mine.where(Payment.status.in_(states)) if states else mine


def all_payments() -> Select[Payment]:
    """Every payment of the market, to be paged. As the platform."""
    return select(Payment)


def payments_by_id(ids: Collection[UUID]) -> dict[UUID, Payment]:
    """Those payments, as far as this actor may see them, in one statement."""
    return fetch_all(Payment, ids)


def payments_to_pay() -> Sequence[Payment]:
    """What the actor's organisation has to pay, oldest first."""
    statement = payments("buyer_id", states=tuple(PAYABLE))
    return session().scalars(statement.order_by(Payment.id)).all()


def count_by_state(side: str) -> dict[PaymentState, int]:
    """How many payments the actor's organisation has in each state, on that side."""
    counted = select(Payment.status, func.count()).where(
        getattr(Payment, side) == current_actor().organisation
    )
    return {row[0]: row[1] for row in session().execute(counted.group_by(Payment.status))}


def payment_methods() -> Sequence[PaymentMethod]:
    """What the actor's organisation can pay with, newest first."""
    statement = select(PaymentMethod).where(
        PaymentMethod.organisation_id == current_actor().organisation, PaymentMethod.removed_at.is_(None)
    )
    return session().scalars(statement.order_by(PaymentMethod.id.desc())).all()


def methods_by_id(ids: set[UUID]) -> dict[UUID, PaymentMethod]:
    """Those methods, removed ones too, as far as this actor may see them."""
    rows = session().scalars(select(PaymentMethod).where(PaymentMethod.id.in_(ids)))
    return {row.id: row for row in rows}


def payout_account_of(organisation_id: UUID, *, lock: bool = False) -> PayoutAccount | None:
    """The payout account of a supplier; None where none was opened."""
    statement = select(PayoutAccount).where(PayoutAccount.organisation_id == organisation_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session().scalars(statement).one_or_none()


def stripe_customer_of(organisation_id: UUID) -> StripeCustomer | None:
    """Who a buyer is at Stripe; None where it has never saved a payment method."""
    statement = select(StripeCustomer).where(StripeCustomer.organisation_id == organisation_id)
    return session().scalars(statement).one_or_none()


def visit(visit_id: UUID) -> Visit:
    """That visit of one of Stripe's pages. Raises NotFound."""
    return fetch(Visit, visit_id)


def releases_of_seller() -> Select[Release]:
    """What was released to the actor's organisation, to be paged."""
    return select(Release).where(Release.seller_id == current_actor().organisation)


def commission_rate(seller_id: UUID) -> Decimal:
    """The share that a release to that supplier costs it now: its own rule, else everybody's. As the platform."""
    rule = CommissionRule
    statement = select(rule.rate).where(or_(rule.seller_id == seller_id, rule.seller_id.is_(None)))
    return session().scalar(
        statement.order_by(rule.seller_id.is_(None), rule.set_at.desc()).limit(1)
    ) or Decimal(0)


def commission_rules() -> Sequence[CommissionRule]:
    """Every rule there ever was, newest first. As the platform."""
    return session().scalars(select(CommissionRule).order_by(CommissionRule.set_at.desc())).all()


TROUBLED: dict[type, Lifecycle[Any]] = {Refund: REFUND, Reclaim: RECLAIM, Release: RELEASE}


@dataclass(frozen=True)
class Trouble:
    """Something that the operator should look at."""

    row: Refund | Reclaim | Release

    @property
    def state(self) -> State:
        """How it stands."""
        return TROUBLED[type(self.row)].state(self.row)

    @property
    def is_refund(self) -> bool:
        """Whether it can be sent again by hand; the others are tried again by themselves."""
        return isinstance(self.row, Refund)


def troubles() -> list[Trouble]:
    """Refunds that failed, money that suppliers cannot give back, transfers that were refused. As the platform."""
    failed = select(Refund).where(Refund.status == RefundState.FAILED)
    lacking = select(Reclaim).where(Reclaim.status == ReclaimState.WAITING)
    blocked = select(Release).where(Release.status == ReleaseState.WAITING, Release.problem.is_not(None))
    return [
        *(Trouble(row) for row in session().scalars(failed.order_by(Refund.id))),
        *(Trouble(row) for row in session().scalars(lacking.order_by(Reclaim.id))),
        *(Trouble(row) for row in session().scalars(blocked.order_by(Release.id))),
    ]
