"""What does somebody in the warehouse type?"""

from wtforms import BooleanField

from marketplace.foundation.forms import Form, NumberField, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l


class ReceiveForm(Form):
    """Goods that come in: how many, and from where."""

    quantity = NumberField(_l("Quantity that came in"), [required()])
    is_return = BooleanField(_l("These goods come back from a buyer"))
    reason = TextField(_l("Reference or remark"), [at_most(200)])


class CountForm(Form):
    """What was counted on the shelf, and why it differs."""

    counted = NumberField(_l("Counted quantity"), [required()])
    reason = TextField(_l("Reason"), [required(), at_most(200)])


class BinForm(Form):
    """Where it lies."""

    bin = TextField(_l("Bin"), [at_most(30)])
