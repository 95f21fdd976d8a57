"""Which states does a count of the shelves go through, and who approves it?"""

from enum import StrEnum

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class SheetState(StrEnum):
    """How far a count is."""

    COUNTING = "counting"
    SUBMITTED = "submitted"
    BOOKED = "booked"
    CANCELLED = "cancelled"


S = SheetState
WRITE, APPROVE, OURS = Permission.STOCK_WRITE, Permission.STOCK_APPROVE, "organisation_id"

SHEET: Lifecycle[SheetState] = Lifecycle(
    "count sheet",
    {
        S.COUNTING: State(_l("Being counted"), Tone.INFO, _l("What lies there is being counted.")),
        S.SUBMITTED: State(
            _l("To be approved"), Tone.WAITING, _l("A second person looks at the differences.")
        ),
        S.BOOKED: State(_l("Booked"), Tone.GOOD, _l("The differences are in the books.")),
        S.CANCELLED: State(_l("Dropped"), Tone.NEUTRAL, _l("Nothing of it was booked.")),
    },
    Move(S.COUNTING, S.SUBMITTED, by=WRITE, side=OURS),
    Move(S.COUNTING, S.BOOKED, by=WRITE, side=OURS),
    Move(S.COUNTING, S.CANCELLED, by=WRITE, side=OURS),
    Move(S.SUBMITTED, S.BOOKED, by=APPROVE, side=OURS),
    Move(S.SUBMITTED, S.COUNTING, by=APPROVE, side=OURS),
    Move(S.SUBMITTED, S.CANCELLED, by=WRITE, side=OURS),
)
