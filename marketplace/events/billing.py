"""Which news does money make?"""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

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
class PaymentRequested(PaymentEvent):
    """Announced when an order is confirmed: the buyer's finance desk is asked to pay."""


@dataclass(frozen=True, kw_only=True)
class PaymentStarted(PaymentEvent):
    """Announced when somebody pays: the intent is stored, Stripe is called afterwards."""

    method: str


@dataclass(frozen=True, kw_only=True)
class PaymentSucceeded(PaymentEvent):
    """Announced when the money has arrived; it is held until the goods are received."""


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(PaymentEvent):
    """Announced when Stripe says no, with its reason."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class FundsReleased(PaymentEvent):
    """Announced when held money becomes the supplier's: `amount` of which `commission` stays with the market."""

    commission: Decimal
    release_id: UUID


@dataclass(frozen=True, kw_only=True)
class FundsTransferred(PaymentEvent):
    """Announced when Stripe has confirmed the transfer to the supplier's account."""

    release_id: UUID


@dataclass(frozen=True, kw_only=True)
class FundsRefunded(PaymentEvent):
    """Announced when Stripe has confirmed a refund to the buyer."""

    refund_id: UUID


@dataclass(frozen=True, kw_only=True)
class SupplierOnboarded(OrganisationEvent):
    """Announced when a supplier's Stripe account is ready for payouts."""

    subject: ClassVar[str] = "payout_account"
