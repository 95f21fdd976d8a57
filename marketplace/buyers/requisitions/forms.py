"""What does somebody type who asks for something to be bought?"""

from uuid import UUID

from wtforms import HiddenField
from wtforms.validators import Optional
from wtforms.widgets import TextArea

from marketplace.foundation.forms import DayField, Form, NumberField, RowField, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l


class AddForm(Form):
    """So much of a product."""

    product_id = HiddenField(validators=[required()], filters=[lambda typed: UUID(typed) if typed else None])
    quantity = NumberField(_l("Quantity"), [required()])


class QuantityForm(Form):
    """Another quantity."""

    quantity = NumberField(_l("Quantity"), [required()])


class DetailsForm(Form):
    """Whom it is for, where it goes, when it is needed."""

    cost_centre_id = RowField(_l("Cost centre"))
    site_id = RowField(_l("Deliver to"))
    needed_on = DayField(_l("Needed on"), [Optional()])
    note = TextField(_l("Note for the approvers"), [at_most(1000)], widget=TextArea())


class ReasonForm(Form):
    """Why something is taken back."""

    reason = TextField(_l("Reason"), [at_most(1000)])
