"""Which ends can a reservation come to, and goods that are expected?"""

from enum import StrEnum

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class ReservationState(StrEnum):
    """Whether goods are still kept for somebody, and if not, why."""

    OPEN = "open"
    CONSUMED = "consumed"
    RELEASED = "released"
    EXPIRED = "expired"


class ArrivalState(StrEnum):
    """Whether goods are still expected."""

    EXPECTED = "expected"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"


S, A = ReservationState, ArrivalState
WRITE, OURS = Permission.STOCK_WRITE, "organisation_id"

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

ARRIVAL: Lifecycle[ArrivalState] = Lifecycle(
    "arrival",
    {
        A.EXPECTED: State(_l("Expected"), Tone.INFO, _l("Buyers are promised it from its day on.")),
        A.ARRIVED: State(_l("Arrived"), Tone.GOOD, _l("All that is still to come has been booked in.")),
        A.CANCELLED: State(_l("Not coming"), Tone.NEUTRAL, _l("It is no longer expected.")),
    },
    Move(A.EXPECTED, A.ARRIVED, by=WRITE, side=OURS),
    Move(A.EXPECTED, A.CANCELLED, by=WRITE, side=OURS),
)
