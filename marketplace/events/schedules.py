"""Which news does what is needed again and again make?"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import OrganisationEvent


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionEvent(OrganisationEvent):
    """News of one standing requisition (the subject)."""

    subject: ClassVar[str] = "standing_requisition"
    number: str
    title: str
    requester_id: UUID


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionBegun(StandingRequisitionEvent):
    """Announced when somebody says what they need again and again."""

    headline: ClassVar[LazyString] = _l("Standing requisition begun")
    tone: ClassVar[str] = "good"


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionChanged(StandingRequisitionEvent):
    """Announced when they need it otherwise from now on."""

    headline: ClassVar[LazyString] = _l("Standing requisition changed")


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionPaused(StandingRequisitionEvent):
    """Announced when nothing is asked for until somebody lets it go on."""

    headline: ClassVar[LazyString] = _l("Standing requisition paused")
    tone: ClassVar[str] = "warning"
    reason: str


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionOrphaned(StandingRequisitionEvent):
    """Announced besides when it is paused because its requester may ask for nothing here any more."""

    headline: ClassVar[LazyString] = _l("Requester may not ask for anything any more")
    tone: ClassVar[str] = "bad"


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionResumed(StandingRequisitionEvent):
    """Announced when its requester lets it go on."""

    headline: ClassVar[LazyString] = _l("Standing requisition goes on")
    tone: ClassVar[str] = "good"


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionEnded(StandingRequisitionEvent):
    """Announced when it is over: after its last day, or because somebody has ended it."""

    headline: ClassVar[LazyString] = _l("Standing requisition is over")


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionSkipped(StandingRequisitionEvent):
    """Announced when nothing is needed on one of its days."""

    headline: ClassVar[LazyString] = _l("One day skipped")
    day: date


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionCalledOff(StandingRequisitionEvent):
    """Announced when one of its days has become a requisition."""

    headline: ClassVar[LazyString] = _l("Requisition made")
    tone: ClassVar[str] = "good"
    day: date
    requisition_number: str


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionRefused(StandingRequisitionEvent):
    """Announced when one of its days could not become a requisition; `reason` is in its requester's language."""

    headline: ClassVar[LazyString] = _l("No requisition could be made")
    tone: ClassVar[str] = "bad"
    day: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class StandingRequisitionMissed(StandingRequisitionEvent):
    """Announced when so many days, from the first to the last of them, have passed while no clock ran."""

    headline: ClassVar[LazyString] = _l("Days missed")
    tone: ClassVar[str] = "warning"
    days: int
    first_on: date
    last_on: date
