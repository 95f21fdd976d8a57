"""What does somebody say about the letters they get?"""

from marketplace.foundation.forms import BoxesField, Form
from marketplace.foundation.language import lazy_text as _l


class PreferencesForm(Form):
    """The kinds of news that come by mail too."""

    mailed = BoxesField(_l("Send me a letter too when this happens"))
