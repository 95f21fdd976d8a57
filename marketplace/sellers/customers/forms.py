"""What does a sales desk type about its circles of customers?"""

from marketplace.foundation.forms import Form, RowField, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l


class GroupForm(Form):
    """What a group is called."""

    name = TextField(_l("Name of the group"), [required(), at_most(120)])


class MemberForm(Form):
    """Who joins it."""

    buyer_id = RowField(_l("Customer"), [required()])
