"""Do the clocks move what nobody moves, each dispute for itself, and never one that has time?"""

from datetime import timedelta

import pytest

from marketplace.disputes.cases.clocks import CLOCKS
from marketplace.disputes.cases.execution import let_time_run_out
from marketplace.disputes.cases.jobs import run_clocks
from marketplace.disputes.cases.lifecycle import FINALS, UNSETTLED, DisputeState
from marketplace.disputes.cases.models import ContributionKind
from marketplace.disputes.cases.queries import disputes
from marketplace.foundation import clock
from marketplace.foundation.outbox import deliver_everything
from tests.cast import Cast
from tests.factories.disputes import (
    a_confirmed_order,
    a_counted_order,
    a_dispute,
    a_dispute_in,
    call,
    let_time_pass,
    opened,
    run_out,
    say,
    seen,
    state,
    travel_to,
)

S, K = DisputeState, ContributionKind
pytestmark = pytest.mark.usefixtures("speaking")


@pytest.mark.parametrize("reached", UNSETTLED)
def test_a_clock_that_runs_out_has_its_outcome(market: Cast, reached: DisputeState) -> None:
    dispute_id = a_dispute_in(market, reached)
    run_out(market, dispute_id)
    assert state(market, dispute_id) == CLOCKS[reached].outcome


def test_a_dispute_nobody_touches_ends_by_itself(market: Cast) -> None:
    dispute_id = a_dispute(market)
    path = [S.OPENED]
    while path[-1] not in FINALS:
        run_out(market, dispute_id)
        deliver_everything()
        path.append(state(market, dispute_id))
    assert path == [S.OPENED, S.ESCALATED, S.LAPSED]


def test_a_dispute_in_which_everybody_falls_silent_ends_too(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.DEADLOCK)
    call(market, dispute_id)
    path = [S.MEDIATION_CALLED]
    while path[-1] not in FINALS:
        run_out(market, dispute_id)
        path.append(state(market, dispute_id))
    assert path == [S.MEDIATION_CALLED, S.REFERRED, S.LAPSED]


def test_a_clock_with_time_left_is_left_alone(market: Cast) -> None:
    dispute_id = a_dispute(market)
    assert run_clocks() == 0
    with market.platform():
        assert not let_time_run_out(dispute_id=dispute_id)


def test_two_schedules_at_once_move_it_one_step(market: Cast) -> None:
    dispute_id = a_dispute(market)
    let_time_pass(market, dispute_id)
    assert (run_clocks(), run_clocks()) == (1, 0)
    assert state(market, dispute_id) == S.ESCALATED


def test_an_idle_clock_starts_anew_with_each_contribution(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.DEADLOCK)
    before = seen(market.acme, dispute_id).due_at
    travel_to(clock.now() + timedelta(days=20))
    say(market.bolt, dispute_id)
    after = seen(market.acme, dispute_id).due_at
    assert before is not None
    assert after is not None
    assert after > before + timedelta(days=15)


def test_a_clock_that_is_not_idle_is_not_moved_by_talk(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.NEGOTIATION)
    before = seen(market.acme, dispute_id).due_at
    travel_to(clock.now() + timedelta(days=2))
    say(market.bolt, dispute_id)
    assert seen(market.acme, dispute_id).due_at == before


def test_a_deadline_counts_working_days(market: Cast) -> None:
    friday = clock.now() + timedelta(days=4)
    travel_to(friday)
    row = seen(market.acme, opened(market, a_confirmed_order(market, "10")))
    assert row.due_at == friday + timedelta(days=4), "Monday and Tuesday"


def test_the_list_has_the_next_deadline_first(market: Cast) -> None:
    first = a_dispute(market)
    travel_to(clock.now() + timedelta(hours=1))
    second = opened(market, a_counted_order(market))
    say(market.bolt, first, K.REPLY)
    with market.acme.reading("receiver"):
        assert [row.dispute.id for row in disputes("open").rows] == [second, first]
