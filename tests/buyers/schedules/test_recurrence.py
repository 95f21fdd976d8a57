"""Does a rule fall on the days that it says, and never on one on which nobody works?"""

from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings, strategies as st

from marketplace.buyers.schedules.recurrence import (
    LAST,
    WEEKDAYS,
    Frequency,
    NoSuchRule,
    Pattern,
    check,
    days,
    rule_days,
)
from marketplace.buyers.schedules.wording import said, why_moved
from marketplace.foundation.clock import is_working_day
from marketplace.foundation.language import speaking

START = date(2026, 3, 2)
COUNTRIES = ("FR", "DE", "BE", "AQ")
weekdays = st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(
    lambda chosen: tuple(sorted(chosen, key=WEEKDAYS.index))
)
ends = st.one_of(
    st.builds(lambda n: {"times": n}, st.integers(1, 60)),
    st.builds(lambda n: {"ends_on": START + timedelta(days=n)}, st.integers(400, 1500)),
)
patterns = st.one_of(
    st.builds(
        lambda n, on, end: Pattern(Frequency.WEEKLY, interval=n, weekdays=on, **end),
        st.integers(1, 8),
        weekdays,
        ends,
    ),
    st.builds(
        lambda n, day, end: Pattern(Frequency.MONTH_DAY, interval=n, month_day=day, **end),
        st.integers(1, 4),
        st.integers(1, 31),
        ends,
    ),
    st.builds(
        lambda n, nth, on, end: Pattern(Frequency.MONTH_WEEKDAY, interval=n, nth=nth, weekdays=(on,), **end),
        st.integers(1, 4),
        st.sampled_from([1, 2, 3, 4, LAST]),
        st.sampled_from(WEEKDAYS),
        ends,
    ),
)
starts = st.dates(START, date(2027, 12, 31))


@settings(deadline=None)
@given(pattern=patterns, starts_on=starts, country=st.sampled_from(COUNTRIES))
def test_days_are_working_days_in_order_and_none_of_the_rule_is_lost(
    pattern: Pattern, starts_on: date, country: str
) -> None:
    found = list(islice(days(pattern.rule, starts_on, country), 40))
    assert all(is_working_day(day.on, country) and day.on >= starts_on for day in found)
    assert all(earlier.on < later.on for earlier, later in pairwise(found))
    for day in found:
        assert day.is_moved == bool(why_moved(day, country))
        assert day.on == min(d for d in around(day.meant[-1]) if is_working_day(d, country))
    meant = [one for day in found for one in day.meant]
    assert meant == list(islice(rule_days(pattern.rule, starts_on), len(meant)))


@settings(deadline=None)
@given(pattern=patterns)
def test_a_rule_is_read_as_it_was_written_and_ends(pattern: Pattern) -> None:
    again = Pattern.read(pattern.rule)
    assert again.rule == pattern.rule
    assert (again.frequency, again.interval, again.times) == (
        pattern.frequency,
        pattern.interval,
        pattern.times,
    )
    found = list(rule_days(pattern.rule, START))
    assert len(found) == pattern.times if pattern.times else all(day <= pattern.ends_on for day in found)  # type: ignore[operator]


def around(day: date) -> list[date]:
    return [day + timedelta(days=n) for n in range(15)]


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        (Pattern(Frequency.WEEKLY, 2, ("TU",), times=3), ["2026-03-03", "2026-03-17", "2026-03-31"]),
        (Pattern(Frequency.MONTH_DAY, month_day=31, times=3), ["2026-03-31", "2026-04-30", "2026-06-01"]),
        (Pattern(Frequency.MONTH_WEEKDAY, nth=LAST, weekdays=("FR",), times=2), ["2026-03-27", "2026-04-24"]),
        # Easter Monday, and 1 May with the week-end after it: both go on to the next working day.
        (Pattern(Frequency.WEEKLY, 5, ("MO",), times=2), ["2026-03-02", "2026-04-07"]),
        (Pattern(Frequency.MONTH_DAY, month_day=1, times=3), ["2026-04-01", "2026-05-04", "2026-06-01"]),
    ],
)
def test_days_are_those_of_the_calendar(pattern: Pattern, first: list[str]) -> None:
    assert [str(day.on) for day in days(pattern.rule, START, "FR")] == first


def test_two_days_that_meet_are_one() -> None:
    pattern = Pattern(Frequency.WEEKLY, weekdays=("SA", "SU", "MO"), times=4)
    first, second = list(days(pattern.rule, START, "FR"))
    assert (first.on, first.is_moved) == (START, False)
    assert (second.on, len(second.meant)) == (date(2026, 3, 9), 3)
    with speaking("en"):
        assert len(why_moved(second, "FR")) == 2
        assert said(pattern).startswith("Every week: Saturday, Sunday, Monday")


@pytest.mark.parametrize(
    ("pattern", "field"),
    [
        (Pattern(Frequency.WEEKLY, times=3), "weekdays"),
        (Pattern(Frequency.MONTH_WEEKDAY, weekdays=("MO", "TU"), times=3), "weekdays"),
        (Pattern(Frequency.WEEKLY, 0, ("MO",), times=3), "interval"),
        (Pattern(Frequency.WEEKLY, 53, ("MO",), times=3), "interval"),
        (Pattern(Frequency.WEEKLY, 1, ("MO",), times=0), "times"),
        (Pattern(Frequency.WEEKLY, 1, ("MO",), times=9999), "times"),
        (Pattern(Frequency.WEEKLY, 1, ("MO",)), "ends_on"),
        (Pattern(Frequency.WEEKLY, 1, ("MO",), times=3, ends_on=date(2026, 5, 1)), "ends_on"),
        (Pattern(Frequency.WEEKLY, 1, ("MO",), ends_on=date(2026, 3, 1)), "ends_on"),
        (Pattern(Frequency.WEEKLY, 1, ("TH",), ends_on=date(2026, 3, 3)), "ends_on"),
        (Pattern(Frequency.WEEKLY, 1, ("MO",), ends_on=date(2031, 3, 31)), "ends_on"),
        (Pattern(Frequency.MONTH_DAY, month_day=0, times=3), "month_day"),
        (Pattern(Frequency.MONTH_DAY, month_day=32, times=3), "month_day"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_at_its_field(pattern: Pattern, field: str) -> None:
    with pytest.raises(NoSuchRule) as refused:
        check(pattern, START)
    assert refused.value.field == field
