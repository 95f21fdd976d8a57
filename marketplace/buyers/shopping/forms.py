"""How many does somebody want?"""

from marketplace.foundation.forms import Form, NumberField, required
from marketplace.foundation.language import lazy_text as _l


class QuantityForm(Form):
    """So many of one product."""

    quantity = NumberField(_l("Quantity"), [required()])
