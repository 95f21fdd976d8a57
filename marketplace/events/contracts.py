"""Which news do framework agreements make?"""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from marketplace.foundation.outbox import TradeEvent


@dataclass(frozen=True, kw_only=True)
class AgreementEvent(TradeEvent):
    """News of one framework agreement (the subject)."""

    subject: ClassVar[str] = "agreement"
    number: str
    title: str


@dataclass(frozen=True, kw_only=True)
class AgreementProposed(AgreementEvent):
    """Announced when one party lays an agreement before the other; the worker renders the contract to be signed."""

    proposer_id: UUID


@dataclass(frozen=True, kw_only=True)
class AgreementRendered(AgreementEvent):
    """Announced when the contract's PDF is filed: from now on both parties sign these bytes."""

    file_id: UUID
    sha256: str


@dataclass(frozen=True, kw_only=True)
class AgreementSigned(AgreementEvent):
    """Announced at each signature."""

    signer_organisation_id: UUID
    signer_name: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class AgreementConcluded(AgreementEvent):
    """Announced when the last party has signed: prices and ceilings are in force from the agreement's first day."""


@dataclass(frozen=True, kw_only=True)
class AgreementDeclined(AgreementEvent):
    """Announced when the other party declines the proposal, with the reason."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class AgreementWithdrawn(AgreementEvent):
    """Announced when the proposer takes the proposal back."""


@dataclass(frozen=True, kw_only=True)
class AgreementEnded(AgreementEvent):
    """Announced when the term is over or a party has terminated it, with the reason."""

    reason: str
