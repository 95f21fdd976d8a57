"""What do we remember of a dispute?

Its frame is known to both sides and, once a mediator is called, to the operator's people, who have to name one. What is
said, shown and offered is known to both sides and to the mediator in person, from the day on which both accepted the
mediation; it is written once and never changed.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.disputes.cases.lifecycle import DISPUTE, FINALS, DisputeState
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.files import StoredFile
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import UNIT_PRICE, Money, money_column
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import HERE, ME, Kind, Tenancy

KEEPING = personal("legal claim", "10 years after the dispute")
DISPUTE_KEY = ["disputes.id", "disputes.buyer_id", "disputes.seller_id"]
SIDES = Kind.shared().readers
MOVED = (
    "status, moved_at, due_at, called_by_id, mediator_id, mediator_person_id, mediator_name, mediation_ends_at,"
    " settled_proposal_id, outcome, is_founded, returned_amount, closed_at"
)
ENDED = ", ".join(f"'{state}'" for state in sorted(FINALS))


def in_the_room(table: str) -> str:
    """Both sides, and the mediator in person once both have accepted: the operator's other people are outside."""
    return (
        f"{SIDES} OR EXISTS (SELECT FROM disputes d WHERE d.id = {table}.dispute_id"
        f" AND d.mediator_id = {HERE} AND d.mediator_person_id = {ME} AND d.mediation_ends_at IS NOT NULL)"
    )


def said_in_the_room(table: str, author: str) -> Tenancy:
    """Rows that everybody in the room reads, and that whoever is there adds in their own name, once and for all."""
    room = in_the_room(table)
    return Tenancy(room, f"{author} = {HERE} AND person_id = {ME} AND ({room})").append_only()


class DisputeReason(StrEnum):
    """What is wrong."""

    SHORT = "short"
    DAMAGED = "damaged"
    WRONG = "wrong"
    LATE = "late"
    PRICE = "price"
    OTHER = "other"


class Outcome(StrEnum):
    """How a dispute has ended."""

    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REFERRED = "referred"


class Dispute(Base):
    """That one party of an order contests so much of it (UBL has no document for this).

    `days` are the working days of each state, as they were agreed when it was opened; `returned` is what the outcome
    gives back of the contested money, the rest is the seller's.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "buyer_id", "seller_id"],
            ["purchase_orders.id", "purchase_orders.buyer_id", "purchase_orders.seller_id"],
        ),
        UniqueConstraint("opener_id", "number"),
        UniqueConstraint("opener_id", "request_id"),
        UniqueConstraint("id", "buyer_id", "seller_id"),
        CheckConstraint("opener_id in (buyer_id, seller_id)", name="opened_by_a_party"),
        CheckConstraint("contested_amount > 0", name="something_is_contested"),
        CheckConstraint(f"reason in ({', '.join(repr(str(r)) for r in DisputeReason)})", name="reason"),
        CheckConstraint(f"outcome in ({', '.join(repr(str(o)) for o in Outcome)})", name="outcome"),
        CheckConstraint(f"(status in ({ENDED})) = (due_at is null)", name="open_ones_have_a_clock"),
        CheckConstraint(
            f"(status in ({ENDED})) = (outcome is not null and is_founded is not null and closed_at is not null)",
            name="ended_ones_have_an_outcome",
        ),
        CheckConstraint(
            "returned_amount between 0 and contested_amount and"
            f" (returned_amount is null) = (status not in ({ENDED}, 'settled'))",
            name="returned_within_contested",
        ),
        CheckConstraint(
            "(mediator_id is null) = (called_by_id is null) and (mediator_person_id is null) = (mediator_name is null)"
            " and (mediator_person_id is null or mediator_id is not null)"
            " and (mediation_ends_at is null or mediator_person_id is not null)",
            name="mediator_is_called_then_named",
        ),
        Index("ix_disputes_order", "order_id"),
        Index("ix_disputes_due", "due_at", postgresql_where="due_at is not null"),
        Index("ix_disputes_buyer", "buyer_id", "id"),
        Index("ix_disputes_seller", "seller_id", "id"),
        Index("ix_disputes_mediator", "mediator_id", "mediator_person_id"),
        Index("uq_disputes_receipt", "receipt_id", unique=True, postgresql_where="status <> 'withdrawn'"),
    )
    tenancy = Tenancy(
        Kind.parties("buyer_id", "seller_id", "mediator_id").readers,
        Kind.parties("buyer_id", "seller_id", "mediator_id").writers,
        ("SELECT", "INSERT", f"UPDATE ({MOVED})"),
        ("SELECT", "INSERT", "UPDATE"),
    )

    number: Mapped[str]
    request_id: Mapped[UUID]
    order_id: Mapped[UUID]
    order_number: Mapped[str]
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("receipts.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    opener_id: Mapped[UUID]
    opened_by: Mapped[str] = mapped_column(info=KEEPING)
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    reason: Mapped[DisputeReason] = mapped_column(Text)
    contested: Mapped[Money] = money_column("contested")
    days: Mapped[dict[str, Any]]
    status: Mapped[DisputeState] = DISPUTE.column()
    moved_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime | None]
    called_by_id: Mapped[UUID | None]
    mediator_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    mediator_person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    mediator_name: Mapped[str | None] = mapped_column(info=KEEPING)
    mediation_ends_at: Mapped[datetime | None]
    settled_proposal_id: Mapped[UUID | None]
    outcome: Mapped[Outcome | None] = mapped_column(Text)
    is_founded: Mapped[bool | None]
    returned_amount: Mapped[Decimal | None]
    closed_at: Mapped[datetime | None]

    @property
    def respondent_id(self) -> UUID:
        """The side that did not open it."""
        return self.seller_id if self.opener_id == self.buyer_id else self.buyer_id

    @property
    def sides(self) -> dict[str, UUID]:
        """Between whom it is, in the columns that every child repeats."""
        return {"buyer_id": self.buyer_id, "seller_id": self.seller_id}

    @property
    def returned(self) -> Money | None:
        """What goes back to the buyer; None while that is not decided."""
        if self.returned_amount is None:
            return None
        return Money(self.returned_amount, self.contested.currency)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status not in FINALS


class DisputeLine(Base):
    """That the dispute is about so much of this order line; without a quantity, about the line as a whole."""

    __tablename__ = "dispute_lines"
    __table_args__ = (
        ForeignKeyConstraint(["dispute_id", "buyer_id", "seller_id"], DISPUTE_KEY),
        UniqueConstraint("dispute_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        Index("ix_dispute_lines_order_line", "order_line_id"),
    )
    tenancy = Tenancy(in_the_room("dispute_lines"), SIDES).append_only()

    dispute_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("purchase_order_lines.id"))
    position: Mapped[int]
    sku: Mapped[str]
    name: Mapped[str]
    unit_code: Mapped[str]
    ordered: Mapped[Decimal]
    unit_price: Mapped[Money] = money_column("unit_price", kept=UNIT_PRICE)
    quantity: Mapped[Decimal | None]

    @property
    def at_issue(self) -> Decimal:
        """How much of the line the dispute is about."""
        return self.ordered if self.quantity is None else self.quantity


class ContributionKind(StrEnum):
    """What a contribution is for; all but messages belong to one step of the procedure."""

    OPENING = "opening"
    REPLY = "reply"
    CLAIM = "claim"
    ANSWER = "answer"
    MESSAGE = "message"
    WITHDRAWAL = "withdrawal"


class Contribution(Base):
    """What somebody has said in the joint room, before everybody who is in it."""

    __tablename__ = "dispute_contributions"
    __table_args__ = (
        ForeignKeyConstraint(["dispute_id", "buyer_id", "seller_id"], DISPUTE_KEY),
        CheckConstraint(f"kind in ({', '.join(repr(str(k)) for k in ContributionKind)})", name="kind"),
        CheckConstraint("body <> '' and length(body) <= 10000", name="says_something"),
        Index("ix_dispute_contributions_dispute", "dispute_id", "position"),
        Index(
            "uq_dispute_contributions_step",
            "dispute_id",
            "kind",
            unique=True,
            postgresql_where="kind <> 'message'",
        ),
    )
    tenancy = said_in_the_room("dispute_contributions", "author_id")

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    dispute_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    author_id: Mapped[UUID]
    person_id: Mapped[UUID]
    author_name: Mapped[str] = mapped_column(info=KEEPING)
    kind: Mapped[ContributionKind] = mapped_column(Text)
    body: Mapped[str]
    said_at: Mapped[datetime] = mapped_column(default=clock.now)


class Evidence(Base):
    """A file that proves something, with its hash; nobody can change or delete it."""

    __tablename__ = "dispute_evidence"
    __table_args__ = (
        ForeignKeyConstraint(["dispute_id", "buyer_id", "seller_id"], DISPUTE_KEY),
        UniqueConstraint("dispute_id", "author_id", "sha256"),
    )
    tenancy = said_in_the_room("dispute_evidence", "author_id")

    dispute_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    author_id: Mapped[UUID]
    person_id: Mapped[UUID]
    author_name: Mapped[str] = mapped_column(info=KEEPING)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    added_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def file(self) -> StoredFile:
        """The file as it is sent: the store's own row names the two sides only, and the mediator reads this one."""
        return StoredFile(name=self.name, media_type=self.media_type, sha256=self.sha256, size=self.size)


class Proposal(Base):
    """A settlement that one side, or the mediator, offers; the newest of a dispute is the one that can be signed.

    `refund` and `credit` go back to the buyer, `replacements` (by order line) are sent again, by `redelivery_on`.
    `sha256` is the hash of its terms, which the signatures repeat.
    """

    __tablename__ = "settlement_proposals"
    __table_args__ = (
        ForeignKeyConstraint(["dispute_id", "buyer_id", "seller_id"], DISPUTE_KEY),
        UniqueConstraint("dispute_id", "number"),
        UniqueConstraint("id", "dispute_id"),
        CheckConstraint("refund_amount >= 0 and credit_amount >= 0", name="amounts_are_not_negative"),
        CheckConstraint("refund_currency = credit_currency", name="one_currency"),
        CheckConstraint(
            "refund_amount > 0 or credit_amount > 0 or redelivery_on is not null"
            " or jsonb_array_length(replacements) > 0",
            name="offers_something",
        ),
        CheckConstraint("length(note) <= 10000", name="note_is_short"),
    )
    tenancy = said_in_the_room("settlement_proposals", "proposer_id")

    dispute_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    number: Mapped[int]
    proposer_id: Mapped[UUID]
    person_id: Mapped[UUID]
    proposer_name: Mapped[str] = mapped_column(info=KEEPING)
    refund: Mapped[Money] = money_column("refund")
    credit: Mapped[Money] = money_column("credit")
    replacements: Mapped[list[dict[str, Any]]]
    redelivery_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def returned(self) -> Money:
        """What would go back to the buyer in money."""
        return self.refund + self.credit


class ProposalAnswer(Base):
    """That a person has signed a proposal for their side, or declined it: once."""

    __tablename__ = "settlement_answers"
    __table_args__ = (
        ForeignKeyConstraint(["dispute_id", "buyer_id", "seller_id"], DISPUTE_KEY),
        ForeignKeyConstraint(
            ["proposal_id", "dispute_id"], ["settlement_proposals.id", "settlement_proposals.dispute_id"]
        ),
        UniqueConstraint("proposal_id", "organisation_id"),
        UniqueConstraint("proposal_id", "person_id"),
        CheckConstraint("organisation_id in (buyer_id, seller_id)", name="given_by_a_party"),
    )
    tenancy = said_in_the_room("settlement_answers", "organisation_id")

    dispute_id: Mapped[UUID] = mapped_column(index=True)
    proposal_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(info=KEEPING)
    is_signature: Mapped[bool]
    reason: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(info=KEEPING)
    sha256: Mapped[str]
    answered_at: Mapped[datetime] = mapped_column(default=clock.now)


class FactSheet(Base):
    """What the house knew of the order when it was drawn up: written by the platform, for all in the room."""

    __tablename__ = "dispute_fact_sheets"
    __table_args__ = (
        ForeignKeyConstraint(["dispute_id", "buyer_id", "seller_id"], DISPUTE_KEY),
        UniqueConstraint("dispute_id", "version"),
    )
    tenancy = Tenancy(in_the_room("dispute_fact_sheets"), "false", ("SELECT",), ("SELECT", "INSERT"))

    dispute_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    version: Mapped[int]
    facts: Mapped[dict[str, Any]]
    drawn_up_at: Mapped[datetime] = mapped_column(default=clock.now)


explain("dispute_is_the_other_sides_move", _l("This step is not yours to take."))
explain("dispute_is_unfit", _l("This cannot be contested: please look at the order again."), field="amount")
explain(
    "dispute_contests_twice",
    _l("One of these lines is already the subject of an open dispute."),
    field="order_line_ids",
)
explain("uq_disputes_receipt", _l("There is a dispute about this receipt already."))
explain("dispute_has_ended", _l("The dispute has ended, or its settlement is signed."))
explain(
    "dispute_step_is_past", _l("The time for this has passed. Please write it in the joint room instead.")
)
explain("proposal_is_unfit", _l("No more can be offered than is contested."), field="refund")
explain("proposal_is_superseded", _l("There is a newer proposal; please look at it first."))
explain(
    "uq_settlement_answers_proposal_id_organisation_id", _l("Your side has already answered this proposal.")
)
explain("uq_settlement_answers_proposal_id_person_id", _l("Each side signs by a person of its own."))
explain("uq_dispute_contributions_step", _l("Somebody of your side has just done this."))
explain("settlement_needs_both_signatures", _l("Both sides must have signed the same proposal."))
explain("mediator_has_a_conflict", _l("This person belongs, or has belonged, to one of the two sides."))
explain("uq_dispute_evidence_dispute_id_author_id_sha256", _l("You have filed exactly this file already."))
