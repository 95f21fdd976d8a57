"""What can be asked about standing requisitions?"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import array

from marketplace.buyers.schedules.lifecycle import StandingState
from marketplace.buyers.schedules.models import StandingLine, StandingRequisition, StandingRun
from marketplace.buyers.schedules.recurrence import Day, days
from marketplace.foundation.db import fetch, session
from marketplace.foundation.tenancy import Actor
from marketplace.identity.organisations.lifecycle import OrganisationState
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.organisations.queries import site
from marketplace.identity.people.models import Membership, Person
from marketplace.permissions import ROLES, Permission, permissions_of

AT_A_TIME = 500
ABLE = [name for name, role in ROLES.items() if Permission.REQUISITION_WRITE in role.permissions]


class Due(NamedTuple):
    """A standing requisition of which a day is due, and whoever it is made as; None where they may no longer."""

    standing_id: UUID
    organisation_id: UUID
    requester: Actor | None
    language: str


def standing(standing_id: UUID) -> StandingRequisition:
    """That standing requisition. Raises NotFound."""
    return fetch(StandingRequisition, standing_id)


def standing_for_update(standing_id: UUID) -> StandingRequisition:
    """The same, locked until the transaction ends. Raises NotFound."""
    return fetch(StandingRequisition, standing_id, lock=True)


def standing_of_line(line_id: UUID) -> StandingRequisition:
    """That of which this is a line. Raises NotFound."""
    return standing(fetch(StandingLine, line_id).standing_id)


def standings(state: StandingState) -> Select[StandingRequisition]:
    """Those of the organisation in that state, to be paged."""
    return select(StandingRequisition).where(StandingRequisition.status == state)


def counts_by_state() -> dict[str, int]:
    """How many the organisation has in each state."""
    statement = select(StandingRequisition.status, func.count()).group_by(StandingRequisition.status)
    return {row[0]: row[1] for row in session().execute(statement)}


def lines_of(standing_id: UUID) -> Sequence[StandingLine]:
    """What is needed each time, in its order."""
    statement = select(StandingLine).where(StandingLine.standing_id == standing_id)
    return session().scalars(statement.order_by(StandingLine.position, StandingLine.id)).all()


def line_counts(ids: Collection[UUID]) -> dict[UUID, int]:
    """How many lines each of them has, in one statement."""
    statement = (
        select(StandingLine.standing_id, func.count())
        .where(StandingLine.standing_id.in_(ids))
        .group_by(StandingLine.standing_id)
    )
    return {row[0]: row[1] for row in session().execute(statement)}


def runs_of(standing_id: UUID) -> Select[StandingRun]:
    """What became of its days, to be paged."""
    return select(StandingRun).where(StandingRun.standing_id == standing_id)


def days_ahead(row: StandingRequisition) -> Iterator[Day]:
    """The days that count and of which nothing has become yet, in their order."""
    settled = set(session().scalars(select(StandingRun.day).where(StandingRun.standing_id == row.id)))
    for day in days(row.rule, row.starts_on, site(row.site_id).country):
        if day.on >= row.counts_from and day.on not in settled:
            yield day


def standings_due(today: date) -> list[Due]:
    """Those that have a day to be made by `today`, or a requester who may no longer; as the platform.

    An organisation that may not trade at present is passed over.
    """
    statement = (
        select(StandingRequisition, Person, Membership, Organisation)
        .join(Organisation, Organisation.id == StandingRequisition.organisation_id)
        .join(Person, Person.id == StandingRequisition.requester_id)
        .join(
            Membership,
            (Membership.person_id == Person.id) & (Membership.organisation_id == Organisation.id),
        )
        .where(
            StandingRequisition.status == StandingState.RUNNING,
            Organisation.status == OrganisationState.ADMITTED,
            or_(
                StandingRequisition.next_on - StandingRequisition.lead_days <= today,
                ~(Membership.is_active & Membership.roles.has_any(array(ABLE))),
            ),
        )
        .order_by(StandingRequisition.next_on, StandingRequisition.id)
        .limit(AT_A_TIME)
    )
    return [_due(*row) for row in session().execute(statement)]


def _due(row: StandingRequisition, person: Person, membership: Membership, of: Organisation) -> Due:
    permissions = permissions_of(membership.roles) if membership.is_active else frozenset()
    actor = Actor(
        organisation_id=of.id,
        person_id=person.id,
        permissions=permissions,
        person_name=person.name,
        organisation_name=of.name,
        reason=row.number,
    )
    is_able = Permission.REQUISITION_WRITE in permissions
    return Due(row.id, of.id, actor if is_able else None, person.language)
