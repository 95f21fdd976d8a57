"""What can be asked about people, their memberships and invitations?"""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import LazyString
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import array

from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.people.models import Invitation, Membership, Person
from marketplace.permissions import ROLES


def person(person_id: UUID) -> Person:
    """That person: oneself or a colleague. Raises NotFound."""
    return fetch(Person, person_id)


def colleagues() -> Sequence[tuple[Person, Membership]]:
    """Everybody who acts, or once acted, for the actor's organisation, by name."""
    return members_of(current_actor().organisation)


def members_of(organisation_id: UUID) -> Sequence[tuple[Person, Membership]]:
    """Everybody who acts, or once acted, for that organisation, by name; of another one only the platform sees them."""
    statement = (
        select(Person, Membership)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id)
        .order_by(Membership.is_active.desc(), func.lower(Person.name))
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def colleague(membership_id: UUID) -> tuple[Person, Membership]:
    """The member with that membership of the actor's organisation. Raises NotFound."""
    row = fetch(Membership, membership_id)
    if row.organisation_id != current_actor().organisation:
        raise NotFound(_l("There is nothing here that you may see."))
    return fetch(Person, row.person_id), row


def people_permitted(*permissions: str) -> list[Person]:
    """The active colleagues whose roles allow one of `permissions`, by name."""
    able = [name for name, role in ROLES.items() if not role.permissions.isdisjoint(permissions)]
    statement = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == current_actor().organisation,
            Membership.is_active,
            Membership.roles.has_any(array(able)),
        )
        .order_by(func.lower(Person.name))
    )
    return list(session().scalars(statement))


def active_colleagues(person_ids: Sequence[UUID] | set[UUID]) -> list[Person]:
    """Those of these people who act for the actor's organisation now."""
    statement = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == current_actor().organisation,
            Membership.is_active,
            Person.id.in_(person_ids),
        )
    )
    return list(session().scalars(statement))


def person_names(ids: Sequence[UUID] | set[UUID]) -> dict[UUID, str]:
    """Names by id, in one statement, of oneself and colleagues."""
    rows = session().execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def is_member(email: str) -> bool:
    """Whether somebody with that address acts for the actor's organisation now."""
    statement = (
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == current_actor().organisation,
            Membership.is_active,
            Person.email == email,
        )
    )
    return session().scalar(statement) is not None


def my_memberships() -> Sequence[tuple[Membership, Organisation]]:
    """The organisations that the acting person acts for, by name, whatever state they are in."""
    statement = (
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == current_actor().person, Membership.is_active)
        .order_by(func.lower(Organisation.name))
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def my_roles() -> list[str]:
    """The roles in which the acting person acts for the present organisation."""
    actor = current_actor()
    statement = select(Membership.roles).where(
        Membership.person_id == actor.person,
        Membership.organisation_id == actor.organisation,
        Membership.is_active,
    )
    return session().scalar(statement) or []


def invitations() -> Sequence[Invitation]:
    """The invitations of the actor's organisation that nobody has accepted or withdrawn, newest first."""
    statement = select(Invitation).where(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
    return session().scalars(statement.order_by(Invitation.id.desc())).all()


def roles_of(sides: frozenset[str]) -> dict[str, LazyString]:
    """The roles that an organisation of these sides may give, and what they are called."""
    return {name: role.label for name, role in ROLES.items() if role.sides & sides}


def role_labels(roles: Sequence[str]) -> str:
    """These roles, as people read them."""
    return ", ".join(str(ROLES[name].label) for name in roles if name in ROLES)
