"""What can be done with an order's money? Paid, given up, accepted, contested, refunded.

`pay` and what concerns an organisation's own methods and account is done by its people. What moves held money
(`accept`, `contest`, `lift_contest`, `refund`, `release_rest` …) is done as the platform: by reactions, and by the
rooms above in a transaction of the platform's.
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from marketplace.billing.payments.lifecycle import (
    PAYABLE,
    PAYMENT,
    REFUND,
    UNDER_WAY,
    AttemptState,
    PaymentState,
    RefundState,
)
from marketplace.billing.payments.models import (
    Acceptance,
    CommissionRule,
    Contest,
    Payment,
    PaymentAttempt,
    Refund,
)
from marketplace.billing.payments.queries import (
    commission_rate,
    due_payment_of_order,
    held_refund,
    open_attempt_of,
    payment_for_update,
    payment_of_order,
    payout_account_of,
)
from marketplace.billing.payments.settling import cancel, give_back_held, named, owe_back, settle
from marketplace.billing.payments.stripe_models import (
    MethodKind,
    PaymentMethod,
    PayoutAccount,
    Visit,
    VisitKind,
)
from marketplace.events.billing import PaymentRequested, PaymentStarted, RefundRequested
from marketplace.events.buyers import OrderConfirmed
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Conflict, Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import CurrencyMismatch, Money
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor

SEPA_CURRENCY = "EUR"


class TooMuchRefunded(Conflict):
    """More would go back than the buyer has paid, or has to pay, and has not been given back yet."""


class NotPayable(Conflict):
    """The payment is over, or under way by another method."""


def request_payment(*, order: OrderConfirmed) -> Payment | None:
    """Ask the buyer to pay a confirmed order; a later version changes the amount while nothing has been started.

    None where the order costs nothing. The commission's rate is frozen here.
    """
    row, amount = payment_of_order(order.subject_id, lock=True), _total(order)
    if row is None:
        return _new_payment(order) if amount else None
    if row.status not in PAYABLE or order.version <= row.order_version:
        return row
    row.order_version = order.version
    if amount <= row.credited:
        cancel(row, "")
        return row
    row.amount = amount
    announce(PaymentRequested(**named(row, row.due)))
    return row


def pay(*, payment_id: UUID, method_id: UUID) -> PaymentAttempt:
    """Begin to pay; Stripe is asked afterwards. A second call by the same method while it runs is the same attempt.

    Raises NotFound, NotPayable, Invalid for a method that cannot pay this.
    """
    payment, method = payment_for_update(payment_id), _usable_method(method_id)
    running = open_attempt_of(payment_id)
    if running is not None and running.method_id == method_id:
        return running
    if payment.status not in PAYABLE:
        raise NotPayable(_l("Order %(number)s is paid already, or not due.", number=payment.order_number))
    if method.kind == MethodKind.SEPA_DEBIT and payment.currency != SEPA_CURRENCY:
        raise Invalid(_l("Only euros can be paid by SEPA debit."), field="method_id")
    attempt = save(
        PaymentAttempt(
            payment_id=payment.id,
            **payment.parties,
            method_id=method.id,
            amount=payment.due,
            currency=payment.currency,
            started_by=current_actor().person_name,
        )
    )
    PAYMENT.move(
        payment, PaymentState.STARTED, news=PaymentStarted(**named(payment, payment.due), method=method.kind)
    )
    session().flush()
    return attempt


def pay_together(*, payment_ids: Sequence[UUID], method_id: UUID) -> list[PaymentAttempt]:
    """Begin to pay several orders by one method, all or none. Raises what `pay` raises, Invalid for none at all."""
    if not payment_ids:
        raise Invalid(_l("Choose at least one order to pay."), field="payment_ids")
    return [pay(payment_id=payment_id, method_id=method_id) for payment_id in sorted(set(payment_ids))]


def give_up(*, payment_id: UUID) -> PaymentAttempt | None:
    """Stop the try that is under way, where the bank has not been asked; it can be paid anew then."""
    payment_for_update(payment_id)
    attempt = open_attempt_of(payment_id)
    if attempt is not None and attempt.status != AttemptState.PROCESSING:
        attempt.is_given_up = True
        session().flush()
    return attempt


def call_off(*, order_id: UUID, reason: str) -> Payment | None:
    """The order was refused or cancelled: nothing more is taken, and what is held goes back."""
    payment = payment_of_order(order_id, lock=True)
    if payment is None:
        return None
    payment.called_off_reason = reason
    if payment.status in PAYABLE:
        cancel(payment, reason)
    elif payment.status in UNDER_WAY:
        give_up(payment_id=payment.id)
    else:
        give_back_held(payment, reason)
    session().flush()
    return payment


def accept(*, order_id: UUID, cause_id: UUID, label: str, amount: Money) -> Payment | None:
    """Goods were counted in: so much of the order's money is the supplier's, as soon as it is here and free."""
    payment = payment_of_order(order_id, lock=True)
    if payment is not None:
        _accept(payment, cause="receipt", cause_id=cause_id, label=label, amount=amount)
    return payment


def contest(*, order_id: UUID, dispute_id: UUID, amount: Money) -> Contest | None:
    """Hold up so much of the order's money until `lift_contest`; a second call changes the amount.

    What the supplier has already had is not held up by this. None where nothing is to be paid for the order.
    """
    payment = payment_of_order(order_id, lock=True)
    if payment is None:
        return None
    contested = _amount_in(payment, amount)
    row = _contest_of(dispute_id)
    if row is None:
        payment.contested += contested
        return save(
            Contest(payment_id=payment.id, **payment.parties, dispute_id=dispute_id, amount=contested)
        )
    if row.lifted_at is None:
        payment.contested += contested - row.amount
        row.amount = contested
        settle(payment)
    return row


def lift_contest(*, dispute_id: UUID) -> None:
    """The dispute holds nothing up any more; what the supplier may have now is released. Again changes nothing."""
    row = _contest_of(dispute_id)
    if row is None or row.lifted_at is not None:
        return
    payment = payment_for_update(row.payment_id)
    session().refresh(row)
    if row.lifted_at is None:
        row.lifted_at = clock.now()
        payment.contested -= row.amount
        settle(payment)
        session().flush()


def refund(*, order_id: UUID, amount: Money, cause_id: UUID, reason: str) -> Refund:
    """Give so much back to the buyer, once by `cause_id`; Stripe is asked afterwards.

    What is not paid yet is deducted instead; what was released already is claimed back from the supplier first.
    Raises NotFound where the order has no payment, TooMuchRefunded.
    """
    payment = due_payment_of_order(order_id)
    known = _refund_for(cause_id)
    if known is not None:
        return known
    owed = _amount_in(payment, amount)
    if payment.status == PaymentState.CANCELLED or not 0 < owed <= payment.refundable:
        raise TooMuchRefunded(_l("No more can be refunded than what was paid and has not gone back yet."))
    return owe_back(payment, amount=owed, cause_id=cause_id, reason=reason)


def release_rest(*, order_id: UUID, amount: Money, cause_id: UUID) -> Payment:
    """A settlement gives the supplier so much more, once by `cause_id`; never more than is held and free.

    Raises NotFound where the order has no payment.
    """
    payment = due_payment_of_order(order_id)
    _accept(payment, cause="settlement", cause_id=cause_id, label="", amount=amount)
    return payment


def retry_refund(*, refund_id: UUID) -> Refund:
    """Send a refund that failed once more, as the platform. Raises WrongState where it has not failed."""
    payment, row = held_refund(refund_id)
    REFUND.move(row, RefundState.REQUESTED)
    row.begin_anew(None)
    announce(RefundRequested(**named(payment, row.amount), refund_id=row.id, reason=row.reason))
    session().flush()
    return row


def begin_visit(*, kind: VisitKind) -> Visit:
    """Ask for a page of Stripe's on which the acting person saves a payment method or gives the account's details."""
    actor = current_actor()
    return save(Visit(organisation_id=actor.organisation, kind=kind, asked_by=actor.person_name))


def open_payout_account() -> PayoutAccount:
    """The account that the acting supplier's money goes to; opened where there is none."""
    here = current_actor().organisation
    return payout_account_of(here) or save(PayoutAccount(organisation_id=here))


def remove_method(*, method_id: UUID) -> PaymentMethod:
    """Never pay by this method again; what is under way by it goes on."""
    row = fetch(PaymentMethod, method_id, lock=True)
    row.removed_at = row.removed_at or clock.now()
    session().flush()
    return row


def set_commission(*, rate: Decimal, seller_id: UUID | None = None) -> CommissionRule:
    """From now on, requested payments cost that supplier (None: every other) this share. As the platform."""
    return save(CommissionRule(seller_id=seller_id, rate=rate, set_by=current_actor().person_name))


def _total(order: OrderConfirmed) -> Decimal:
    return Money(order.total, order.currency).rounded().amount


def _new_payment(order: OrderConfirmed) -> Payment:
    row = save(
        Payment(
            buyer_id=order.buyer_id,
            seller_id=order.seller_id,
            order_id=order.subject_id,
            order_number=order.number,
            order_version=order.version,
            currency=order.currency,
            amount=_total(order),
            commission_rate=commission_rate(order.seller_id),
        )
    )
    announce(PaymentRequested(**named(row, row.due)))
    return row


def _accept(payment: Payment, *, cause: str, cause_id: UUID, label: str, amount: Money) -> None:
    accepted = _amount_in(payment, amount)
    known = select(Acceptance.id).where(Acceptance.cause_id == cause_id)
    if not accepted or session().scalar(known) is not None:
        return
    save(
        Acceptance(
            payment_id=payment.id,
            **payment.parties,
            cause=cause,
            cause_id=cause_id,
            label=label,
            amount=accepted,
        )
    )
    payment.accepted += accepted
    settle(payment)
    session().flush()


def _amount_in(payment: Payment, amount: Money) -> Decimal:
    if amount.currency != payment.currency:
        raise CurrencyMismatch(_l("This order is paid in %(currency)s.", currency=payment.currency))
    return amount.rounded().amount


def _usable_method(method_id: UUID) -> PaymentMethod:
    method = fetch(PaymentMethod, method_id)
    if method.removed_at is not None:
        raise Invalid(_l("This payment method has been removed."), field="method_id")
    return method


def _refund_for(cause_id: UUID) -> Refund | None:
    return session().scalars(select(Refund).where(Refund.cause_id == cause_id)).one_or_none()


def _contest_of(dispute_id: UUID) -> Contest | None:
    return session().scalars(select(Contest).where(Contest.dispute_id == dispute_id)).one_or_none()
