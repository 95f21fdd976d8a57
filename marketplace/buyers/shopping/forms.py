"""How many does somebody want?"""

from wtforms.validators import Optional

from marketplace.foundation.forms import Form, NumberField, countable, required
from marketplace.foundation.language import lazy_text as _l


class QuantityForm(Form):
    """So many of one product."""

    quantity = NumberField(_l("Quantity"), [required()])


class WantedForm(Form):
    """So much of what is compared."""

    wanted = NumberField(_l("How much do you want?"), [Optional(), countable()])
