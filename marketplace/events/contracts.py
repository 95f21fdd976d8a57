"""Which news do framework agreements make?"""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
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

    headline: ClassVar[LazyString] = _l("Agreement proposed")
    tone: ClassVar[str] = "waiting"
    proposer_id: UUID


@dataclass(frozen=True, kw_only=True)
class AgreementRendered(AgreementEvent):
    """Announced when the contract's PDF is filed: from now on both parties sign these bytes."""

    headline: ClassVar[LazyString] = _l("Contract ready to be signed")
    tone: ClassVar[str] = "waiting"
    file_id: UUID
    sha256: str


@dataclass(frozen=True, kw_only=True)
class AgreementSigned(AgreementEvent):
    """Announced at each signature."""

    headline: ClassVar[LazyString] = _l("Signed by one party")
    tone: ClassVar[str] = "info"
    signer_organisation_id: UUID
    signer_name: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class AgreementConcluded(AgreementEvent):
    """Announced when the last party has signed: prices and ceilings are in force from the agreement's first day."""

    headline: ClassVar[LazyString] = _l("Agreement concluded")
    tone: ClassVar[str] = "good"


@dataclass(frozen=True, kw_only=True)
class AgreementDeclined(AgreementEvent):
    """Announced when the other party declines the proposal, with the reason."""

    headline: ClassVar[LazyString] = _l("Agreement declined")
    tone: ClassVar[str] = "bad"
    reason: str


@dataclass(frozen=True, kw_only=True)
class AgreementWithdrawn(AgreementEvent):
    """Announced when the proposer takes the proposal back."""

    headline: ClassVar[LazyString] = _l("Agreement withdrawn")


@dataclass(frozen=True, kw_only=True)
class AgreementEnded(AgreementEvent):
    """Announced when the term is over or a party has terminated it, with the reason."""

    headline: ClassVar[LazyString] = _l("Agreement ended")
    reason: str
