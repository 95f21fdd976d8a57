"""On which days does a rule fall, and where do those go on which nobody works? Days only: no hour ever matters."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from itertools import groupby
from typing import Any

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr

from marketplace.foundation.clock import working_day_from
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST = -1
MOST_YEARS, LONGEST_INTERVAL = 5, 52
SHORTEST_MONTH, LONGEST_MONTH = 28, 31


class NoSuchRule(Invalid):
    """A rule that says too little, contradicts itself or never ends."""


class Frequency(StrEnum):
    """By what a rule counts."""

    WEEKLY = "weekly"
    MONTH_DAY = "month_day"
    MONTH_WEEKDAY = "month_weekday"


@dataclass(frozen=True)
class Pattern:
    """How often: every so many weeks on some weekdays, or months on a day or on the nth of a weekday; and how long.

    `weekdays` are RFC 5545's; by month the first of them counts, and `nth` −1 is the last one. It ends after `ends_on`,
    or after so many `times`.
    """

    frequency: Frequency
    interval: int = 1
    weekdays: tuple[str, ...] = ()
    month_day: int = 1
    nth: int = 1
    ends_on: date | None = None
    times: int | None = None

    @property
    def rule(self) -> str:
        """As RFC 5545 writes it (RECUR)."""
        frequency = "WEEKLY" if self.frequency == Frequency.WEEKLY else "MONTHLY"
        end = f"UNTIL={self.ends_on:%Y%m%d}" if self.ends_on else f"COUNT={self.times}"
        return f"FREQ={frequency};INTERVAL={self.interval};{self._by()};{end}"

    @classmethod
    def read(cls, rule: str) -> "Pattern":
        """The pattern that `rule` writes."""
        said = dict(part.split("=") for part in rule.split(";"))
        until = said.get("UNTIL")
        common: dict[str, Any] = {
            "interval": int(said["INTERVAL"]),
            "ends_on": date.fromisoformat(until) if until else None,
            "times": int(said["COUNT"]) if "COUNT" in said else None,
        }
        if said["FREQ"] == "WEEKLY":
            return cls(Frequency.WEEKLY, weekdays=tuple(said["BYDAY"].split(",")), **common)
        if "BYDAY" in said:
            nth, weekday = int(said["BYDAY"][:-2]), said["BYDAY"][-2:]
            return cls(Frequency.MONTH_WEEKDAY, weekdays=(weekday,), nth=nth, **common)
        return cls(Frequency.MONTH_DAY, month_day=int(said["BYMONTHDAY"].split(",")[-1]), **common)

    def _by(self) -> str:
        if self.frequency == Frequency.WEEKLY:
            return f"BYDAY={','.join(self.weekdays)}"
        if self.frequency == Frequency.MONTH_WEEKDAY:
            return f"BYDAY={self.nth:+d}{self.weekdays[0]}"
        if self.month_day <= SHORTEST_MONTH:
            return f"BYMONTHDAY={self.month_day}"
        # Where a month has no such day, its last one: of those that there are, the latest.
        days = ",".join(str(day) for day in range(SHORTEST_MONTH, self.month_day + 1))
        return f"BYMONTHDAY={days};BYSETPOS=-1"


@dataclass(frozen=True)
class Day:
    """A working day on which something is needed, and the days of the rule that it stands for: mostly itself."""

    on: date
    meant: tuple[date, ...]

    @property
    def is_moved(self) -> bool:
        """Whether the rule says another day, on which nobody works."""
        return self.meant != (self.on,)


def rule_days(rule: str, starts_on: date) -> Iterator[date]:
    """The days that the rule says, in their order."""
    for moment in rrulestr(rule, dtstart=datetime.combine(starts_on, time.min)):
        yield moment.date()


def days(rule: str, starts_on: date, country: str) -> Iterator[Day]:
    """The same, each on a day on which `country` works: that day, or the next one; two that meet there are one."""
    meant = rule_days(rule, starts_on)
    for on, together in groupby(meant, key=lambda day: working_day_from(day, country)):
        yield Day(on, tuple(together))


def check(pattern: Pattern, starts_on: date) -> None:
    """Raises NoSuchRule, with the field that is wrong."""
    for field, is_wrong, sentence in _flaws(pattern, starts_on):
        if is_wrong:
            raise NoSuchRule(sentence, field=field)
    last_day = starts_on + relativedelta(years=MOST_YEARS)
    found = next(rule_days(pattern.rule, starts_on), None)
    if found is None:
        raise NoSuchRule(_l("No day of the rule falls between the first and the last day."), field="ends_on")
    if any(day > last_day for day in rule_days(pattern.rule, starts_on)):
        field = "ends_on" if pattern.ends_on else "times"
        raise NoSuchRule(_l("At most five years ahead, please."), field=field)


def _flaws(pattern: Pattern, starts_on: date) -> tuple[tuple[str, bool, object], ...]:
    by_weekday = pattern.frequency != Frequency.MONTH_DAY
    return (
        (
            "interval",
            not 1 <= pattern.interval <= LONGEST_INTERVAL,
            _l("Every 1 at least, and every 52 at most."),
        ),
        ("weekdays", by_weekday and not pattern.weekdays, _l("Please choose at least one weekday.")),
        (
            "weekdays",
            pattern.frequency == Frequency.MONTH_WEEKDAY and len(pattern.weekdays) > 1,
            _l("By month, please choose one weekday."),
        ),
        ("month_day", not 1 <= pattern.month_day <= LONGEST_MONTH, _l("A month has the days 1 to 31.")),
        ("times", pattern.times is not None and pattern.times < 1, _l("At least once, please.")),
        (
            "ends_on",
            (pattern.ends_on is None) == (pattern.times is None),
            _l("Please give a last day or a number of times: one of the two."),
        ),
        (
            "ends_on",
            pattern.ends_on is not None and pattern.ends_on < starts_on,
            _l("The last day comes before the first."),
        ),
    )
