"""Which news do organisations and people make?"""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import OrganisationEvent


@dataclass(frozen=True, kw_only=True)
class OrganisationRegistered(OrganisationEvent):
    """Announced at sign-up: somebody asks to be admitted. The operator's desk hears it."""

    subject: ClassVar[str] = "organisation"
    headline: ClassVar[LazyString] = _l("Application received")
    tone: ClassVar[str] = "waiting"
    name: str
    operator_id: UUID

    @property
    def parties(self) -> tuple[UUID, ...]:
        """The applicant and the operator."""
        return (self.organisation_id, self.operator_id)


@dataclass(frozen=True, kw_only=True)
class OrganisationAdmitted(OrganisationEvent):
    """Announced when the operator admits an organisation to the market."""

    subject: ClassVar[str] = "organisation"
    headline: ClassVar[LazyString] = _l("Admitted to the market")
    tone: ClassVar[str] = "good"
    name: str


@dataclass(frozen=True, kw_only=True)
class OrganisationRefused(OrganisationEvent):
    """Announced when the operator refuses an application, with the reason."""

    subject: ClassVar[str] = "organisation"
    headline: ClassVar[LazyString] = _l("Application refused")
    tone: ClassVar[str] = "bad"
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrganisationSuspended(OrganisationEvent):
    """Announced when the operator suspends an organisation, with the reason; nobody signs in for it any more."""

    subject: ClassVar[str] = "organisation"
    headline: ClassVar[LazyString] = _l("Suspended")
    tone: ClassVar[str] = "bad"
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrganisationChanged(OrganisationEvent):
    """Announced when an organisation changes what it says of itself. The operator's desk hears it."""

    subject: ClassVar[str] = "organisation"
    headline: ClassVar[LazyString] = _l("Organisation's particulars changed")
    name: str
    previous_name: str
    operator_id: UUID

    @property
    def parties(self) -> tuple[UUID, ...]:
        """The organisation, and the operator, who admitted it under what it said."""
        return tuple(dict.fromkeys((self.organisation_id, self.operator_id)))


@dataclass(frozen=True, kw_only=True)
class SiteChanged(OrganisationEvent):
    """Announced when a site is added, changed, closed or opened again."""

    subject: ClassVar[str] = "site"
    headline: ClassVar[LazyString] = _l("Site changed")
    name: str
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class PersonInvited(OrganisationEvent):
    """Announced when an administrator invites somebody by e-mail; the subject is the invitation."""

    subject: ClassVar[str] = "person"
    headline: ClassVar[LazyString] = _l("Person invited")
    tone: ClassVar[str] = "info"
    email: str
    roles: list[str]


@dataclass(frozen=True, kw_only=True)
class InvitationWithdrawn(OrganisationEvent):
    """Announced when an invitation is taken back before it was accepted; the subject is the invitation."""

    subject: ClassVar[str] = "person"
    headline: ClassVar[LazyString] = _l("Invitation withdrawn")
    email: str


@dataclass(frozen=True, kw_only=True)
class InvitationAccepted(OrganisationEvent):
    """Announced when an invited person has joined; the subject is the invitation."""

    subject: ClassVar[str] = "person"
    headline: ClassVar[LazyString] = _l("Invitation accepted")
    tone: ClassVar[str] = "good"
    email: str
    name: str
    invited_by_id: UUID


@dataclass(frozen=True, kw_only=True)
class MembershipChanged(OrganisationEvent):
    """Announced when somebody's roles change, or end."""

    subject: ClassVar[str] = "person"
    headline: ClassVar[LazyString] = _l("Roles changed")
    roles: list[str]
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(OrganisationEvent):
    """Announced when a key for programs is made; the key itself is never stored."""

    subject: ClassVar[str] = "api_key"
    headline: ClassVar[LazyString] = _l("API key created")
    label: str


@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(OrganisationEvent):
    """Announced when a key is revoked."""

    subject: ClassVar[str] = "api_key"
    headline: ClassVar[LazyString] = _l("API key revoked")
    label: str
