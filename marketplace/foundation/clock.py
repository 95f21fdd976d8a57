"""What time is it?

One question asked in one place, so that a demo year, a test and a deadline can each live in their own time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from marketplace.foundation.settings import current_settings

_fixed: ContextVar[datetime | None] = ContextVar("fixed_instant", default=None)


def now() -> datetime:
    """The present instant, in UTC."""
    return _fixed.get() or datetime.now(UTC)


def today() -> date:
    """The present date where the installation lives (setting TIMEZONE)."""
    return day_of(now())


def day_of(instant: datetime) -> date:
    """The date of that instant where the installation lives: near midnight another one than in UTC."""
    return instant.astimezone(ZoneInfo(current_settings().timezone)).date()


def beginning_of(day: date) -> datetime:
    """The first instant of that day where the installation lives, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(current_settings().timezone)).astimezone(UTC)


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Everything inside happens at `instant` (aware)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    token = _fixed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def is_working_day(day: date, country: str = "FR") -> bool:
    """Monday to Friday and no public holiday of `country` (ISO 3166 alpha-2)."""
    return day.weekday() < 5 and day not in _holidays(country, day.year)


def holiday_name(day: date, country: str, language: str) -> str:
    """What the public holiday of that day is called in `country` (ISO 3166 alpha-2); empty where it is none.

    In `language` ("en", "fr") where the holidays of the country are known in it, else in the country's own.
    """
    return _holidays(country, day.year, language).get(day, "")


def working_day_from(day: date, country: str = "FR") -> date:
    """That day, or the next one on which `country` works."""
    while not is_working_day(day, country):
        day += timedelta(days=1)
    return day


@lru_cache
def _holidays(country: str, year: int, language: str = "") -> dict[date, str]:
    """By day; of a country whose holidays are not known, none."""
    if country not in holidays.list_supported_countries(include_aliases=False):
        return {}
    known = holidays.list_localized_countries().get(country, [])
    spoken = next((one for one in known if language and one.startswith(language)), None)
    return dict(holidays.country_holidays(country, years=year, language=spoken))


def after_working_days(start: datetime, days: int, country: str = "FR") -> datetime:
    """The instant `days` working days after `start`, at the same local time of day.

    A deadline therefore never runs out on a week-end or a public holiday.
    """
    zone = ZoneInfo(current_settings().timezone)
    local = start.astimezone(zone)
    while days > 0 or not is_working_day(local.date(), country):
        local += timedelta(days=1)
        if is_working_day(local.date(), country):
            days = max(days - 1, 0)
    return local.astimezone(UTC)
