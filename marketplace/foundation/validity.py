"""From when until when does something hold?

What held once is never written over: a row says its first and its last day, only the last day may be brought forward,
and what comes after is a row of its own. A row that ends the day before it begins was called off before it held.
"""

from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, and_, func, not_, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import State, Tone

DAY = timedelta(days=1)


class Standing(StrEnum):
    """How a day lies to a validity."""

    PLANNED = "planned"
    IN_FORCE = "in force"
    OVER = "over"


STANDINGS = {
    Standing.PLANNED: State(_l("Planned"), Tone.INFO, _l("It begins later.")),
    Standing.IN_FORCE: State(_l("In force"), Tone.GOOD, _l("It holds today.")),
    Standing.OVER: State(_l("Over"), Tone.NEUTRAL, _l("It no longer holds.")),
}


def standing_on(day: date, starts_on: date | None, ends_on: date | None) -> Standing:
    """How `day` lies to a first and a last day, where there are such."""
    if ends_on is not None and ends_on < max(day, starts_on or day):
        return Standing.OVER
    return Standing.IN_FORCE if starts_on is None or starts_on <= day else Standing.PLANNED


class Validity:
    """A first day, and a last one where there is one; both are days on which it holds."""

    starts_on: Mapped[date]
    ends_on: Mapped[date | None] = mapped_column(default=None)

    def standing(self, day: date) -> Standing:
        """How it stands on `day`."""
        return standing_on(day, self.starts_on, self.ends_on)

    @classmethod
    def stands(cls, standing: Standing, day: date) -> ColumnElement[bool]:
        """The rows that stand so on `day`."""
        is_over = and_(cls.ends_on.is_not(None), cls.ends_on < func.greatest(cls.starts_on, day))
        if standing is Standing.OVER:
            return is_over
        has_begun = cls.starts_on <= day
        return and_(not_(is_over), has_begun if standing is Standing.IN_FORCE else not_(has_begun))

    @property
    def is_open(self) -> bool:
        """Whether it can still be ended: it holds today, or will."""
        return self.standing(clock.today()) is not Standing.OVER

    @property
    def state(self) -> State:
        """How it stands today, for the person who reads it."""
        return STANDINGS[self.standing(clock.today())]


def term() -> CheckConstraint:
    """The last day of a validity is not before the first, or it never began."""
    return CheckConstraint("ends_on >= starts_on - 1", name="term")


def tally(model: type[Validity], condition: ColumnElement[bool]) -> dict[str, int]:
    """How many of the rows that meet `condition` stand how today, in one statement."""
    counts = [func.count().filter(model.stands(standing, clock.today())) for standing in Standing]
    return dict(zip(Standing, session().execute(select(*counts).where(condition)).one(), strict=True))


def checked_term(starts_on: date, ends_on: date | None) -> None:
    """Raises Invalid for days that lie in the past, or in the wrong order."""
    if starts_on < clock.today():
        raise Invalid(
            _l("What held until today stays as it was: please begin today or later."), field="starts_on"
        )
    if ends_on is not None and ends_on < starts_on:
        raise Invalid(_l("The last day cannot be before the first."), field="ends_on")


def end(row: Validity, last_day: date) -> None:
    """Let `row` hold until `last_day`; yesterday ends it at once. Raises Invalid where that would change the past."""
    if last_day < clock.today() - DAY:
        raise Invalid(
            _l("What held until today stays as it was: please end it today or later."), field="ends_on"
        )
    if row.ends_on is not None and last_day >= row.ends_on:
        raise Invalid(_l("It ends before that already."), field="ends_on")
    row.ends_on = max(last_day, row.starts_on - DAY)


explain("validity_only_ends", _l("What held once stays as it was: it can only be ended."), field="ends_on")
