"""What does somebody in the warehouse type?"""

from wtforms import SelectField

from marketplace.foundation.forms import Form, NumberField, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l


class ReceiveForm(Form):
    """Goods that come in: how many, and from where."""

    quantity = NumberField(_l("Quantity that came in"), [required()])
    is_return = SelectField(
        _l("Where from"),
        choices=[("", _l("Production or purchase")), ("yes", _l("Back from a buyer"))],
        coerce=lambda value: value in ("yes", True),
        default="",
    )
    reason = TextField(_l("Reference or remark"), [at_most(200)])


class CountForm(Form):
    """What was counted on the shelf, and why it differs."""

    counted = NumberField(_l("Counted quantity"), [required()])
    reason = TextField(_l("Reason"), [required(), at_most(200)])


class BinForm(Form):
    """Where it lies."""

    bin = TextField(_l("Bin"), [at_most(30)])
