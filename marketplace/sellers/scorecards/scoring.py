"""How good is a supplier, and how sure are we?

Every figure is made of counted order lines. A line counts less the older it is (half-life 180 days). A share is drawn
towards the market's mean by a prior worth a few lines, so that three lucky lines are no hundred per cent. An interval
says how far it may be off. Below a minimum of lines there is no score at all, never a perfect or a terrible one.

Source of the method: Gelman et al., Bayesian Data Analysis, 3rd ed., §2.4 (beta prior for a share); Wilson (1927) for
the interval, on the decayed number of lines.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import sqrt
from typing import NamedTuple, Protocol

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l

HALF_LIFE_DAYS = 180
WINDOW_DAYS = 365
MINIMUM_LINES = 5
PRIOR_LINES = 4.0
PROMPT_HOURS, SLOW_HOURS = 8.0, 72.0
TWO_SIDED_90 = 1.6449


class Line(Protocol):
    """What is known of one completed order line."""

    ordered: Decimal
    accepted: Decimal
    damaged: Decimal
    promised_on: date
    completed_on: date
    confirmed_after_hours: Decimal | None
    is_contested: bool
    was_founded: bool


class Key(StrEnum):
    """What is measured."""

    ON_TIME_IN_FULL = "on_time_in_full"
    QUALITY = "quality"
    RESPONSIVENESS = "responsiveness"
    DISPUTES = "disputes"


class Criterion(NamedTuple):
    """A measure: what it is called, what it counts, and its weight in the score (the weights sum to 100)."""

    label: LazyString
    meaning: LazyString
    weight: int


CRITERIA: dict[Key, Criterion] = {
    Key.ON_TIME_IN_FULL: Criterion(
        _l("On time and in full"),
        _l("Lines whose last part arrived by the confirmed date, with all that was ordered."),
        50,
    ),
    Key.QUALITY: Criterion(_l("Quality"), _l("Units accepted among those that arrived."), 25),
    Key.RESPONSIVENESS: Criterion(
        _l("Responsiveness"), _l("Time to confirm an order: full marks up to 8 hours, none after 72."), 10
    ),
    Key.DISPUTES: Criterion(_l("Disputes"), _l("Lines without a dispute that was found justified."), 15),
}  # fmt: skip


class Band(NamedTuple):
    """A range of scores from `floor` up to the next band's, and its word."""

    letter: str
    floor: Decimal
    label: LazyString
    tone: str


BANDS = (
    Band("A", Decimal(90), _l("Excellent"), "good"),
    Band("B", Decimal(75), _l("Good"), "good"),
    Band("C", Decimal(60), _l("To be watched"), "warning"),
    Band("D", Decimal(0), _l("Insufficient"), "bad"),
)


@dataclass(frozen=True)
class Measure:
    """One figure: a share between 0 and 1, its 90 % interval, and the lines behind it. `share` is None without any."""

    key: str
    weight: int
    share: float | None
    low: float | None
    high: float | None
    hits: float
    lines: int


@dataclass(frozen=True)
class Score:
    """What the lines say: points from 0 to 100, or None where there are too few of them to say anything."""

    points: Decimal | None
    lines: int
    measures: tuple[Measure, ...]

    @property
    def band(self) -> Band | None:
        """The band of the points; a score of exactly 100, or of exactly a floor, has one."""
        return None if self.points is None else band_of(self.points)


def score(lines: Sequence[Line], *, on: date, market: dict[str, float]) -> Score:
    """The score on that day, of lines completed before it; `market` holds the market's mean share per measure."""
    counted = [line for line in lines if _is_counted(line, on)]
    measures = tuple(_measure(key, counted, on, market.get(key)) for key in CRITERIA)
    rated = [measure for measure in measures if measure.share is not None]
    if len(counted) < MINIMUM_LINES or not rated:
        return Score(None, len(counted), measures)
    weight = sum(measure.weight for measure in rated)
    points = sum(measure.weight * (measure.share or 0.0) for measure in rated) / weight * 100
    return Score(Decimal(points).quantize(Decimal("0.1")), len(counted), measures)


def market_means(lines: Iterable[Line], *, on: date) -> dict[str, float]:
    """The mean share of each measure over all suppliers' lines: where the prior pulls to."""
    counted = [line for line in lines if _is_counted(line, on)]
    means = {}
    for key in CRITERIA:
        weighed = [(decay(line, on), share) for line in counted if (share := share_of(key, line)) is not None]
        total = sum(weight for weight, _ in weighed)
        if total:
            means[str(key)] = sum(weight * share for weight, share in weighed) / total
    return means


def share_of(key: Key, line: Line) -> float | None:
    """What one line contributes to a measure, 0 to 1; None where it says nothing, or is contested."""
    return None if line.is_contested else _SHARES[key](line)


def decay(line: Line, on: date) -> float:
    """How much a line still counts: one half after 180 days."""
    return float(0.5 ** ((on - line.completed_on).days / HALF_LIFE_DAYS))


def band_of(points: Decimal) -> Band:
    """The band that `points` fall in, its floor included."""
    return next(band for band in BANDS if points >= band.floor)


def is_on_time(line: Line) -> bool:
    """Whether the last part arrived by the confirmed date."""
    return line.completed_on <= line.promised_on


def is_in_full(line: Line) -> bool:
    """Whether all that was ordered was accepted."""
    return line.accepted >= line.ordered


def _is_counted(line: Line, on: date) -> bool:
    """Of the year before that day, and not contested: such a line does not count towards the minimum either."""
    return not line.is_contested and 0 <= (on - line.completed_on).days <= WINDOW_DAYS


def _measure(key: Key, lines: Sequence[Line], on: date, mean: float | None) -> Measure:
    weighed = [(decay(line, on), share) for line in lines if (share := share_of(key, line)) is not None]
    total = sum(weight for weight, _ in weighed)
    if not total:
        return Measure(str(key), CRITERIA[key].weight, None, None, None, 0.0, 0)
    hits = sum(weight * share for weight, share in weighed)
    prior = PRIOR_LINES if mean is not None else 0.0
    share = (hits + prior * (mean or 0.0)) / (total + prior)
    low, high = wilson(share, total + prior)
    return Measure(str(key), CRITERIA[key].weight, share, low, high, hits, len(weighed))


def wilson(share: float, lines: float) -> tuple[float, float]:
    """The 90 % interval of a share seen in so many lines (Wilson 1927)."""
    z2 = TWO_SIDED_90**2
    middle = (share + z2 / (2 * lines)) / (1 + z2 / lines)
    reach = TWO_SIDED_90 * sqrt(share * (1 - share) / lines + z2 / (4 * lines**2)) / (1 + z2 / lines)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _arrived_well(line: Line) -> float | None:
    arrived = line.accepted + line.damaged
    return float(line.accepted / arrived) if arrived else None


def _answered_promptly(line: Line) -> float | None:
    if line.confirmed_after_hours is None:
        return None
    late = (float(line.confirmed_after_hours) - PROMPT_HOURS) / (SLOW_HOURS - PROMPT_HOURS)
    return min(1.0, max(0.0, 1.0 - late))


_SHARES: dict[Key, Callable[[Line], float | None]] = {
    Key.ON_TIME_IN_FULL: lambda line: float(is_on_time(line) and is_in_full(line)),
    Key.QUALITY: _arrived_well,
    Key.RESPONSIVENESS: _answered_promptly,
    Key.DISPUTES: lambda line: float(not line.was_founded),
}
