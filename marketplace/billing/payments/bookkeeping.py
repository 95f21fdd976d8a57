"""Which entries does a movement of money make in the books?"""

from typing import NamedTuple
from uuid import UUID

from marketplace.billing.ledger.actions import Concerning, Entry, post
from marketplace.billing.ledger.models import Cause, Purpose
from marketplace.billing.payments.models import Payment
from marketplace.foundation.money import Money
from marketplace.identity.organisations.queries import operator


class Flow(NamedTuple):
    """From one account of a party to another of the same party; `side` is the payment's column that names it."""

    side: str
    source: Purpose
    target: Purpose


FLOWS: dict[Cause, Flow] = {
    Cause.PAYMENT: Flow("buyer_id", Purpose.PAID_IN, Purpose.HELD),
    Cause.REFUND: Flow("buyer_id", Purpose.HELD, Purpose.IN_TRANSIT),
    Cause.REFUNDED: Flow("buyer_id", Purpose.IN_TRANSIT, Purpose.PAID_IN),
    Cause.REFUND_RETURNED: Flow("buyer_id", Purpose.PAID_IN, Purpose.IN_TRANSIT),
    Cause.TRANSFER: Flow("seller_id", Purpose.EARNED, Purpose.IN_TRANSIT),
    Cause.TRANSFER_REFUSED: Flow("seller_id", Purpose.IN_TRANSIT, Purpose.EARNED),
    Cause.TRANSFERRED: Flow("seller_id", Purpose.IN_TRANSIT, Purpose.PAID_OUT),
    Cause.REVERSED: Flow("seller_id", Purpose.PAID_OUT, Purpose.EARNED),
}


def book(cause: Cause, cause_id: UUID, payment: Payment, amount: Money) -> None:
    """Move `amount` as FLOWS has it for `cause`; booked once by (cause, cause_id)."""
    flow = FLOWS[cause]
    party = getattr(payment, flow.side)
    entries = [Entry(party, flow.source, -amount), Entry(party, flow.target, amount)]
    post(cause=cause, cause_id=cause_id, concerning=_concerning(payment), entries=entries)


def book_release(release_id: UUID, payment: Payment, amount: Money, commission: Money) -> None:
    """Held money becomes the supplier's, and the market's as far as the commission goes."""
    _share(Cause.RELEASE, release_id, payment, amount, commission)


def book_reclaim(reclaim_id: UUID, payment: Payment, amount: Money, commission: Money) -> None:
    """The same backwards: the supplier's and the market's money is held again. The supplier may come to owe by it."""
    _share(Cause.RECLAIM, reclaim_id, payment, -amount, -commission)


def _share(cause: Cause, cause_id: UUID, payment: Payment, amount: Money, commission: Money) -> None:
    entries = [
        Entry(payment.buyer_id, Purpose.HELD, -amount),
        Entry(payment.seller_id, Purpose.EARNED, amount - commission),
        Entry(operator().id, Purpose.COMMISSION, commission),
    ]
    post(cause=cause, cause_id=cause_id, concerning=_concerning(payment), entries=entries)


def _concerning(payment: Payment) -> Concerning:
    return Concerning(payment.order_id, payment.order_number, payment.buyer_id, payment.seller_id)
