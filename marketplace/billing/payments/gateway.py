"""What do we ask of a payment service, and what does it answer? `stripe_gateway.py` is the one that is used.

Every call that changes something carries an idempotency key, and the row's id as its `reference`. A key is good for a
day; whoever asks again after that (`is_late`) is given what was made under the reference, if anything was.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from marketplace.billing.payments.lifecycle import AttemptState, RefundState
from marketplace.foundation.money import Money


class Unanswered(Exception):
    """Whether it was done is not known: no answer, an overload, a fault. Ask again, with the same key."""


class Refused(Exception):
    """It was not done, and the same request will never be; says why, by Stripe's code where there is one."""


@dataclass(frozen=True)
class Reference:
    """What a request is for: our row, which try of it, and the order's number as people search for it."""

    row_id: UUID
    order_number: str = ""
    tries: int = 0

    def metadata(self) -> dict[str, str]:
        """As Stripe keeps it."""
        return {"reference": str(self.row_id), "order": self.order_number, "tries": str(self.tries)}


@dataclass(frozen=True)
class Addresses:
    """Where a visitor of a hosted page comes back to when it is done, and when it is not; and their language."""

    done: str
    away: str
    language: str


@dataclass(frozen=True)
class PaymentOrder:
    """What is to be taken, of whom, by which method; `back` is where the payer returns to from their bank."""

    key: UUID
    reference: Reference
    amount: Money
    customer: str
    method: str
    order_id: UUID
    back: str


@dataclass(frozen=True)
class TransferOrder:
    """What is to be moved to an account, out of which charge."""

    key: UUID
    reference: Reference
    amount: Money
    account: str
    charge: str
    order_id: UUID


@dataclass(frozen=True)
class Answer:
    """What Stripe has: its id of the thing, and the reference that we gave (empty: the thing is not ours)."""

    stripe_id: str
    reference: str
    tries: int


@dataclass(frozen=True)
class PaymentAnswer(Answer):
    """How a payment stands; `state` is None while Stripe waits for us. `action_url`: where the payer confirms."""

    state: AttemptState | None
    received: Money
    charge_id: str | None
    action_url: str | None
    problem: str


@dataclass(frozen=True)
class RefundAnswer(Answer):
    """How a refund stands."""

    state: RefundState
    problem: str


@dataclass(frozen=True)
class SavedMethod:
    """A card or an account that may be used from now on."""

    stripe_id: str
    kind: str
    brand: str
    last4: str
    expires: str


@dataclass(frozen=True)
class HostedPage:
    """A page of Stripe's for one visitor; `method` is what they have saved there, once they have."""

    stripe_id: str
    reference: str
    url: str | None
    expires_at: datetime
    is_expired: bool = False
    method: SavedMethod | None = None


@dataclass(frozen=True)
class AccountAnswer:
    """Whether money can go to an account, and what Stripe still asks of its holder."""

    stripe_id: str
    is_ready: bool
    missing: list[str] = field(default_factory=list)


class PaymentGateway(Protocol):
    """A payment service. Each question raises Unanswered or Refused."""

    def customer(self, *, key: UUID, name: str) -> str:
        """Its id of a new customer."""

    def saving_page(
        self, *, reference: Reference, customer: str, currency: str, addresses: Addresses
    ) -> HostedPage:
        """A page on which the customer saves a payment method."""

    def saved_on(self, page_id: str) -> HostedPage:
        """How that page stands, with the method that was saved."""

    def forget_method(self, stripe_id: str) -> bool:
        """Never use the method again; False where it was forgotten already."""

    def pay(self, order: PaymentOrder, *, is_late: bool) -> PaymentAnswer:
        """Take the money, once; a decline is an answer, not a refusal."""

    def payment(self, stripe_id: str) -> PaymentAnswer:
        """How that payment stands now."""

    def cancel_payment(self, stripe_id: str) -> PaymentAnswer:
        """Take nothing any more, where that is still possible; the answer says how it stands."""

    def refund(
        self, *, key: UUID, reference: Reference, amount: Money, payment: str, is_late: bool
    ) -> RefundAnswer:
        """Give so much of that payment back, once."""

    def refund_made(self, stripe_id: str) -> RefundAnswer:
        """How that refund stands now."""

    def transfer(self, order: TransferOrder, *, is_late: bool) -> Answer:
        """Move the money to the account, once."""

    def transfer_made(self, stripe_id: str) -> Answer:
        """That transfer."""

    def reverse(
        self, *, key: UUID, reference: Reference, amount: Money, transfer: str, is_late: bool
    ) -> Answer:
        """Take so much of that transfer back, once."""

    def account(self, *, key: UUID, name: str, country: str) -> AccountAnswer:
        """A new account that money can be transferred to, once its holder has given what is asked."""

    def account_made(self, stripe_id: str) -> AccountAnswer:
        """How that account stands now."""

    def onboarding_page(self, *, account: str, addresses: Addresses) -> HostedPage:
        """A page on which the account's holder gives what is asked; good for a few minutes."""
