"""How are a scorecard's figures read?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import State, Tone
from marketplace.sellers.scorecards.models import Scorecard, ScorecardReply
from marketplace.sellers.scorecards.scoring import CRITERIA, MINIMUM_LINES, Key, Score, band_of

NOT_RATED = State(
    _l("Not rated"),
    Tone.NEUTRAL,
    _l("Too few deliveries: a score needs at least %(n)d completed order lines.", n=MINIMUM_LINES),
)


@dataclass(frozen=True)
class Figure:
    """One measure of a scorecard, with its words; shares are between 0 and 1."""

    key: str
    label: LazyString
    meaning: LazyString
    weight: int
    share: float | None
    low: float | None
    high: float | None
    lines: int
    market: float | None


@dataclass(frozen=True)
class Reply:
    """A reply as the page shows it in its thread."""

    who: str
    organisation: str
    at: datetime
    body: str


def spoken(replies: Sequence[ScorecardReply], supplier: str) -> list[Reply]:
    """The supplier's replies, as a conversation."""
    return [Reply(reply.person_name, supplier, reply.replied_at, reply.body) for reply in replies]


def presented(card: Scorecard) -> list[Figure]:
    """The measures of a scorecard in their order, each beside the market's mean of that day."""
    return [
        Figure(
            measure["key"],
            CRITERIA[Key(measure["key"])].label,
            CRITERIA[Key(measure["key"])].meaning,
            measure["weight"],
            measure["share"],
            measure["low"],
            measure["high"],
            measure["lines"],
            card.market.get(measure["key"]),
        )
        for measure in card.measures
    ]


def live_figures(result: Score | None) -> list[Figure]:
    """The measures of today's score, in their order."""
    return [
        Figure(
            m.key,
            CRITERIA[Key(m.key)].label,
            CRITERIA[Key(m.key)].meaning,
            m.weight,
            m.share,
            m.low,
            m.high,
            m.lines,
            None,
        )
        for m in (result.measures if result else ())
    ]


def standing(points: Decimal | None) -> State:
    """The band of a score as a state: a letter with its word, or “not rated”."""
    if points is None:
        return NOT_RATED
    band = band_of(points)
    return State(
        _l("%(letter)s · %(label)s", letter=band.letter, label=band.label),
        Tone(band.tone),
        _l("From %(floor)s points.", floor=band.floor),
    )
