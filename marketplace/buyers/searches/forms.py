"""What does somebody type about a search?"""

from marketplace.buyers.searches.models import LONGEST_NAME
from marketplace.foundation.forms import Form, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l


class SearchForm(Form):
    """What a search is called."""

    name = TextField(_l("Name of the search"), [required(), at_most(LONGEST_NAME)])
