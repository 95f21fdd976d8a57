"""What does the operator type about what is looked at first?"""

from wtforms import HiddenField, SelectField
from wtforms.validators import Regexp
from wtforms.widgets import TextArea

from marketplace.foundation.forms import CHANGED, Form, RowField, TextField, at_most, choices, required
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue.models import LONGEST_REASON

RULES = {"on": True, "off": False, "": None}
FINGERPRINT = r"[0-9a-f]{64}"


class RefusalForm(Form):
    """Why buyers shall not see a product, as it was `seen`."""

    seen = HiddenField(validators=[Regexp(f"^{FINGERPRINT}$", message=CHANGED)])
    reason = TextField(_l("What is wrong with it?"), [required(), at_most(LONGEST_REASON)], widget=TextArea())


class RuleForm(Form):
    """Whose products are looked at first."""

    supplier_id = RowField(_l("Whose products"))
    rule = SelectField(
        _l("From now on"),
        choices=choices(
            {
                "on": _l("looked at before buyers see them"),
                "off": _l("shown as soon as they are published"),
                "": _l("as for all suppliers"),
            }
        ),
    )
