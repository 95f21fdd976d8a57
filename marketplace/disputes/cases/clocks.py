"""How long may a dispute stay in each state, whose move is it, and what happens when nobody makes it?

Time is counted in working days. The days in force are copied into the dispute when it is opened, so that a contract may
set its own and a change of this table moves no deadline that runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import LazyString

from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.foundation.clock import after_working_days
from marketplace.foundation.language import lazy_text as _l

S = DisputeState
LONGEST = 250


class Turn(StrEnum):
    """Whose move it is."""

    OPENER = "opener"
    RESPONDENT = "respondent"
    BOTH = "both"
    MEDIATOR = "mediator"
    OPERATOR = "operator"
    MARKET = "market"


@dataclass(frozen=True)
class Clock:
    """So many working days; then the dispute goes to `outcome`.

    An idle clock starts anew whenever one side contributes. Where the outcome is that the dispute lapses,
    `is_for_opener` says to which side the contested money goes then.
    """

    days: int
    outcome: DisputeState
    turn: Turn
    then: LazyString
    is_idle: bool = False
    is_for_opener: bool = False


CLOCKS: dict[DisputeState, Clock] = {
    S.OPENED: Clock(2, S.ESCALATED, Turn.RESPONDENT, _l("The dispute counts as not replied to.")),
    S.ESCALATED: Clock(
        60,
        S.LAPSED,
        Turn.BOTH,
        _l("The silence counts as consent: the contested money goes to the side that opened the dispute."),
        is_idle=True,
        is_for_opener=True,
    ),
    S.CLAIM: Clock(3, S.ANSWER, Turn.OPENER, _l("The claim stands as it was opened.")),
    S.ANSWER: Clock(3, S.NEGOTIATION, Turn.RESPONDENT, _l("The answer stands as it was first given.")),
    S.NEGOTIATION: Clock(10, S.DEADLOCK, Turn.BOTH, _l("Either side may call the mediator.")),
    S.DEADLOCK: Clock(
        60,
        S.LAPSED,
        Turn.BOTH,
        _l("The claim is not pursued: the contested money goes to the side it was claimed from."),
        is_idle=True,
    ),
    S.MEDIATION_CALLED: Clock(
        5,
        S.REFERRED,
        Turn.OPERATOR,
        _l("Nobody could be named: it is for the contract's arbitrator or court."),
    ),
    S.MEDIATOR_NAMED: Clock(
        15,
        S.REFERRED,
        Turn.BOTH,
        _l("Mediation is not accepted: it is for the contract's arbitrator or court."),
    ),
    S.MEDIATION: Clock(
        60,
        S.REFERRED,
        Turn.MEDIATOR,
        _l("Mediation has failed: it is for the contract's arbitrator or court."),
    ),
    S.MEDIATOR_PROPOSED: Clock(
        10, S.REFERRED, Turn.BOTH, _l("The proposal lapses: it is for the contract's arbitrator or court.")
    ),
    S.REFERRED: Clock(
        60,
        S.LAPSED,
        Turn.BOTH,
        _l("No decision was brought: the contested money goes to the side it was claimed from."),
        is_idle=True,
    ),
    S.SETTLED: Clock(5, S.SETTLED, Turn.MARKET, _l("The payment service is asked again.")),
}
CLAUSE_DAYS = {"mediation": DisputeState.NEGOTIATION}


def usual_days() -> dict[str, int]:
    """The working days of each state that has a clock, where no contract says otherwise."""
    return {str(state): clock.days for state, clock in CLOCKS.items()}


def agreed_days(variables: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """The days in force under a contract whose clauses, by code, have these variables; nonsense is passed over."""
    agreed = {
        str(state): days
        for code, state in CLAUSE_DAYS.items()
        if (days := _whole(variables.get(code, {}).get("days"))) is not None
    }
    return usual_days() | agreed


def deadline(state: DisputeState, days: Mapping[str, int], start: datetime) -> datetime | None:
    """When a state that is entered at `start` runs out; None for a final one, which lasts."""
    return after_working_days(start, days[state]) if state in CLOCKS else None


def _whole(value: Any) -> int | None:
    text = str(value).strip()
    return int(text) if text.isdecimal() and 1 <= int(text) <= LONGEST else None
