"""What does a supplier ask about its own prices?"""

from marketplace.foundation.forms import DayField, Form, NumberField, RowField, TextField, required
from marketplace.foundation.language import lazy_text as _l


class QuestionForm(Form):
    """What does this customer pay for so many of that article, on which day?"""

    buyer_id = RowField(_l("Customer"), [required()])
    sku = TextField(_l("Article number"), [required()])
    quantity = NumberField(_l("Quantity"), [required()])
    day = DayField(_l("On"), [required()])
