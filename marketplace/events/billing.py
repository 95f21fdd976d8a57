"""Which news does money make?"""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import OrganisationEvent, TradeEvent


@dataclass(frozen=True, kw_only=True)
class PaymentEvent(TradeEvent):
    """News of the payment of one order; the subject is the payment."""

    subject: ClassVar[str] = "payment"
    order_id: UUID
    order_number: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class BuyersPaymentEvent(PaymentEvent):
    """News that is the buyer's alone: why its bank or card says no."""

    @property
    def parties(self) -> tuple[UUID, ...]:
        """The buyer."""
        return (self.buyer_id,)


@dataclass(frozen=True, kw_only=True)
class PaymentRequested(PaymentEvent):
    """Announced when an order is confirmed: the buyer's finance desk is asked to pay."""

    headline: ClassVar[LazyString] = _l("Payment requested")
    tone: ClassVar[str] = "waiting"


@dataclass(frozen=True, kw_only=True)
class PaymentStarted(PaymentEvent):
    """Announced when somebody pays: the intent is stored, Stripe is called afterwards."""

    headline: ClassVar[LazyString] = _l("Payment started")
    tone: ClassVar[str] = "waiting"
    method: str


@dataclass(frozen=True, kw_only=True)
class PaymentSucceeded(PaymentEvent):
    """Announced when the money has arrived; it is held until the goods are received."""

    headline: ClassVar[LazyString] = _l("Payment received and held")
    tone: ClassVar[str] = "good"


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(BuyersPaymentEvent):
    """Announced when Stripe says no, with its reason."""

    headline: ClassVar[LazyString] = _l("Payment failed")
    tone: ClassVar[str] = "bad"
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentCancelled(PaymentEvent):
    """Announced when the order ends before it is paid, or nothing is left to pay: nobody has to pay any more."""

    headline: ClassVar[LazyString] = _l("Payment no longer due")
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentReduced(PaymentEvent):
    """Announced when less is to be paid, because something is credited before the order was paid."""

    headline: ClassVar[LazyString] = _l("Amount to pay reduced")
    tone: ClassVar[str] = "info"
    reason: str


@dataclass(frozen=True, kw_only=True)
class FundsReleased(PaymentEvent):
    """Announced when held money becomes the supplier's: `amount` of which `commission` stays with the market."""

    headline: ClassVar[LazyString] = _l("Funds released to the supplier")
    tone: ClassVar[str] = "good"
    commission: Decimal
    release_id: UUID


@dataclass(frozen=True, kw_only=True)
class FundsTransferred(PaymentEvent):
    """Announced when Stripe has confirmed the transfer to the supplier's account."""

    headline: ClassVar[LazyString] = _l("Funds transferred")
    tone: ClassVar[str] = "good"
    release_id: UUID


@dataclass(frozen=True, kw_only=True)
class FundsReclaimed(PaymentEvent):
    """Announced when money that was already released is claimed back, so that the buyer can be refunded."""

    headline: ClassVar[LazyString] = _l("Funds claimed back from the supplier")
    tone: ClassVar[str] = "warning"
    release_id: UUID
    reclaim_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefundRequested(PaymentEvent):
    """Announced when money is owed back to the buyer: it is stored, Stripe is called afterwards."""

    headline: ClassVar[LazyString] = _l("Refund ordered")
    tone: ClassVar[str] = "info"
    refund_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class RefundFailed(BuyersPaymentEvent):
    """Announced when a refund did not arrive; the money is still owed to the buyer and the operator looks at it."""

    headline: ClassVar[LazyString] = _l("Refund failed")
    tone: ClassVar[str] = "bad"
    refund_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class FundsRefunded(PaymentEvent):
    """Announced when Stripe has confirmed a refund to the buyer."""

    headline: ClassVar[LazyString] = _l("Funds refunded to the buyer")
    tone: ClassVar[str] = "info"
    refund_id: UUID


@dataclass(frozen=True, kw_only=True)
class SupplierOnboarded(OrganisationEvent):
    """Announced when a supplier's Stripe account is ready for payouts."""

    subject: ClassVar[str] = "payout_account"
    headline: ClassVar[LazyString] = _l("Payout account ready")
    tone: ClassVar[str] = "good"
