"""Which news do disputes make?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import Event


@dataclass(frozen=True)
class ReplacementLine:
    """So much of one order line is sent again."""

    order_line_id: UUID
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class DisputeEvent(Event):
    """News of one dispute (the subject): of its buyer, its seller and, once called, its mediator's organisation."""

    subject: ClassVar[str] = "dispute"
    number: str
    order_id: UUID
    order_number: str
    buyer_id: UUID
    seller_id: UUID
    mediator_id: UUID | None = None

    @property
    def parties(self) -> tuple[UUID, ...]:
        """Both sides, and the mediator's organisation where one was called."""
        return tuple(party for party in (self.buyer_id, self.seller_id, self.mediator_id) if party)


@dataclass(frozen=True, kw_only=True)
class DisputeOpened(DisputeEvent):
    """Announced at once: the contested money is held, the scorecard marks the lines."""

    headline: ClassVar[LazyString] = _l("Dispute opened")
    tone: ClassVar[str] = "bad"
    opened_by_id: UUID
    reason: str
    amount: Decimal
    currency: str
    order_line_ids: list[UUID]


@dataclass(frozen=True, kw_only=True)
class DisputeMoved(DisputeEvent):
    """Announced at every other step of the procedure: what it is called, and until when the next must be taken."""

    headline: ClassVar[LazyString] = _l("Dispute moved on")
    tone: ClassVar[str] = "info"
    state: str
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ProposalMade(DisputeEvent):
    """Announced, between the sides, when one of them proposes a settlement; a counter-proposal is one as well.

    The mediator's proposal is a step of the procedure: DisputeMoved tells of it, and says nothing of what it offers.
    """

    headline: ClassVar[LazyString] = _l("Settlement proposed")
    tone: ClassVar[str] = "waiting"
    proposal_id: UUID
    proposer_id: UUID
    remedy: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class SettlementSigned(DisputeEvent):
    """Announced at each signature under a settlement."""

    headline: ClassVar[LazyString] = _l("Settlement signed by one party")
    tone: ClassVar[str] = "info"
    proposal_id: UUID
    signer_organisation_id: UUID


@dataclass(frozen=True, kw_only=True)
class DisputeSettled(DisputeEvent):
    """Announced when both have signed: the settlement executes itself. Fulfilment hears a replacement."""

    headline: ClassVar[LazyString] = _l("Dispute settled")
    tone: ClassVar[str] = "good"
    proposal_id: UUID
    remedy: str
    amount: Decimal
    currency: str
    replacements: list[ReplacementLine]


@dataclass(frozen=True, kw_only=True)
class DisputeClosed(DisputeEvent):
    """Announced when a dispute has ended: carried out, withdrawn or lapsed (also after a referral). Scorecards hear it.

    `outcome` is "settled", "withdrawn", "lapsed" or "referred"; `is_founded` says whether the opener got something.
    """

    headline: ClassVar[LazyString] = _l("Dispute closed")
    outcome: str
    is_founded: bool
    order_line_ids: list[UUID]
