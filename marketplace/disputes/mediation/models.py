"""What do we remember of a mediation: who accepted it, and what was confided to the mediator?

What a side says in its caucus names that side and the mediator in person, and nobody else: so the other side, and the
operator's other people, cannot read it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.disputes.cases.models import DISPUTE_KEY, KEEPING
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import HERE, ME, Kind, Tenancy

CONFIDANTS = f"organisation_id = {HERE} OR (mediator_id = {HERE} AND mediator_person_id = {ME})"


class MediationAnswer(Base):
    """That a side accepts mediation by this person, or does not: once."""

    __tablename__ = "mediation_answers"
    __table_args__ = (
        ForeignKeyConstraint(["dispute_id", "buyer_id", "seller_id"], DISPUTE_KEY),
        UniqueConstraint("dispute_id", "organisation_id"),
        CheckConstraint("organisation_id in (buyer_id, seller_id)", name="given_by_a_side"),
    )
    tenancy = Tenancy(
        Kind.parties("buyer_id", "seller_id", "mediator_id").readers,
        f"organisation_id = {HERE} AND person_id = {ME}",
    ).append_only()

    dispute_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    mediator_id: Mapped[UUID]
    mediator_person_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(info=KEEPING)
    is_accepted: Mapped[bool]
    answered_at: Mapped[datetime] = mapped_column(default=clock.now)


class CaucusMessage(Base):
    """What one side (`organisation_id`) and the mediator say to each other alone."""

    __tablename__ = "caucus_messages"
    __table_args__ = (
        CheckConstraint("body <> '' and length(body) <= 10000", name="says_something"),
        Index("ix_caucus_messages_caucus", "dispute_id", "organisation_id", "position"),
    )
    tenancy = Tenancy(CONFIDANTS, f"author_id = {HERE} AND person_id = {ME} AND ({CONFIDANTS})").append_only()

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("disputes.id"))
    organisation_id: Mapped[UUID]
    mediator_id: Mapped[UUID]
    mediator_person_id: Mapped[UUID]
    author_id: Mapped[UUID]
    person_id: Mapped[UUID]
    author_name: Mapped[str] = mapped_column(info=KEEPING)
    body: Mapped[str]
    said_at: Mapped[datetime] = mapped_column(default=clock.now)


explain("uq_mediation_answers_dispute_id_organisation_id", _l("Your side has already answered."))
explain("mediation_is_not_open", _l("Mediation has not begun, or it is over."))
explain(
    "mediator_stays_neutral",
    _l("This person mediates a dispute of your organisation and cannot join it now."),
)
