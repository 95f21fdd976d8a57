"""What can be asked about mediations?"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text as sql

from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.disputes.cases.models import Dispute
from marketplace.disputes.mediation.models import CaucusMessage, MediationAnswer
from marketplace.foundation.db import session
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation_names
from marketplace.identity.people.queries import people_permitted
from marketplace.permissions import Permission


class Candidate(NamedTuple):
    """Somebody who could mediate: how many open disputes they have, and whether they are tied to one of the sides."""

    person_id: UUID
    name: str
    load: int
    has_conflict: bool


class Called(NamedTuple):
    """A dispute that waits for a mediator, with the names of its sides and those who could be named."""

    dispute: Dispute
    buyer: str
    seller: str
    candidates: list[Candidate]


def answers_of(dispute_id: UUID) -> Sequence[MediationAnswer]:
    """Which sides have accepted the mediation or not, oldest first."""
    statement = select(MediationAnswer).where(MediationAnswer.dispute_id == dispute_id)
    return session().scalars(statement.order_by(MediationAnswer.answered_at, MediationAnswer.id)).all()


def caucus(dispute_id: UUID, organisation_id: UUID) -> Sequence[CaucusMessage]:
    """What that side and the mediator have said to each other, oldest first; nothing for anybody else."""
    statement = select(CaucusMessage).where(
        CaucusMessage.dispute_id == dispute_id, CaucusMessage.organisation_id == organisation_id
    )
    return session().scalars(statement.order_by(CaucusMessage.position)).all()


def called() -> list[Called]:
    """The disputes that wait for a mediator, next deadline first, each with its candidates; for the operator.

    Three statements, and one per dispute for the conflicts of interest.
    """
    waiting = select(Dispute).where(
        Dispute.mediator_id == current_actor().organisation, Dispute.status == DisputeState.MEDIATION_CALLED
    )
    rows = session().scalars(waiting.order_by(Dispute.due_at, Dispute.id)).all()
    names = organisation_names({side for row in rows for side in row.sides.values()})
    mediators = [(person.id, person.name) for person in people_permitted(Permission.DISPUTE_MEDIATE)]
    load = _load()
    return [
        Called(row, names[row.buyer_id], names[row.seller_id], _candidates(row.id, mediators, load))
        for row in rows
    ]


def under_way() -> list[Dispute]:
    """The disputes that have a mediator and are not over, next deadline first; for the operator."""
    statement = select(Dispute).where(
        Dispute.mediator_id == current_actor().organisation,
        Dispute.mediator_person_id.is_not(None),
        Dispute.due_at.is_not(None),
    )
    return list(session().scalars(statement.order_by(Dispute.due_at, Dispute.id)))


def candidates(dispute_id: UUID) -> list[Candidate]:
    """Those of the operator's people who could mediate that dispute, the least busy first."""
    mediators = [(person.id, person.name) for person in people_permitted(Permission.DISPUTE_MEDIATE)]
    return _candidates(dispute_id, mediators, _load())


def _candidates(
    dispute_id: UUID, mediators: list[tuple[UUID, str]], load: dict[UUID, int]
) -> list[Candidate]:
    door = sql("SELECT person_id FROM doors.conflicted_mediators(:dispute_id)")
    conflicted = set(session().scalars(door, {"dispute_id": dispute_id}))
    found = [
        Candidate(person_id, name, load.get(person_id, 0), person_id in conflicted)
        for person_id, name in mediators
    ]
    return sorted(found, key=lambda candidate: (candidate.has_conflict, candidate.load, candidate.name))


def _load() -> dict[UUID, int]:
    """How many open disputes each mediator has."""
    statement = (
        select(Dispute.mediator_person_id, func.count())
        .where(Dispute.mediator_person_id.is_not(None), Dispute.due_at.is_not(None))
        .group_by(Dispute.mediator_person_id)
    )
    return {row[0]: row[1] for row in session().execute(statement) if row[0] is not None}
