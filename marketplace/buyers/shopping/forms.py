"""How many does somebody want?"""

from typing import Any

from flask_wtf.file import FileField
from wtforms.validators import Optional
from wtforms.widgets import TextArea

from marketplace.buyers.shopping.listing import written
from marketplace.foundation.forms import Form, NumberField, TextField, countable, required
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue.spreadsheets import read_sheet


class QuantityForm(Form):
    """So many of one product."""

    quantity = NumberField(_l("Quantity"), [required()])


class WantedForm(Form):
    """So much of what is compared."""

    wanted = NumberField(_l("How much do you want?"), [Optional(), countable()])


class ListForm(Form):
    """Article numbers and quantities, typed or in a file."""

    lines = TextField(_l("Article numbers and quantities"), widget=TextArea())
    file = FileField(_l("Or a file"))

    def values(self) -> dict[str, Any]:
        """The lines; where a file was sent its own, which then stand in the field too. Raises UnreadableFile."""
        if self.file.data:
            self.lines.data = written(read_sheet(self.file.data.read()))
        return {"typed": self.lines.data or ""}
