"""Is it as late as we say, also in a test, over a week-end and when the clocks change?"""

from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.foundation.clock import (
    after_working_days,
    clock_at,
    day_of,
    holiday_name,
    is_working_day,
    now,
    today,
    working_day_from,
)

FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


def test_clock_at_holds_inside_and_goes_on_outside() -> None:
    with clock_at(FRIDAY):
        assert now() == FRIDAY
        with clock_at(FRIDAY + timedelta(days=1)):
            assert now() == FRIDAY + timedelta(days=1)
        assert now() == FRIDAY
    assert now() != FRIDAY
    assert now().tzinfo is UTC


def test_clock_at_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"), clock_at(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass


def test_today_is_the_date_where_the_installation_lives() -> None:
    with clock_at(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)):
        assert today() == date(2026, 7, 2)


def test_day_of_is_the_date_where_the_installation_lives() -> None:
    assert day_of(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)) == date(2026, 12, 31)
    assert day_of(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        (date(2026, 7, 13), True),
        (date(2026, 7, 14), False),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 12, 25), False),
    ],
)
def test_is_working_day_knows_week_ends_and_holidays(day: date, is_working: bool) -> None:
    assert is_working_day(day) is is_working


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, FRIDAY + timedelta(days=3)),
        (FRIDAY + timedelta(days=1), 0, FRIDAY + timedelta(days=3)),
        (FRIDAY + timedelta(days=1), 1, FRIDAY + timedelta(days=3)),
        (datetime(2026, 7, 13, 8, 0, tzinfo=UTC), 1, datetime(2026, 7, 15, 8, 0, tzinfo=UTC)),
        (datetime(2026, 10, 23, 8, 0, tzinfo=UTC), 1, datetime(2026, 10, 26, 9, 0, tzinfo=UTC)),
    ],
)
def test_after_working_days_ends_on_a_working_day_at_the_same_local_time(
    start: datetime, days: int, end: datetime
) -> None:
    assert after_working_days(start, days) == end


def test_holiday_name_is_in_the_language_of_the_reader() -> None:
    easter_monday = date(2026, 4, 6)
    assert holiday_name(easter_monday, "FR", "fr") == "Lundi de Pâques"
    assert holiday_name(easter_monday, "FR", "en") == "Easter Monday"
    assert holiday_name(easter_monday + timedelta(days=1), "FR", "en") == ""


def test_working_day_from_a_week_end_before_a_holiday_is_the_day_after_it() -> None:
    assert working_day_from(date(2026, 4, 4)) == date(2026, 4, 7)
    assert working_day_from(date(2026, 4, 6), "AQ") == date(2026, 4, 6)  # no holidays are known there
