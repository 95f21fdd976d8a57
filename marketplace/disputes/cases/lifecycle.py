"""Which states does a dispute go through, who may take each step, and what is announced?

The procedure is this one table; how long each state may last, and what happens then, stands beside it in `clocks.py`.
"""

from enum import StrEnum

from marketplace.events.disputes import DisputeClosed, DisputeMoved, DisputeSettled
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class DisputeState(StrEnum):
    """Where a dispute stands between the side that opened it and the other."""

    OPENED = "opened"
    ESCALATED = "escalated"
    CLAIM = "claim"
    ANSWER = "answer"
    NEGOTIATION = "negotiation"
    DEADLOCK = "deadlock"
    MEDIATION_CALLED = "mediation_called"
    MEDIATOR_NAMED = "mediator_named"
    MEDIATION = "mediation"
    MEDIATOR_PROPOSED = "mediator_proposed"
    REFERRED = "referred"
    SETTLED = "settled"
    EXECUTED = "executed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


S, P = DisputeState, Permission
OPENER, RESPONDENT, MEDIATOR = "opener_id", "respondent_id", "mediator_id"

STATES: dict[DisputeState, State] = {
    S.OPENED: State(_l("Waits for a reply"), Tone.WAITING, _l("Nobody has replied to it yet.")),
    S.ESCALATED: State(
        _l("No reply"),
        Tone.BAD,
        _l("The time for a reply has passed; one still counts, and whoever opened may call the mediator."),
    ),
    S.CLAIM: State(
        _l("Claim to be stated"),
        Tone.INFO,
        _l("There is a reply; now whoever opened the dispute states what is claimed, and why."),
    ),
    S.ANSWER: State(
        _l("Answer to be stated"), Tone.INFO, _l("The claim is stated; now comes the answer to it.")
    ),
    S.NEGOTIATION: State(
        _l("In negotiation"), Tone.INFO, _l("Both sides look for a settlement between themselves.")
    ),
    S.DEADLOCK: State(
        _l("No agreement"),
        Tone.WARNING,
        _l("The time to negotiate has passed: either side may call the mediator, both may still settle."),
    ),
    S.MEDIATION_CALLED: State(
        _l("Mediator called"),
        Tone.WAITING,
        _l("The operator of the market names a mediator who has nothing to do with either side."),
    ),
    S.MEDIATOR_NAMED: State(
        _l("Mediator named"),
        Tone.WAITING,
        _l("Each side says whether it accepts mediation by this person."),
    ),
    S.MEDIATION: State(
        _l("In mediation"),
        Tone.INFO,
        _l("The mediator works with both sides, together and with each alone."),
    ),
    S.MEDIATOR_PROPOSED: State(
        _l("Mediator's proposal"),
        Tone.WAITING,
        _l("The mediator has proposed a settlement; it binds nobody before both sides have signed it."),
    ),
    S.REFERRED: State(
        _l("Referred"),
        Tone.WARNING,
        _l("It is for the arbitrator or court of the contract; the contested money stays held meanwhile."),
    ),
    S.SETTLED: State(
        _l("Settled"), Tone.GOOD, _l("Both sides have signed; what they agreed on is being carried out.")
    ),
    S.EXECUTED: State(_l("Carried out"), Tone.GOOD, _l("What both sides signed has been done.")),
    S.WITHDRAWN: State(
        _l("Withdrawn"),
        Tone.NEUTRAL,
        _l("Whoever opened it has taken it back; the contested money is no longer held."),
    ),
    S.LAPSED: State(
        _l("Lapsed"),
        Tone.NEUTRAL,
        _l("Its last time limit has passed; the contested money went where the procedure sends it then."),
    ),
}
UNSETTLED = (
    S.OPENED,
    S.ESCALATED,
    S.CLAIM,
    S.ANSWER,
    S.NEGOTIATION,
    S.DEADLOCK,
    S.MEDIATION_CALLED,
    S.MEDIATOR_NAMED,
    S.MEDIATION,
    S.MEDIATOR_PROPOSED,
    S.REFERRED,
)
WITH_MEDIATOR = frozenset({S.MEDIATION, S.MEDIATOR_PROPOSED})


def _step(source: DisputeState, target: DisputeState, by: str | None = None, side: str | None = None) -> Move:
    return Move(source, target, by=by, side=side, announces=DisputeMoved)


DISPUTE: Lifecycle[DisputeState] = Lifecycle(
    "dispute",
    STATES,
    _step(S.OPENED, S.CLAIM, P.DISPUTE_WRITE, RESPONDENT),
    _step(S.OPENED, S.ESCALATED),
    _step(S.ESCALATED, S.CLAIM, P.DISPUTE_WRITE, RESPONDENT),
    _step(S.ESCALATED, S.MEDIATION_CALLED, P.DISPUTE_WRITE, OPENER),
    _step(S.CLAIM, S.ANSWER, P.DISPUTE_WRITE, OPENER),
    _step(S.ANSWER, S.NEGOTIATION, P.DISPUTE_WRITE, RESPONDENT),
    _step(S.NEGOTIATION, S.DEADLOCK),
    _step(S.DEADLOCK, S.MEDIATION_CALLED, P.DISPUTE_WRITE),
    _step(S.MEDIATION_CALLED, S.MEDIATOR_NAMED, P.MARKET_WATCH, MEDIATOR),
    _step(S.MEDIATION_CALLED, S.REFERRED),
    _step(S.MEDIATOR_NAMED, S.MEDIATION, P.DISPUTE_WRITE),
    _step(S.MEDIATOR_NAMED, S.REFERRED, P.DISPUTE_WRITE),
    _step(S.MEDIATION, S.MEDIATOR_PROPOSED, P.DISPUTE_MEDIATE, MEDIATOR),
    _step(S.MEDIATION, S.REFERRED, P.DISPUTE_MEDIATE, MEDIATOR),
    _step(S.MEDIATOR_PROPOSED, S.MEDIATION, P.DISPUTE_WRITE),
    _step(S.MEDIATOR_PROPOSED, S.REFERRED),
    *(Move(state, S.SETTLED, by=P.SETTLEMENT_SIGN, announces=DisputeSettled) for state in UNSETTLED),
    *(
        Move(state, S.WITHDRAWN, by=P.DISPUTE_WRITE, side=OPENER, announces=DisputeClosed)
        for state in UNSETTLED
    ),
    Move(S.ESCALATED, S.LAPSED, announces=DisputeClosed),
    Move(S.DEADLOCK, S.LAPSED, announces=DisputeClosed),
    Move(S.REFERRED, S.LAPSED, announces=DisputeClosed),
    Move(S.SETTLED, S.EXECUTED, announces=DisputeClosed),
)
FINALS = DISPUTE.finals
