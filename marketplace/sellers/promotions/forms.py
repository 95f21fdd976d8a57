"""What does a sales desk type about a promotion?"""

from typing import Any

from wtforms import SelectField

from marketplace.foundation.forms import DayField, Form, NumberField, TextField, at_most, choices, required
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.sellers.price_lists.forms import CURRENCIES


class PromotionForm(Form):
    """For which days, of what, and how much less."""

    title = TextField(_l("Title"), [required(), at_most(120)])
    starts_on = DayField(_l("First day"), [required()])
    ends_on = DayField(_l("Last day"), [required()])
    sku = TextField(_l("Article number"), [at_most(60)])
    minimum_quantity = NumberField(_l("Minimum quantity"))
    percentage = NumberField(_l("Less than the public price, in percent"))
    price = NumberField(_l("Or a price per unit"))
    currency = SelectField(_l("Currency of that price"), choices=choices(CURRENCIES))

    def values(self) -> dict[str, Any]:
        """What was typed; a price becomes Money."""
        typed = super().values()
        amount, currency = typed.pop("price"), typed.pop("currency")
        return typed | {"price": None if amount is None else Money(amount, currency)}


class EndForm(Form):
    """Until when a promotion holds."""

    ends_on = DayField(_l("Last day"), [required()])
