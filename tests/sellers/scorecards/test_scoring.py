"""Is the arithmetic of a score honest? One test for each defect that the known open scorecard has, among others."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from marketplace.sellers.scorecards.scoring import (
    BANDS,
    CRITERIA,
    MINIMUM_LINES,
    Key,
    band_of,
    decay,
    market_means,
    score,
    share_of,
    wilson,
)

TODAY = date(2026, 10, 31)


@dataclass(frozen=True)
class Line:
    ordered: Decimal = Decimal(10)
    accepted: Decimal = Decimal(10)
    damaged: Decimal = Decimal(0)
    promised_on: date = TODAY - timedelta(days=10)
    completed_on: date = TODAY - timedelta(days=10)
    confirmed_after_hours: Decimal | None = Decimal(2)
    is_contested: bool = False
    was_founded: bool = False


def points(*lines: Line, market: dict[str, float] | None = None) -> Decimal | None:
    return score(lines, on=TODAY, market=market or {}).points


def test_the_weights_sum_to_a_hundred() -> None:
    assert sum(criterion.weight for criterion in CRITERIA.values()) == 100


def test_a_score_of_exactly_a_hundred_falls_in_a_band() -> None:
    assert points(*[Line()] * MINIMUM_LINES) == 100
    assert band_of(Decimal(100)).letter == "A"


@pytest.mark.parametrize("band", BANDS)
def test_a_score_on_the_floor_of_a_band_is_in_it(band: object) -> None:
    assert band_of(band.floor) == band  # type: ignore[attr-defined]


def test_no_history_is_not_rated_instead_of_perfect() -> None:
    assert points() is None


def test_a_period_without_orders_is_not_rated_instead_of_perfect() -> None:
    old = Line(completed_on=TODAY - timedelta(days=400), promised_on=TODAY - timedelta(days=400))
    assert points(*[old] * 50) is None


def test_below_the_minimum_there_is_no_score() -> None:
    assert points(*[Line()] * (MINIMUM_LINES - 1)) is None


def test_two_partial_deliveries_on_time_count_as_one_line_on_time() -> None:
    assert share_of(Key.ON_TIME_IN_FULL, Line(accepted=Decimal(10))) == 1


def test_a_line_complete_one_day_late_is_late() -> None:
    late = Line(completed_on=TODAY - timedelta(days=9))
    assert share_of(Key.ON_TIME_IN_FULL, late) == 0


def test_a_line_on_time_but_short_is_not_in_full() -> None:
    assert share_of(Key.ON_TIME_IN_FULL, Line(accepted=Decimal(9))) == 0


def test_a_contested_line_says_nothing() -> None:
    assert all(share_of(key, Line(is_contested=True)) is None for key in CRITERIA)


def test_a_founded_dispute_costs_points() -> None:
    clean, founded = [Line()] * 10, [Line()] * 9 + [Line(was_founded=True)]
    assert (points(*founded) or 0) < (points(*clean) or 0)


def test_a_line_counts_half_after_the_half_life() -> None:
    assert decay(Line(completed_on=TODAY - timedelta(days=180)), TODAY) == 0.5


def test_few_lines_are_drawn_towards_the_market() -> None:
    bad = replace(Line(), accepted=Decimal(0))
    market = {str(Key.ON_TIME_IN_FULL): 0.9}
    few = score([bad] * 5, on=TODAY, market=market).measures[0].share or 0
    many = score([bad] * 200, on=TODAY, market=market).measures[0].share or 0
    assert 0 < many < few < 0.9


def test_the_market_mean_of_one_kind_of_line_is_its_share() -> None:
    assert market_means([Line(), replace(Line(), accepted=Decimal(0))], on=TODAY)[Key.ON_TIME_IN_FULL] == 0.5


def test_a_measure_nobody_says_anything_about_does_not_count() -> None:
    unanswered = replace(Line(), confirmed_after_hours=None)
    result = score([unanswered] * 10, on=TODAY, market={})
    assert result.measures[2].share is None
    assert result.points == 100


@given(st.floats(0, 1), st.floats(0.5, 1000))
def test_the_interval_holds_the_share_and_stays_between_0_and_1(share: float, lines: float) -> None:
    low, high = wilson(share, lines)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


lines = st.builds(
    Line,
    accepted=st.integers(0, 10).map(Decimal),
    damaged=st.integers(0, 3).map(Decimal),
    completed_on=st.integers(0, 500).map(lambda days: TODAY - timedelta(days=days)),
    confirmed_after_hours=st.one_of(st.none(), st.integers(0, 200).map(Decimal)),
    is_contested=st.booleans(),
    was_founded=st.booleans(),
)


@given(st.lists(lines, max_size=40))
def test_a_score_is_between_0_and_100_and_recomputable_from_its_measures(some: list[Line]) -> None:
    result = score(some, on=TODAY, market=market_means(some, on=TODAY))
    if result.points is None:
        return
    assert 0 <= result.points <= 100
    rated = [measure for measure in result.measures if measure.share is not None]
    again = sum(m.weight * (m.share or 0) for m in rated) / sum(m.weight for m in rated) * 100
    assert abs(float(result.points) - again) <= 0.05 + 1e-9
