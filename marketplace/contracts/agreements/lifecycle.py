"""Which states does a framework agreement go through, and whose move is it?"""

from enum import StrEnum

from marketplace.events.contracts import (
    AgreementConcluded,
    AgreementDeclined,
    AgreementEnded,
    AgreementProposed,
    AgreementWithdrawn,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class AgreementState(StrEnum):
    """Where an agreement stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    CONCLUDED = "concluded"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


S, WRITE, SIGN = AgreementState, Permission.AGREEMENT_WRITE, Permission.AGREEMENT_SIGN

AGREEMENT: Lifecycle[AgreementState] = Lifecycle(
    "agreement",
    {
        S.DRAFT: State(_l("Draft"), Tone.NEUTRAL, _l("Its author is still writing; the other party does not see it.")),
        S.PROPOSED: State(_l("To be signed"), Tone.WAITING, _l("Both parties are to sign the same contract.")),
        S.CONCLUDED: State(_l("Concluded"), Tone.GOOD, _l("Both parties have signed; it is in force during its term.")),
        S.DECLINED: State(_l("Declined"), Tone.BAD, _l("The other party has said no.")),
        S.WITHDRAWN: State(_l("Withdrawn"), Tone.NEUTRAL, _l("Its author has taken it back before both had signed.")),
        S.ENDED: State(_l("Ended"), Tone.NEUTRAL, _l("Its term is over, or a party has terminated it.")),
    },
    Move(S.DRAFT, S.PROPOSED, by=WRITE, side="proposer_id", announces=AgreementProposed),
    Move(S.DRAFT, S.WITHDRAWN, by=WRITE, side="proposer_id", announces=AgreementWithdrawn),
    Move(S.PROPOSED, S.WITHDRAWN, by=WRITE, side="proposer_id", announces=AgreementWithdrawn),
    Move(S.PROPOSED, S.DECLINED, by=SIGN, side="answerer_id", announces=AgreementDeclined),
    Move(S.PROPOSED, S.CONCLUDED, by=SIGN, announces=AgreementConcluded),
    Move(S.CONCLUDED, S.ENDED, by=SIGN, announces=AgreementEnded),
)  # fmt: skip
