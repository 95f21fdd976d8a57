"""What is typed about the properties of products?"""

from typing import Any

from wtforms import BooleanField, SelectField
from wtforms.validators import Optional, Regexp

from marketplace.foundation.forms import (
    Form,
    LinesField,
    TextField,
    at_most,
    choices as offered,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.quantity import UNITS
from marketplace.sellers.attributes.models import LONGEST_LABEL, AttributeKind

KINDS: dict[str, object] = {
    AttributeKind.TEXT: _l("Text"),
    AttributeKind.NUMBER: _l("Numeric value"),
    AttributeKind.CHOICE: _l("Choice"),
    AttributeKind.FLAG: _l("Yes or no"),
}


class AttributeForm(Form):
    """What products of a category say of themselves."""

    code = TextField(
        _l("Code"),
        [
            required(),
            Regexp(
                "^[a-z][a-z0-9_]{0,39}$", message=_l("Small letters, digits and underscores, a letter first.")
            ),
        ],
    )
    label_en = TextField(_l("Name in English"), [required(), at_most(LONGEST_LABEL)])
    label_fr = TextField(_l("Name in French"), [required(), at_most(LONGEST_LABEL)])
    category = TextField(
        _l("Only among products of the category"),
        [Optional(), Regexp("^[0-9]{2,8}$", message=_l("Two to eight digits, as a CPV code begins."))],
    )
    kind = SelectField(_l("Kind of value"), [required()], choices=offered(KINDS))
    unit_code = SelectField(_l("Unit"), [Optional()])
    choices = LinesField(_l("Values to choose from"), [Optional()])
    is_required = BooleanField(_l("Required"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = {code: f"{unit.label} ({code})" for code, unit in UNITS.items()}
        self.unit_code.choices = offered({"": _l("none"), **units})
