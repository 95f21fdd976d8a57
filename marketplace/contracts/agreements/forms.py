"""What does somebody type who writes an agreement?"""

from wtforms import SelectField

from marketplace.foundation.forms import DayField, Form, NumberField, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l


class AgreementForm(Form):
    """With whom, about what, for how long, up to how much."""

    counterparty_id = SelectField(_l("With"), [required()])
    title = TextField(_l("Subject"), [required(), at_most(200)])
    starts_on = DayField(_l("First day"), [required()])
    ends_on = DayField(_l("Last day"), [required()])
    ceiling_amount = NumberField(_l("Ceiling in all"))


class LineForm(Form):
    """A product, its price, and how much of it may be called off."""

    sku = TextField(_l("Supplier's SKU"), [required(), at_most(100)])
    unit_price = NumberField(_l("Price per unit"), [required()])
    ceiling_quantity = NumberField(_l("Ceiling (quantity)"))


class ReasonForm(Form):
    """Why something is declined or ended."""

    reason = TextField(_l("Reason"), [required(), at_most(1000)])
