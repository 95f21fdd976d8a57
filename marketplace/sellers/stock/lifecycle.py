"""Which ends can a reservation come to?"""

from enum import StrEnum

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone


class ReservationState(StrEnum):
    """Whether goods are still kept for somebody, and if not, why."""

    OPEN = "open"
    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


S = ReservationState

RESERVATION: Lifecycle[ReservationState] = Lifecycle(
    "reservation",
    {
        S.OPEN: State(_l("Reserved"), Tone.INFO, _l("These goods are kept for this buyer.")),
        S.CONSUMED: State(_l("Shipped"), Tone.GOOD, _l("All that was reserved has left the warehouse.")),
        S.RELEASED: State(
            _l("No longer needed"), Tone.NEUTRAL, _l("The buyer no longer needs what was reserved.")
        ),
        S.EXPIRED: State(
            _l("Time ran out"), Tone.WARNING, _l("The time to order ran out; anybody may buy it.")
        ),
    },
    Move(S.OPEN, S.CONSUMED),
    Move(S.OPEN, S.RELEASED),
    Move(S.OPEN, S.EXPIRED),
)
