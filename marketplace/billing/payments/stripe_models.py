"""What do we remember of what Stripe keeps for an organisation, and of the news that Stripe sends?"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import LazyString
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.billing.payments.lifecycle import PAYOUT_ACCOUNT, VISIT, PayoutAccountState, VisitState
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import Kind


class MethodKind(StrEnum):
    """How a buyer pays."""

    CARD = "card"
    SEPA_DEBIT = "sepa_debit"


class VisitKind(StrEnum):
    """What somebody goes to one of Stripe's pages for."""

    METHOD = "method"
    ONBOARDING = "onboarding"


# How Stripe calls what it asks of an account's holder, up to the first dot.
REQUIREMENTS: dict[str, LazyString] = {
    "external_account": _l("The bank account that the money goes to"),
    "tos_acceptance": _l("Your consent to the payment service's terms"),
    "business_profile": _l("What your organisation does"),
    "business_type": _l("The legal form of your organisation"),
    "company": _l("Facts about your organisation"),
    "individual": _l("Facts about the person in charge"),
    "representative": _l("Facts about the person who represents you"),
    "owners": _l("Facts about the owners"),
    "directors": _l("Facts about the directors"),
}


class StripeCustomer(Base):
    """The customer that a buyer's organisation is at Stripe; its payment methods are kept there."""

    __tablename__ = "stripe_customers"
    __table_args__ = (UniqueConstraint("organisation_id"),)
    tenancy = Kind.private().read_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    since: Mapped[datetime] = mapped_column(default=clock.now)


class PaymentMethod(Base):
    """A card or a bank account with its SEPA mandate; we know the brand and four digits, Stripe keeps the rest."""

    __tablename__ = "payment_methods"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        CheckConstraint("kind in ('card', 'sepa_debit')", name="kind"),
    )
    tenancy = replace(Kind.private(), grants=("SELECT", "UPDATE (removed_at)"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[str]
    brand: Mapped[str]
    last4: Mapped[str]
    expires: Mapped[str]
    stripe_id: Mapped[str] = mapped_column(unique=True)
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)
    removed_at: Mapped[datetime | None]
    detached_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """How people call it: “Visa •••• 4242”."""
        brand = _("SEPA debit") if self.kind == MethodKind.SEPA_DEBIT else self.brand.title()
        return f"{brand} •••• {self.last4}"


class PayoutAccount(Base):
    """The account at Stripe that a supplier's money goes to; `missing` is what Stripe still asks of the supplier."""

    __tablename__ = "payout_accounts"
    __table_args__ = (UniqueConstraint("organisation_id"),)
    tenancy = replace(Kind.private(), grants=("SELECT", "INSERT"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    status: Mapped[PayoutAccountState] = PAYOUT_ACCOUNT.column()
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    missing: Mapped[list[str]] = mapped_column(default=list)
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    looked_at: Mapped[datetime | None]

    @property
    def missing_in_words(self) -> list[str]:
        """What Stripe still asks, each thing once, as people call it."""
        asked = dict.fromkeys(name.partition(".")[0] for name in self.missing)
        return [str(REQUIREMENTS.get(name, name)) for name in asked]


class Visit(Base):
    """That somebody goes to a page of Stripe's: to save a payment method, or to give an account's details."""

    __tablename__ = "stripe_visits"
    __table_args__ = (CheckConstraint("kind in ('method', 'onboarding')", name="kind"),)
    tenancy = replace(Kind.private(), grants=("SELECT", "INSERT"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[str]
    status: Mapped[VisitState] = VISIT.column()
    url: Mapped[str | None]
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    expires_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    asked_by: Mapped[str] = mapped_column(info=personal("contract", "1 year"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    looked_at: Mapped[datetime | None]


class StripeEvent(Base):
    """News that Stripe has sent, once by its id. Only what it is about is kept: the object itself is read anew."""

    __tablename__ = "stripe_events"
    __table_args__ = (
        UniqueConstraint("event_id"),
        Index("ix_stripe_events_open", "received_at", postgresql_where="processed_at is null"),
    )
    tenancy = Kind.PLATFORM

    event_id: Mapped[str]
    kind: Mapped[str]
    object_id: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    processed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)


explain("uq_payout_accounts_organisation_id", _l("Your organisation has a payout account already."))
