"""Is the procedure whole: every state reached, none without a clock, none stuck, and the document true?"""

from collections import deque

import pytest

from marketplace.disputes.cases.clocks import CLOCKS, agreed_days, usual_days
from marketplace.disputes.cases.lifecycle import DISPUTE, FINALS, UNSETTLED, DisputeState
from marketplace.disputes.cases.procedure import page
from marketplace.foundation.places import PACKAGE

S = DisputeState
MOVES = {(move.source, move.target): move for move in DISPUTE.moves}


def reached_from(start: DisputeState) -> set[DisputeState]:
    seen, waiting = {start}, deque([start])
    while waiting:
        here = waiting.popleft()
        for source, target in MOVES:
            if source == here and target not in seen:
                seen.add(DisputeState(target))
                waiting.append(DisputeState(target))
    return seen


def left_alone(start: DisputeState) -> list[DisputeState]:
    """The states that a dispute goes through when nobody ever does anything."""
    path = [start]
    while path[-1] in CLOCKS and CLOCKS[path[-1]].outcome not in path:
        path.append(CLOCKS[path[-1]].outcome)
    return path


def test_every_state_is_reached_from_the_first() -> None:
    assert reached_from(DISPUTE.initial) == set(DisputeState)


@pytest.mark.parametrize("state", [state for state in DisputeState if state not in FINALS])
def test_every_open_state_has_a_clock_that_leads_on(state: DisputeState) -> None:
    clock = CLOCKS[state]
    assert clock.days > 0
    assert state == clock.outcome or (state, clock.outcome) in MOVES


@pytest.mark.parametrize("state", [state for state in DisputeState if state not in FINALS])
def test_every_open_state_has_a_way_to_an_end(state: DisputeState) -> None:
    assert reached_from(state) & FINALS


def test_final_states_have_neither_a_clock_nor_a_way_out() -> None:
    assert {S.EXECUTED, S.WITHDRAWN, S.LAPSED} == FINALS
    assert not FINALS & set(CLOCKS)
    assert not [source for source, _target in MOVES if source in FINALS]


@pytest.mark.parametrize("state", UNSETTLED)
def test_a_dispute_that_nobody_touches_ends(state: DisputeState) -> None:
    assert left_alone(state)[-1] == S.LAPSED


def test_the_only_clock_that_renews_itself_waits_for_money() -> None:
    renewing = {state for state, clock in CLOCKS.items() if clock.outcome == state}
    assert renewing == {S.SETTLED}
    assert MOVES[S.SETTLED, S.EXECUTED].by is None


@pytest.mark.parametrize("state", UNSETTLED)
def test_until_it_is_settled_it_can_be_settled_and_withdrawn(state: DisputeState) -> None:
    assert MOVES[state, S.SETTLED].by == "settlement:sign"
    assert MOVES[state, S.WITHDRAWN].side == "opener_id"


def test_a_move_that_only_a_clock_makes_is_the_outcome_of_one() -> None:
    automatic = {pair for pair, move in MOVES.items() if move.by is None and pair != (S.SETTLED, S.EXECUTED)}
    assert automatic <= {(state, clock.outcome) for state, clock in CLOCKS.items()}


def test_the_documents_diagram_is_the_table() -> None:
    assert (PACKAGE.parent / "docs" / "dispute-procedure.md").read_text() == page()


def test_a_contract_sets_its_own_days() -> None:
    assert agreed_days({}) == usual_days()
    assert agreed_days({"mediation": {"days": 20}})["negotiation"] == 20
    assert agreed_days({"mediation": {"days": "15"}})["negotiation"] == 15


@pytest.mark.parametrize("nonsense", [None, "", "soon", "-3", 0, 10_000, "10.5"])
def test_a_contract_without_sensible_days_has_the_usual_ones(nonsense: object) -> None:
    assert agreed_days({"mediation": {"days": nonsense}}) == usual_days()
