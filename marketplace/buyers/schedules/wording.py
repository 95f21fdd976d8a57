"""How is a rule said, why was a day moved, and what is it called what became of it?"""

from datetime import date

from babel.dates import format_date, get_day_names

from marketplace.buyers.schedules.models import Outcome
from marketplace.buyers.schedules.recurrence import LAST, WEEKDAYS, Day, Frequency, Pattern
from marketplace.foundation.clock import holiday_name
from marketplace.foundation.language import language, lazy_text as _l, locale, plural_text, text as _
from marketplace.foundation.lifecycle import Tone
from marketplace.foundation.presentation import write_date

OUTCOMES = {
    Outcome.MADE: (_l("Requisition made"), Tone.GOOD),
    Outcome.UNAVAILABLE: (_l("Not available"), Tone.BAD),
    Outcome.NO_BUDGET: (_l("No budget left"), Tone.BAD),
    Outcome.TOO_DEAR: (_l("Has become too dear"), Tone.BAD),
    Outcome.REFUSED: (_l("Refused"), Tone.BAD),
    Outcome.MISSED: (_l("Missed"), Tone.WARNING),
    Outcome.SKIPPED: (_l("Skipped"), Tone.NEUTRAL),
}
NTH = {1: _l("first"), 2: _l("second"), 3: _l("third"), 4: _l("fourth"), LAST: _l("last")}


def weekday_name(weekday: str) -> str:
    """What RFC 5545's `weekday` is called in the present language."""
    return str(get_day_names("wide", locale=locale())[WEEKDAYS.index(weekday)])


def said(pattern: Pattern) -> str:
    """The pattern in words, such as "every 2 weeks: Tuesday; until 31 Dec 2026"."""
    return f"{_how_often(pattern)} {_until(pattern)}"


def why_moved(day: Day, country: str) -> list[str]:
    """For each day of the rule that `day` stands for and is not, why nobody works there."""
    return [_why(meant, country) for meant in day.meant if meant != day.on]


def with_weekday(day: date) -> str:
    """The day with its weekday, shortly."""
    return str(format_date(day, "EEE d MMM y", locale=locale()))


def _why(meant: date, country: str) -> str:
    reason = holiday_name(meant, country, language()) or _("week-end")
    return _("planned for %(day)s: %(reason)s", day=with_weekday(meant), reason=reason)


def _how_often(pattern: Pattern) -> str:
    names = ", ".join(weekday_name(weekday) for weekday in pattern.weekdays)
    if pattern.frequency == Frequency.WEEKLY:
        return plural_text(
            "Every week: %(days)s,", "Every %(num)s weeks: %(days)s,", pattern.interval, days=names
        )
    if pattern.frequency == Frequency.MONTH_WEEKDAY:
        on = _("the %(nth)s %(weekday)s", nth=NTH[pattern.nth], weekday=names)
    else:
        on = _("day %(day)s of the month", day=pattern.month_day)
    return plural_text("Every month: %(days)s,", "Every %(num)s months: %(days)s,", pattern.interval, days=on)


def _until(pattern: Pattern) -> str:
    if pattern.ends_on:
        return _("until %(day)s", day=write_date(pattern.ends_on))
    return plural_text("once", "%(num)s times", pattern.times or 0)
