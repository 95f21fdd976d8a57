"""What can be done with people and their memberships?"""

from uuid import UUID

from marketplace.events.identity import MembershipChanged
from marketplace.foundation.db import fetch, save
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.people.models import Membership, Person
from marketplace.permissions import ROLES


class WrongRole(Invalid):
    """An organisation gives only the roles of the sides it takes."""


def add_person(*, email: str, name: str, language: str = "fr") -> Person:
    """Write a person who has proven their address, as the platform."""
    return save(Person(email=email.strip().lower(), name=name, language=language))


def add_membership(*, person_id: UUID, organisation_id: UUID, roles: list[str]) -> Membership:
    """Let a person act for an organisation in these roles. Raises WrongRole."""
    check_roles(fetch(Organisation, organisation_id), roles)
    return save(Membership(person_id=person_id, organisation_id=organisation_id, roles=sorted(roles)))


def change_roles(*, membership_id: UUID, roles: list[str], is_active: bool) -> Membership:
    """Give a member other roles, or end the membership. Raises WrongRole, NotFound."""
    row = fetch(Membership, membership_id, lock=True)
    check_roles(fetch(Organisation, row.organisation_id), roles)
    row.roles, row.is_active = sorted(roles), is_active
    announce(
        MembershipChanged(
            subject_id=row.person_id,
            organisation_id=row.organisation_id,
            roles=row.roles,
            is_active=is_active,
        )
    )
    return row


def check_roles(organisation: Organisation, roles: list[str]) -> None:
    """Raises WrongRole where one of `roles` is unknown or not for this kind of organisation."""
    for name in roles:
        if name not in ROLES or not ROLES[name].sides & organisation.sides:
            raise WrongRole(_l("“%(role)s” is no role of this organisation.", role=name), field="roles")
