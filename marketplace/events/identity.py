"""Which news do organisations and people make?"""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from marketplace.foundation.outbox import OrganisationEvent


@dataclass(frozen=True, kw_only=True)
class OrganisationRegistered(OrganisationEvent):
    """Announced at sign-up: somebody asks to be admitted. The operator's desk hears it."""

    subject: ClassVar[str] = "organisation"
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
    name: str


@dataclass(frozen=True, kw_only=True)
class OrganisationRefused(OrganisationEvent):
    """Announced when the operator refuses an application, with the reason."""

    subject: ClassVar[str] = "organisation"
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrganisationSuspended(OrganisationEvent):
    """Announced when the operator suspends an organisation, with the reason; nobody signs in for it any more."""

    subject: ClassVar[str] = "organisation"
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PersonInvited(OrganisationEvent):
    """Announced when an administrator invites somebody by e-mail."""

    subject: ClassVar[str] = "person"
    email: str
    roles: list[str]


@dataclass(frozen=True, kw_only=True)
class InvitationAccepted(OrganisationEvent):
    """Announced when an invited person has joined."""

    subject: ClassVar[str] = "person"
    email: str


@dataclass(frozen=True, kw_only=True)
class MembershipChanged(OrganisationEvent):
    """Announced when somebody's roles change, or end."""

    subject: ClassVar[str] = "person"
    roles: list[str]
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(OrganisationEvent):
    """Announced when a key for programs is made; the key itself is never stored."""

    subject: ClassVar[str] = "api_key"
    label: str


@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(OrganisationEvent):
    """Announced when a key is revoked."""

    subject: ClassVar[str] = "api_key"
    label: str
