"""What do we remember of an order's money: what is due, was paid, released, contested and refunded?

The payment carries the totals, its rows say of what they consist, and the database compares the two at every commit.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.billing.payments.lifecycle import (
    ATTEMPT,
    OPEN_ATTEMPTS,
    PAYMENT,
    RECLAIM,
    REFUND,
    RELEASE,
    AttemptState,
    PaymentState,
    ReclaimState,
    RefundState,
    ReleaseState,
)
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import HERE, Kind, Tenancy

SHARED = Kind.shared()
SEEN_BY_BOTH = SHARED.read_only()
PAYMENT_KEY = ["payments.id", "payments.buyer_id", "payments.seller_id"]
TOTALS = ("credited", "paid", "accepted", "contested", "released", "refunded")
OPEN = ", ".join(f"'{state}'" for state in OPEN_ATTEMPTS)


def of_payment() -> ForeignKeyConstraint:
    """The key by which a row belongs to a payment and repeats its parties."""
    return ForeignKeyConstraint(["payment_id", "buyer_id", "seller_id"], PAYMENT_KEY)


def total() -> Mapped[Decimal]:
    """A sum over the payment's rows, in its currency."""
    return mapped_column(Numeric(18, 4), default=Decimal(0))


class Asked(Base):
    """What Stripe is asked to do for a row: when, with which outcome, and how often it has said no."""

    __abstract__ = True

    sent_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    problem: Mapped[str | None]

    @property
    def key(self) -> UUID:
        """The idempotency key of the present try.

        Stripe repeats its first answer under a key, also a refusal: a try after a refusal has a key of its own, which
        follows from the row's id; a try after silence has the same key again.
        """
        return uuid5(self.id, str(self.tries)) if self.tries else self.id

    def begin_anew(self, problem: str | None) -> None:
        """Stripe has said no: the next try is another request."""
        self.tries, self.stripe_id, self.sent_at, self.problem = self.tries + 1, None, None, problem


class Payment(Base):
    """The payment of one order: what the buyer owes the supplier for it, and where that money is.

    `amount` is what the order comes to, `credited` what was deducted before it was paid, `paid` is nothing or the rest.
    Of what is paid, `released` is the supplier's (less the commission), `refunded` is given or owed back to the buyer,
    and what is left is held; `accepted` is what the buyer owes for goods received, `contested` what disputes hold up.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("order_id"),
        UniqueConstraint("id", "buyer_id", "seller_id"),
        CheckConstraint("buyer_id <> seller_id", name="two_parties"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint(" and ".join(f"{name} >= 0" for name in TOTALS), name="totals_are_not_negative"),
        CheckConstraint("credited <= amount", name="credited_within_amount"),
        CheckConstraint("paid = 0 or paid = amount - credited", name="paid_at_once"),
        CheckConstraint("released <= paid and released + refunded <= amount - credited", name="spent_once"),
        CheckConstraint("commission_rate >= 0 and commission_rate <= 0.5", name="commission_rate"),
        Index("ix_payments_buyer", "buyer_id", "id"),
        Index("ix_payments_seller", "seller_id", "id"),
    )
    tenancy = Tenancy(SHARED.readers, f"buyer_id = {HERE}", ("SELECT", "UPDATE (status)"))

    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    order_id: Mapped[UUID]
    order_number: Mapped[str]
    order_version: Mapped[int]
    status: Mapped[PaymentState] = PAYMENT.column()
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    credited: Mapped[Decimal] = total()
    paid: Mapped[Decimal] = total()
    accepted: Mapped[Decimal] = total()
    contested: Mapped[Decimal] = total()
    released: Mapped[Decimal] = total()
    refunded: Mapped[Decimal] = total()
    commission_rate: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    called_off_reason: Mapped[str | None]
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)
    paid_at: Mapped[datetime | None]

    @property
    def parties(self) -> dict[str, UUID]:
        """Whose it is, in the columns that every row of it repeats."""
        return {"buyer_id": self.buyer_id, "seller_id": self.seller_id}

    @property
    def due(self) -> Decimal:
        """What is to be paid, or was."""
        return self.amount - self.credited

    @property
    def held(self) -> Decimal:
        """What is neither the supplier's nor on its way back."""
        return self.paid - self.released - self.refunded if self.paid else Decimal(0)

    @property
    def refundable(self) -> Decimal:
        """What may still be given back to the buyer, or deducted from what is due."""
        return self.due - self.refunded

    @property
    def releasable(self) -> Decimal:
        """What the supplier has earned, may have now and has not had: disputes and refunds go first."""
        free = self.paid - self.refunded - self.contested
        return max(min(self.accepted, free) - self.released, Decimal(0))

    def money(self, amount: Decimal) -> Money:
        """`amount` in the payment's currency."""
        return Money(amount, self.currency)


class PaymentAttempt(Asked):
    """One try to pay: stored before Stripe is asked, under this row's id as idempotency key.

    It is the buyer's alone: by what it pays, and why its bank says no, does not concern the supplier.
    """

    __tablename__ = "payment_attempts"
    __table_args__ = (
        of_payment(),
        ForeignKeyConstraint(
            ["method_id", "buyer_id"], ["payment_methods.id", "payment_methods.organisation_id"]
        ),
        Index("uq_payment_attempts_open", "payment_id", unique=True, postgresql_where=f"status in ({OPEN})"),
        Index("uq_payment_attempts_paid", "payment_id", unique=True, postgresql_where="status = 'succeeded'"),
        Index("ix_payment_attempts_payment", "payment_id"),
    )
    tenancy = replace(Kind.parties("buyer_id"), grants=("SELECT", "INSERT", "UPDATE (is_given_up)"))

    payment_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    method_id: Mapped[UUID]
    status: Mapped[AttemptState] = ATTEMPT.column()
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    currency: Mapped[str] = mapped_column(String(3))
    started_by: Mapped[str] = mapped_column(info=personal("contract", "10 years after the order"))
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    charge_id: Mapped[str | None]
    action_url: Mapped[str | None]
    is_given_up: Mapped[bool] = mapped_column(default=False)

    @property
    def money(self) -> Money:
        """What is to be taken."""
        return Money(self.amount, self.currency)


class Acceptance(Base):
    """That the buyer owes so much of the order: goods counted in, or what a settlement gives the supplier."""

    __tablename__ = "payment_acceptances"
    __table_args__ = (
        of_payment(),
        UniqueConstraint("cause_id"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("cause in ('receipt', 'settlement')", name="cause"),
        Index("ix_payment_acceptances_payment", "payment_id"),
    )
    tenancy = replace(SEEN_BY_BOTH, platform_grants=("SELECT", "INSERT"))

    payment_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    cause: Mapped[str]
    cause_id: Mapped[UUID]
    label: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    accepted_at: Mapped[datetime] = mapped_column(default=clock.now)


class Contest(Base):
    """That a dispute holds up so much of the order's money, until it is lifted."""

    __tablename__ = "payment_contests"
    __table_args__ = (
        of_payment(),
        UniqueConstraint("dispute_id"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        Index("ix_payment_contests_payment", "payment_id"),
    )
    tenancy = SEEN_BY_BOTH

    payment_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    dispute_id: Mapped[UUID]
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    contested_at: Mapped[datetime] = mapped_column(default=clock.now)
    lifted_at: Mapped[datetime | None]


class Release(Asked):
    """So much of the held money became the supplier's, `commission` of it the market's; the rest is transferred.

    `reclaimed` of it was claimed back since, with its share of the commission. `transfer_amount` is what the present
    or last transfer carries.
    """

    __tablename__ = "payment_releases"
    __table_args__ = (
        of_payment(),
        UniqueConstraint("id", "payment_id"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("commission >= 0 and commission <= amount", name="commission_within_amount"),
        CheckConstraint("reclaimed >= 0 and reclaimed <= amount", name="reclaimed_within_amount"),
        CheckConstraint(
            "reclaimed_commission >= 0 and reclaimed_commission <= commission", name="reclaimed_commission"
        ),
        Index("ix_payment_releases_payment", "payment_id"),
        Index("ix_payment_releases_seller", "seller_id", "id"),
    )
    tenancy = SEEN_BY_BOTH

    payment_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    status: Mapped[ReleaseState] = RELEASE.column()
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    commission: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    reclaimed: Mapped[Decimal] = total()
    reclaimed_commission: Mapped[Decimal] = total()
    transfer_amount: Mapped[Decimal] = total()
    released_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def left(self) -> Decimal:
        """What of it has not been claimed back."""
        return self.amount - self.reclaimed

    @property
    def net(self) -> Decimal:
        """What of it is the supplier's: without what was claimed back, and without the commission on the rest."""
        return self.left - (self.commission - self.reclaimed_commission)

    def money(self, amount: Decimal) -> Money:
        """`amount` in the release's currency."""
        return Money(amount, self.currency)


class Refund(Asked):
    """So much is given back to the buyer; `cause_id` (a settlement, a cancellation) makes it once."""

    __tablename__ = "payment_refunds"
    __table_args__ = (
        of_payment(),
        UniqueConstraint("cause_id"),
        UniqueConstraint("id", "payment_id"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        Index("ix_payment_refunds_payment", "payment_id"),
    )
    tenancy = SEEN_BY_BOTH

    payment_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    cause_id: Mapped[UUID]
    status: Mapped[RefundState] = REFUND.column()
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    reason: Mapped[str]
    requested_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def money(self) -> Money:
        """What goes back."""
        return Money(self.amount, self.currency)


class Reclaim(Asked):
    """So much of a release is claimed back for a refund; its transfer is reversed, less the commission."""

    __tablename__ = "payment_reclaims"
    __table_args__ = (
        of_payment(),
        ForeignKeyConstraint(
            ["release_id", "payment_id"], ["payment_releases.id", "payment_releases.payment_id"]
        ),
        ForeignKeyConstraint(
            ["refund_id", "payment_id"], ["payment_refunds.id", "payment_refunds.payment_id"]
        ),
        UniqueConstraint("release_id", "refund_id"),
        CheckConstraint("amount > 0 and commission >= 0 and commission <= amount", name="amount_is_positive"),
        Index("ix_payment_reclaims_payment", "payment_id"),
    )
    tenancy = SEEN_BY_BOTH

    payment_id: Mapped[UUID]
    release_id: Mapped[UUID]
    refund_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    status: Mapped[ReclaimState] = RECLAIM.column()
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    commission: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    claimed_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def net(self) -> Money:
        """What comes back from the supplier; its share of the commission comes from the market."""
        return Money(self.amount - self.commission, self.currency)


class CommissionRule(Base):
    """The share of each release that stays with the market, from `set_at` on; of one supplier, or of all others."""

    __tablename__ = "commission_rules"
    __table_args__ = (
        CheckConstraint("rate >= 0 and rate <= 0.5", name="rate"),
        Index("ix_commission_rules_seller", "seller_id", "set_at"),
    )
    tenancy = replace(Kind.PLATFORM, platform_grants=("SELECT", "INSERT"))

    seller_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    rate: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    set_by: Mapped[str] = mapped_column(info=personal("contract", "10 years"))
    set_at: Mapped[datetime] = mapped_column(default=clock.now)


explain("ck_commission_rules_rate", _l("The commission is between 0 and 50 %."), field="rate")
explain("uq_payment_attempts_open", _l("This payment has been started already."))
explain("payment_adds_up", _l("These figures contradict the payment's own rows."))
explain("payment_is_moved_by_the_market", _l("Only the market records what has become of a payment."))
explain("attempt_fits_payment", _l("This cannot be paid this way, or not now."))
explain("release_within_bounds", _l("This is more than may be released."))
explain("ck_payments_spent_once", _l("This is more than what is left of the payment."))
