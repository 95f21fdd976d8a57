"""What does somebody type about what they need again and again?"""

from decimal import Decimal
from typing import Any

from wtforms import Field, SelectField
from wtforms.validators import NumberRange, Optional, ValidationError
from wtforms.widgets import TextArea

from marketplace.buyers.schedules.models import (
    HIGHEST_BOUND,
    LONGEST_LEAD,
    LONGEST_TITLE,
    StandingRequisition,
)
from marketplace.buyers.schedules.recurrence import WEEKDAYS, Frequency, Pattern
from marketplace.buyers.schedules.wording import NTH, weekday_name
from marketplace.foundation import clock
from marketplace.foundation.forms import (
    BoxesField,
    DayField,
    Form,
    NumberField,
    RowField,
    TextField,
    at_most,
    choices,
    required,
)
from marketplace.foundation.language import lazy_text as _l

FREQUENCIES: dict[str, object] = {
    Frequency.WEEKLY: _l("By weeks, on weekdays"),
    Frequency.MONTH_DAY: _l("By months, on a day of the month"),
    Frequency.MONTH_WEEKDAY: _l("By months, on the first, second … of a weekday"),
}
FEW, USUAL_LEAD = 9999, 5


def whole(form: Form, field: Field) -> None:
    """Refuse parts of one, and more than anybody means."""
    if field.data is not None and (field.data != int(field.data) or abs(field.data) > FEW):
        raise ValidationError(str(_l("A whole number, please.")))


class StandingForm(Form):
    """What it is called, whom it is for, and by which rule it comes again."""

    title = TextField(_l("Name"), [required(), at_most(LONGEST_TITLE)])
    cost_centre_id = RowField(_l("Cost centre"), [required()])
    site_id = RowField(_l("Deliver to"), [required()])
    frequency = SelectField(_l("How often"), [required()], choices=choices(FREQUENCIES))
    interval = NumberField(_l("Every … weeks or months"), [required(), whole], default=Decimal(1))
    weekdays = BoxesField(_l("Weekdays"))
    nth = SelectField(
        _l("Which one in the month"), choices=choices({str(n): label for n, label in NTH.items()})
    )
    month_day = NumberField(_l("Day of the month"), [whole], default=Decimal(1))
    starts_on = DayField(_l("From"), [required()], default=clock.today)
    ends_on = DayField(_l("Until"), [Optional()])
    times = NumberField(_l("Number of times"), [whole])
    lead_days = NumberField(
        _l("Days ahead"),
        [
            required(),
            whole,
            NumberRange(0, LONGEST_LEAD, message=_l("From 0 to %(most)s days, please.", most=LONGEST_LEAD)),
        ],
        default=Decimal(USUAL_LEAD),
    )
    price_bound = NumberField(_l("How much dearer a product may become"))
    note = TextField(_l("Note for the approvers"), [at_most(1000)], widget=TextArea())

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.weekdays.choices = choices({weekday: weekday_name(weekday) for weekday in WEEKDAYS})

    @staticmethod
    def said_by(row: StandingRequisition) -> dict[str, Any]:
        """What the fields show of what is kept."""
        pattern = Pattern.read(row.rule)
        kept = ("title", "cost_centre_id", "site_id", "starts_on", "price_bound", "note")
        return {
            **{name: getattr(row, name) for name in kept},
            "frequency": pattern.frequency,
            "interval": Decimal(pattern.interval),
            "weekdays": list(pattern.weekdays),
            "nth": str(pattern.nth),
            "month_day": Decimal(pattern.month_day),
            "ends_on": pattern.ends_on,
            "times": None if pattern.times is None else Decimal(pattern.times),
            "lead_days": Decimal(row.lead_days),
        }

    def validate_price_bound(self, field: Field) -> None:
        """A share of the price, where it is given."""
        if field.data is not None and not 0 <= field.data <= HIGHEST_BOUND:
            raise ValidationError(str(_l("From 0 to %(most)s per cent, please.", most=HIGHEST_BOUND)))

    @property
    def pattern(self) -> Pattern:
        """The rule that was typed."""
        return Pattern(
            frequency=Frequency(self.frequency.data),
            interval=int(self.interval.data or 0),
            weekdays=tuple(self.weekdays.data or ()),
            nth=int(self.nth.data or 1),
            month_day=1 if self.month_day.data is None else int(self.month_day.data),
            ends_on=self.ends_on.data,
            times=None if self.times.data is None else int(self.times.data),
        )

    def values(self) -> dict[str, Any]:
        """What was typed, the rule as one."""
        kept = ("title", "cost_centre_id", "site_id", "starts_on", "price_bound", "note")
        typed = {name: self[name].data for name in kept}
        return {**typed, "pattern": self.pattern, "lead_days": int(self.lead_days.data or 0)}


class QuantityForm(Form):
    """Another quantity each time."""

    quantity = NumberField(_l("Quantity"), [required()])


class PauseForm(Form):
    """Why nothing is needed for now."""

    reason = TextField(_l("Reason"), [at_most(1000)])


class SkipForm(Form):
    """The day on which nothing is needed."""

    day = DayField(_l("Day"), [required()])
