"""What can be done about a mediation? It is called, given to somebody neutral, accepted, confided in, and given up."""

from uuid import UUID

from marketplace.disputes.cases.actions import held
from marketplace.disputes.cases.clocks import deadline
from marketplace.disputes.cases.course import move_on
from marketplace.disputes.cases.lifecycle import DISPUTE, WITH_MEDIATOR, DisputeState
from marketplace.disputes.cases.models import Dispute
from marketplace.disputes.cases.queries import standing
from marketplace.disputes.mediation.models import CaucusMessage, MediationAnswer
from marketplace.disputes.mediation.queries import answers_of, candidates
from marketplace.foundation import clock
from marketplace.foundation.db import save
from marketplace.foundation.errors import Conflict
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import operator
from marketplace.permissions import Permission

S = DisputeState


class NotNeutral(Conflict):
    """The person is, or was, one of the people of one side, or may not mediate at all."""


def call_mediator(*, dispute_id: UUID) -> Dispute:
    """Ask the operator of the market for a mediator, as one side. Raises WrongState, NotYourMove, TooLate."""
    row = held(dispute_id)
    if current_actor().organisation_id not in row.sides.values():
        raise NotYourMove(_l("You are not allowed to do this."))
    move_on(row, S.MEDIATION_CALLED, called_by_id=current_actor().organisation, mediator_id=operator().id)
    return row


def name_mediator(*, dispute_id: UUID, person_id: UUID) -> Dispute:
    """Name one of the operator's people who has nothing to do with either side. Raises NotNeutral, WrongState."""
    row = held(dispute_id)
    if not DISPUTE.can(row, S.MEDIATOR_NAMED):
        raise NotYourMove(_l("You are not allowed to do this."))
    person = next((c for c in candidates(row.id) if c.person_id == person_id), None)
    if person is None:
        raise NotNeutral(_l("Only mediators of the operator can be named."), field="person_id")
    if person.has_conflict:
        raise NotNeutral(
            _l("%(name)s belongs, or has belonged, to one of the two sides.", name=person.name),
            field="person_id",
        )
    move_on(row, S.MEDIATOR_NAMED, mediator_person_id=person.person_id, mediator_name=person.name)
    return row


def answer_mediation(*, dispute_id: UUID, is_accepted: bool) -> Dispute:
    """Accept mediation by the person who is named, or decline it, for the actor's side.

    With the second yes it begins; with a no the dispute is referred. Raises Conflict for a second answer of a side.
    """
    row = held(dispute_id)
    actor = current_actor()
    if actor.organisation_id not in row.sides.values() or not actor.permits(Permission.DISPUTE_WRITE):
        raise NotYourMove(_l("You are not allowed to do this."))
    if row.status != S.MEDIATOR_NAMED or row.mediator_id is None or row.mediator_person_id is None:
        raise WrongState(_l("There is no mediator to accept at present."))
    if any(answer.organisation_id == actor.organisation_id for answer in answers_of(row.id)):
        raise Conflict(_l("Your side has already answered."))
    save(
        MediationAnswer(
            dispute_id=row.id,
            **row.sides,
            mediator_id=row.mediator_id,
            mediator_person_id=row.mediator_person_id,
            organisation_id=actor.organisation,
            person_id=actor.person,
            person_name=actor.person_name,
            is_accepted=is_accepted,
        )
    )
    if not is_accepted:
        move_on(row, S.REFERRED)
    elif len(answers_of(row.id)) == len(row.sides):
        ends_at = deadline(S.MEDIATION, row.days, clock.now())
        move_on(row, S.MEDIATION, due_at=ends_at, mediation_ends_at=ends_at)
    return row


def confide(*, dispute_id: UUID, organisation_id: UUID, body: str) -> CaucusMessage:
    """Say something in the private caucus of that side: as one of its people, or as the mediator.

    Raises WrongState outside of mediation, NotYourMove for anybody else.
    """
    row = held(dispute_id)
    actor, who = current_actor(), standing(row)
    is_ours = who.is_side and organisation_id == actor.organisation_id
    is_mediators = who.is_mediator and organisation_id in row.sides.values()
    may = (is_ours and actor.permits(Permission.DISPUTE_WRITE)) or (
        is_mediators and actor.permits(Permission.DISPUTE_MEDIATE)
    )
    if not may:
        raise NotYourMove(_l("You are not allowed to do this."))
    if row.status not in WITH_MEDIATOR:
        raise WrongState(_l("Mediation has not begun, or it is over."))
    return save(
        CaucusMessage(
            dispute_id=row.id,
            organisation_id=organisation_id,
            mediator_id=row.mediator_id,
            mediator_person_id=row.mediator_person_id,
            author_id=actor.organisation,
            person_id=actor.person,
            author_name=actor.person_name,
            body=body,
        )
    )


def end_mediation(*, dispute_id: UUID) -> Dispute:
    """Say, as the mediator, that mediation has failed: the dispute is referred. Raises WrongState, NotYourMove."""
    row = held(dispute_id)
    if not standing(row).is_mediator:
        raise NotYourMove(_l("You are not allowed to do this."))
    move_on(row, S.REFERRED)
    return row
