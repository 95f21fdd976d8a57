"""What does the operator type about words?"""

from wtforms import BooleanField
from wtforms.validators import Optional, Regexp

from marketplace.foundation.forms import Form, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l

MOST_LETTERS = 80


class SynonymForm(Form):
    """Which word stands for which, and where."""

    word = TextField(_l("Who looks for"), [required(), at_most(MOST_LETTERS)])
    other = TextField(_l("is also shown"), [required(), at_most(MOST_LETTERS)])
    is_two_way = BooleanField(_l("And the other way round"), default=True)
    category = TextField(
        _l("Only among products of the category"),
        [Optional(), Regexp("^[0-9]{2,8}$", message=_l("Two to eight digits, as a CPV code begins."))],
    )
