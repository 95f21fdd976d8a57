"""What does a supplier type who replies?"""

from wtforms import TextAreaField

from marketplace.foundation.forms import Form, at_most, required
from marketplace.foundation.language import lazy_text as _l


class ReplyForm(Form):
    """The reply, in the supplier's own words."""

    body = TextAreaField(_l("Your reply"), [required(), at_most(4000)])
