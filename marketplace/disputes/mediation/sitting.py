"""What does somebody see who opens a mediation: who mediates, who has accepted, and which caucuses are theirs?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from marketplace.disputes.cases.lifecycle import DISPUTE, WITH_MEDIATOR, DisputeState
from marketplace.disputes.cases.models import Dispute
from marketplace.disputes.cases.queries import Standing, dispute, names_of, standing
from marketplace.disputes.mediation.models import CaucusMessage, MediationAnswer
from marketplace.disputes.mediation.queries import answers_of, caucus
from marketplace.foundation.tenancy import current_actor
from marketplace.permissions import Permission


class Message(NamedTuple):
    """Something said in a caucus, as a conversation shows it."""

    who: str
    organisation: str
    at: datetime
    body: str
    is_mine: bool


class Caucus(NamedTuple):
    """One side's private conversation with the mediator."""

    side_id: UUID
    side: str
    messages: Sequence[Message]


@dataclass(frozen=True)
class Sitting:
    """A mediation with all that the present actor may see of it."""

    dispute: Dispute
    names: Mapping[UUID, str]
    who: Standing
    answers: Mapping[UUID, MediationAnswer]
    caucuses: Sequence[Caucus]

    @property
    def may_answer(self) -> bool:
        """Whether the actor's side is still to say whether it accepts the mediator, and the actor may say it."""
        owes = self.who.is_side and current_actor().organisation_id not in self.answers
        is_asked = self.dispute.status == DisputeState.MEDIATOR_NAMED
        return owes and is_asked and current_actor().permits(Permission.DISPUTE_WRITE)

    @property
    def may_confide(self) -> bool:
        """Whether the actor may write in the caucuses that they see."""
        needed = Permission.DISPUTE_WRITE if self.who.is_side else Permission.DISPUTE_MEDIATE
        return self.dispute.status in WITH_MEDIATOR and current_actor().permits(needed)

    @property
    def may_end(self) -> bool:
        """Whether the actor may say that mediation has failed."""
        return self.who.is_mediator and DISPUTE.can(self.dispute, DisputeState.REFERRED)


def sitting(dispute_id: UUID) -> Sitting:
    """The mediation of that dispute, in five statements at most. Raises NotFound."""
    row = dispute(dispute_id)
    names, who, here = names_of([row]), standing(row), current_actor().organisation_id
    sides = [side for side in row.sides.values() if who.is_mediator or side == here]
    return Sitting(
        dispute=row,
        names=names,
        who=who,
        answers={given.organisation_id: given for given in answers_of(dispute_id)},
        caucuses=[Caucus(side, names[side], _messages(row.id, side, names)) for side in sides],
    )


def _messages(dispute_id: UUID, side_id: UUID, names: Mapping[UUID, str]) -> list[Message]:
    return [_message(said, names) for said in caucus(dispute_id, side_id)]


def _message(said: CaucusMessage, names: Mapping[UUID, str]) -> Message:
    is_mine = said.author_id == current_actor().organisation_id
    return Message(said.author_name, names.get(said.author_id, ""), said.said_at, said.body, is_mine)
