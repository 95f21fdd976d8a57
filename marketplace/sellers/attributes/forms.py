"""What is typed about the properties of products?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from wtforms import BooleanField, Field, SelectField
from wtforms.validators import Optional, Regexp

from marketplace.foundation.forms import (
    Form,
    LinesField,
    NumberField,
    TextField,
    at_most,
    choices as offered,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.quantity import UNITS
from marketplace.sellers.attributes.models import LONGEST_LABEL, LONGEST_VALUE, Attribute, AttributeKind
from marketplace.sellers.attributes.values import NO, YES

KINDS: dict[str, object] = {
    AttributeKind.TEXT: _l("Text"),
    AttributeKind.NUMBER: _l("Numeric value"),
    AttributeKind.CHOICE: _l("Choice"),
    AttributeKind.FLAG: _l("Yes or no"),
}
PREFIX = "attribute_"


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


class ValuesForm(Form):
    """What one product says: a field for each property of its category."""

    def values(self) -> dict[str, Any]:
        """What was typed, by the code of the property."""
        return {"values": {name.removeprefix(PREFIX): value for name, value in super().values().items()}}


def values_form(attributes: Sequence[Attribute], said: dict[UUID, str]) -> ValuesForm:
    """The form of these properties, with what is said of them."""
    fields = {f"{PREFIX}{attribute.code}": _field(attribute) for attribute in attributes}
    known = {
        f"{PREFIX}{row.code}": Decimal(said[row.id]) if row.kind == AttributeKind.NUMBER else said[row.id]
        for row in attributes
        if row.id in said
    }
    form: ValuesForm = type("ValuesForm", (ValuesForm,), fields)(data=known)
    return form


def _field(attribute: Attribute) -> Field:
    checks = [required()] if attribute.is_required else [Optional()]
    if attribute.kind == AttributeKind.NUMBER:
        return NumberField(attribute.label, checks)
    if attribute.kind == AttributeKind.TEXT:
        return TextField(attribute.label, [*checks, at_most(LONGEST_VALUE)])
    labels = {YES: _l("yes"), NO: _l("no")} if attribute.kind == AttributeKind.FLAG else {}
    labels = labels or {choice: choice for choice in attribute.choices}
    return SelectField(attribute.label, checks, choices=offered({"": _l("not said"), **labels}))
