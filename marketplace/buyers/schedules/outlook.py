"""What comes next, and what will it probably cost?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from marketplace.buyers.requisitions.offers import Offer, offers, problem, wanted_by
from marketplace.buyers.schedules.models import StandingLine, StandingRequisition
from marketplace.buyers.schedules.queries import days_ahead, lines_of
from marketplace.buyers.schedules.recurrence import Day, Pattern, days
from marketplace.buyers.schedules.wording import why_moved
from marketplace.foundation import clock
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.identity.organisations.queries import organisation, site

AHEAD = 10
"""So many days are shown."""


@dataclass(frozen=True)
class Expected:
    """One day ahead: when it is needed, when it will be asked for, and why it is another day than the rule says."""

    on: date
    asked_on: date
    why: list[str]


@dataclass(frozen=True)
class NeededLine:
    """A line at today's price, or why it cannot be had today."""

    line: StandingLine
    offer: Offer | None
    refusal: Refusal | None

    @property
    def line_total(self) -> Money | None:
        """What it costs today; None where it cannot be had."""
        return self.offer.price.line_total if self.offer and not self.refusal else None


@dataclass(frozen=True)
class Outlook:
    """The next days, and what each costs at the prices of today (None: not all of it can be had)."""

    expected: list[Expected]
    lines: list[NeededLine]
    each: Money | None


def outlook(row: StandingRequisition) -> Outlook:
    """What comes next of it, in a number of statements that does not grow."""
    currency = organisation(row.organisation_id).currency
    lines = _today(row, lines_of(row.id), currency)
    totals = [line.line_total for line in lines]
    known = [total for total in totals if total is not None]
    ahead = islice(days_ahead(row), AHEAD)
    return Outlook(
        expected=_expected(ahead, row.lead_days, site(row.site_id).country),
        lines=lines,
        each=Money.total(known, currency) if len(known) == len(totals) else None,
    )


def preview(pattern: Pattern, starts_on: date, lead_days: int, country: str) -> list[Expected]:
    """The first days of a rule that is not kept yet; of one that has begun, those from today on."""
    ahead = (day for day in days(pattern.rule, starts_on, country) if day.on >= clock.today())
    return _expected(islice(ahead, AHEAD), lead_days, country)


def _expected(ahead: "islice[Day]", lead_days: int, country: str) -> list[Expected]:
    today = clock.today()
    return [
        Expected(day.on, max(day.on - timedelta(days=lead_days), today), why_moved(day, country))
        for day in ahead
    ]


def _today(row: StandingRequisition, lines: Sequence[StandingLine], currency: str) -> list[NeededLine]:
    found = offers(buyer_id=row.organisation_id, wanted=wanted_by(lines), on=clock.today())
    return [
        NeededLine(line, offer, problem(line, offer, currency))
        for line, offer in ((line, found.get(line.product_id)) for line in lines)
    ]
