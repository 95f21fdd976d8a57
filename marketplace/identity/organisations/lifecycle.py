"""Which states does an organisation's membership of the market go through?"""

from enum import StrEnum

from marketplace.events.identity import OrganisationAdmitted, OrganisationRefused, OrganisationSuspended
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class OrganisationState(StrEnum):
    """Where an organisation stands with the market."""

    APPLIED = "applied"
    ADMITTED = "admitted"
    REFUSED = "refused"
    SUSPENDED = "suspended"


S, ADMIT = OrganisationState, Permission.MARKET_ADMIT

ORGANISATION: Lifecycle[OrganisationState] = Lifecycle(
    "organisation",
    {
        S.APPLIED: State(
            _l("Applied"), Tone.WAITING, _l("The operator has not yet decided on the application.")
        ),
        S.ADMITTED: State(_l("Admitted"), Tone.GOOD, _l("It may trade on this market.")),
        S.REFUSED: State(_l("Refused"), Tone.BAD, _l("The operator has refused the application.")),
        S.SUSPENDED: State(
            _l("Suspended"), Tone.BAD, _l("Nobody may act for it until the operator re-admits it.")
        ),
    },
    Move(S.APPLIED, S.ADMITTED, by=ADMIT, announces=OrganisationAdmitted),
    Move(S.APPLIED, S.REFUSED, by=ADMIT, announces=OrganisationRefused),
    Move(S.ADMITTED, S.SUSPENDED, by=ADMIT, announces=OrganisationSuspended),
    Move(S.SUSPENDED, S.ADMITTED, by=ADMIT, announces=OrganisationAdmitted),
)
