"""What does a supplier ask about its own prices?"""

from wtforms import DateField

from marketplace.foundation.forms import Form, NumberField, RowField, TextField, required
from marketplace.foundation.language import lazy_text as _l


class QuestionForm(Form):
    """What does this customer pay for so many of that article, on which day?"""

    buyer_id = RowField(_l("Customer"), [required()])
    sku = TextField(_l("Article number"), [required()])
    quantity = NumberField(_l("Quantity"), [required()])
    day = DateField(_l("On"), [required()])
