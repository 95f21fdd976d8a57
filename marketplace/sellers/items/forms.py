"""What does the operator type about items?"""

from wtforms import HiddenField
from wtforms.validators import AnyOf, Optional
from wtforms.widgets import TextArea

from marketplace.foundation.forms import Form, RowField, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.items.models import LONGEST_REASON

VERDICTS = ("same", "different")


class VerdictForm(Form):
    """Whether two offers are of one thing, and why."""

    verdict = HiddenField(validators=[AnyOf(VERDICTS)])
    reason = TextField(_l("Reason"), [Optional(), at_most(LONGEST_REASON)], widget=TextArea())


class PartForm(Form):
    """Which offer is none of this item, and why."""

    product_id = RowField(_l("Offer"), [required()])
    reason = TextField(_l("Reason"), [required(), at_most(LONGEST_REASON)], widget=TextArea())
