"""What can be asked about people and their memberships?"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation.db import fetch, session
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.people.models import Membership, Person
from marketplace.permissions import permissions_of


def person(person_id: UUID) -> Person:
    """That person: oneself or a colleague. Raises NotFound."""
    return fetch(Person, person_id)


def colleagues() -> Sequence[tuple[Person, Membership]]:
    """Everybody who acts, or once acted, for the actor's organisation, by name."""
    statement = (
        select(Person, Membership)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == current_actor().organisation)
        .order_by(Person.name)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def people_permitted(permission: str) -> list[Person]:
    """The active colleagues whose roles allow `permission`, by name."""
    return [p for p, m in colleagues() if m.is_active and permission in permissions_of(m.roles)]


def person_names(ids: Sequence[UUID] | set[UUID]) -> dict[UUID, str]:
    """Names by id, in one statement, of oneself and colleagues."""
    rows = session().execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}
