"""What do we remember of a framework agreement?"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

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

from marketplace.contracts.agreements.lifecycle import AGREEMENT, AgreementState
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money, money_column
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import HERE, ME, Kind, Tenancy

SHARED = Kind.shared()
OF_AGREEMENT = f"({SHARED.readers}) AND EXISTS (SELECT FROM agreements a WHERE a.id = agreement_id)"
WRITTEN_BY_PROPOSER = (
    "title, starts_on, ends_on, currency, ceiling_amount, status, contract_file_id, contract_sha256, language,"
    " ended_reason"
)


def of_agreement() -> ForeignKeyConstraint:
    """The key by which a row belongs to an agreement and repeats its parties."""
    return ForeignKeyConstraint(
        ["agreement_id", "buyer_id", "seller_id"],
        ["agreements.id", "agreements.buyer_id", "agreements.seller_id"],
    )


class Clause(Base):
    """A clause of the library, in one version; agreements quote it, so a version is never changed."""

    __tablename__ = "clauses"
    __table_args__ = (UniqueConstraint("code", "version"),)
    tenancy = Kind.REFERENCE

    code: Mapped[str]
    version: Mapped[int]
    position: Mapped[int]
    kind: Mapped[str]
    title_en: Mapped[str]
    title_fr: Mapped[str]
    body_en: Mapped[str]
    body_fr: Mapped[str]
    defaults: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Agreement(Base):
    """A framework agreement between a buyer and a seller (UBL Contract): prices and ceilings for a term."""

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="term"),
        CheckConstraint("buyer_id <> seller_id", name="two_parties"),
        CheckConstraint("ceiling_amount is null or ceiling_amount > 0", name="ceiling_is_positive"),
        CheckConstraint(
            "called_off_amount >= 0 and (ceiling_amount is null or called_off_amount <= ceiling_amount)",
            name="amount_within_ceiling",
        ),
        UniqueConstraint("id", "buyer_id", "seller_id"),
    )
    tenancy = Tenancy(
        f"({SHARED.readers}) AND (status <> 'draft' OR proposer_id = {HERE})",
        f"({SHARED.writers}) AND (status <> 'draft' OR proposer_id = {HERE})",
        ("SELECT", "INSERT", f"UPDATE ({WRITTEN_BY_PROPOSER})"),
    )

    number: Mapped[str]
    title: Mapped[str]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    proposer_id: Mapped[UUID]
    status: Mapped[AgreementState] = AGREEMENT.column()
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    ceiling_amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    called_off_amount: Mapped[Decimal] = mapped_column(Numeric(18, 4), default=Decimal(0))
    language: Mapped[str] = mapped_column(String(2), default="fr")
    contract_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    contract_sha256: Mapped[str | None]
    ended_reason: Mapped[str | None]
    written_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def answerer_id(self) -> UUID:
        """The party that did not write it."""
        return self.seller_id if self.proposer_id == self.buyer_id else self.buyer_id

    @property
    def ceiling(self) -> Money | None:
        """What may be called off in all; None where no amount is agreed."""
        return None if self.ceiling_amount is None else Money(self.ceiling_amount, self.currency)

    @property
    def called_off(self) -> Money:
        """What orders have called off so far."""
        return Money(self.called_off_amount, self.currency)

    def is_in_force(self, day: date) -> bool:
        """Whether orders of `day` may call off from it."""
        return self.status == AgreementState.CONCLUDED and self.starts_on <= day <= self.ends_on


class AgreementLine(Base):
    """The agreed price of one product, and how much of it may be called off; a draft's is seen by who writes it."""

    __tablename__ = "agreement_lines"
    __table_args__ = (
        of_agreement(),
        UniqueConstraint("agreement_id", "product_id"),
        CheckConstraint("unit_price_amount > 0", name="price_is_positive"),
        CheckConstraint("ceiling_quantity is null or ceiling_quantity > 0", name="ceiling_is_positive"),
        CheckConstraint(
            "called_off_quantity >= 0 and (ceiling_quantity is null or called_off_quantity <= ceiling_quantity)",
            name="quantity_within_ceiling",
        ),
        Index("ix_agreement_lines_buyer_product", "buyer_id", "product_id"),
    )
    tenancy = Tenancy(
        OF_AGREEMENT,
        OF_AGREEMENT,
        ("SELECT", "INSERT", "DELETE", "UPDATE (unit_price_amount, unit_price_currency, ceiling_quantity)"),
    )

    agreement_id: Mapped[UUID] = mapped_column(index=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    sku: Mapped[str]
    name: Mapped[str]
    unit_code: Mapped[str]
    unit_price: Mapped[Money] = money_column("unit_price")
    ceiling_quantity: Mapped[Decimal | None]
    called_off_quantity: Mapped[Decimal] = mapped_column(default=Decimal(0))


class AgreementClause(Base):
    """A clause of the library as this agreement quotes it, with its variables filled in."""

    __tablename__ = "agreement_clauses"
    __table_args__ = (of_agreement(), UniqueConstraint("agreement_id", "clause_id"))
    tenancy = Tenancy(OF_AGREEMENT, OF_AGREEMENT).deletable()

    agreement_id: Mapped[UUID] = mapped_column(index=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    clause_id: Mapped[UUID] = mapped_column(ForeignKey("clauses.id"))
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AgreementSignature(Base):
    """That a person signed these bytes for one of the parties: name, time, address, and the bytes' hash."""

    __tablename__ = "agreement_signatures"
    __table_args__ = (of_agreement(), UniqueConstraint("agreement_id", "organisation_id"))
    tenancy = Tenancy(SHARED.readers, f"organisation_id = {HERE} AND person_id = {ME}").append_only()

    agreement_id: Mapped[UUID] = mapped_column(index=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    signer_name: Mapped[str] = mapped_column(info=personal("contract", "10 years after the contract ends"))
    address: Mapped[str] = mapped_column(info=personal("contract", "10 years after the contract ends"))
    sha256: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(default=clock.now)


class CallOff(Base):
    """That an order takes so much from an agreement's line; a trigger counts it against the ceilings."""

    __tablename__ = "call_offs"
    __table_args__ = (
        of_agreement(),
        CheckConstraint("quantity > 0 and amount > 0", name="is_positive"),
        Index("ix_call_offs_order", "order_id"),
    )
    tenancy = Tenancy(SHARED.readers, f"buyer_id = {HERE}", ("SELECT", "INSERT", "UPDATE (released_at)"))

    agreement_id: Mapped[UUID] = mapped_column(index=True)
    agreement_line_id: Mapped[UUID] = mapped_column(ForeignKey("agreement_lines.id"), index=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    order_id: Mapped[UUID]
    quantity: Mapped[Decimal]
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    called_off_on: Mapped[date]
    released_at: Mapped[datetime | None]


explain("ck_agreements_term", _l("The last day cannot be before the first."), field="ends_on")
explain(
    "uq_agreement_lines_agreement_id_product_id", _l("This product is already on the agreement."), field="sku"
)
explain("ck_agreement_lines_price_is_positive", _l("The price must be more than zero."), field="unit_price")
explain("agreement_is_fixed", _l("This agreement can no longer be changed."))
explain("agreement_needs_both_signatures", _l("Both parties must have signed the same contract."))
explain("agreement_in_force", _l("The agreement is not in force on that day."))
