"""What does a supplier type who replies?"""

from wtforms.widgets import TextArea

from marketplace.foundation.forms import Form, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l


class ReplyForm(Form):
    """The reply, in the supplier's own words."""

    body = TextField(_l("Your reply"), [required(), at_most(4000)], widget=TextArea())
