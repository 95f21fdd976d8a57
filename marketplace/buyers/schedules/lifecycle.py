"""Which states does a standing requisition go through, from the first day to the last?"""

from enum import StrEnum

from marketplace.events.schedules import (
    StandingRequisitionEnded,
    StandingRequisitionPaused,
    StandingRequisitionResumed,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class StandingState(StrEnum):
    """Whether it still becomes requisitions."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


S, WRITE, HERE = StandingState, Permission.REQUISITION_WRITE, "organisation_id"

STANDING: Lifecycle[StandingState] = Lifecycle(
    "standing requisition",
    {
        S.RUNNING: State(_l("Running"), Tone.GOOD, _l("It becomes a requisition whenever a day is due.")),
        S.PAUSED: State(_l("Paused"), Tone.WARNING, _l("Nothing is asked for until somebody lets it go on.")),
        S.ENDED: State(_l("Over"), Tone.NEUTRAL, _l("Nothing is asked for any more.")),
    },
    Move(S.RUNNING, S.PAUSED, by=WRITE, side=HERE, announces=StandingRequisitionPaused),
    Move(S.PAUSED, S.RUNNING, by=WRITE, side=HERE, announces=StandingRequisitionResumed),
    Move(S.RUNNING, S.ENDED, by=WRITE, side=HERE, announces=StandingRequisitionEnded),
    Move(S.PAUSED, S.ENDED, by=WRITE, side=HERE, announces=StandingRequisitionEnded),
)
