"""What does somebody type about cost centres and budgets?"""

from wtforms import BooleanField

from marketplace.foundation.forms import DayField, Form, NumberField, RowField, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l


class CostCentreForm(Form):
    """A cost centre and who answers for it."""

    code = TextField(_l("Code"), [required(), at_most(20)])
    name = TextField(_l("Name"), [required(), at_most(120)])
    owner_id = RowField(_l("Owner"), [required()])


class CostCentreChangeForm(CostCentreForm):
    """The same, and whether it still takes requisitions."""

    is_active = BooleanField(_l("Takes new requisitions"))


class BudgetForm(Form):
    """How much may be spent, and from when to when."""

    starts_on = DayField(_l("First day"), [required()])
    ends_on = DayField(_l("Last day"), [required()])
    amount = NumberField(_l("Amount"), [required()])


class AmountForm(Form):
    """Another amount for a budget."""

    amount = NumberField(_l("Amount"), [required()])
