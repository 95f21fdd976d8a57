"""Which states does an approval go through, as a whole and in each of its steps?

All these moves are made by the engine, never by a person directly: people insert decisions, and the engine follows
them. The triggers of the migration make every move prove itself from those decisions.
"""

from enum import StrEnum

from marketplace.events.buyers import ApprovalGranted, ApprovalRefused
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone


class RunState(StrEnum):
    """Where the approval of one document stands."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    VOID = "void"


class StepState(StrEnum):
    """Where one step of an approval stands."""

    WAITING = "waiting"
    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    CANCELLED = "cancelled"


R, S = RunState, StepState

RUN: Lifecycle[RunState] = Lifecycle(
    "approval",
    {
        R.PENDING: State(_l("Being decided"), Tone.WAITING, _l("At least one step has still to be decided.")),
        R.GRANTED: State(_l("Granted"), Tone.GOOD, _l("Every step has said yes to exactly this document.")),
        R.REFUSED: State(_l("Refused"), Tone.BAD, _l("A step has said no.")),
        R.VOID: State(_l("Void"), Tone.NEUTRAL, _l("The document was changed or taken back.")),
    },
    Move(R.PENDING, R.GRANTED, announces=ApprovalGranted),
    Move(R.PENDING, R.REFUSED, announces=ApprovalRefused),
    Move(R.PENDING, R.VOID),
    Move(R.GRANTED, R.VOID),
)

STEP: Lifecycle[StepState] = Lifecycle(
    "approval step",
    {
        S.WAITING: State(_l("Not yet"), Tone.NEUTRAL, _l("An earlier step is decided first.")),
        S.OPEN: State(_l("To be decided"), Tone.WAITING, _l("Somebody is asked to decide now.")),
        S.APPROVED: State(_l("Approved"), Tone.GOOD, _l("Those who were asked have said yes.")),
        S.REFUSED: State(_l("Refused"), Tone.BAD, _l("Somebody who was asked has said no.")),
        S.CANCELLED: State(_l("No longer needed"), Tone.NEUTRAL, _l("The approval ended without this step.")),
    },
    Move(S.WAITING, S.OPEN),
    Move(S.OPEN, S.APPROVED),
    Move(S.OPEN, S.REFUSED),
    Move(S.WAITING, S.CANCELLED),
    Move(S.OPEN, S.CANCELLED),
)
