"""What does a supplier type about what its products are?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from wtforms import Field, SelectField
from wtforms.validators import Optional

from marketplace.foundation.countries import countries
from marketplace.foundation.forms import (
    BoxesField,
    Form,
    LinesField,
    NumberField,
    TextField,
    at_most,
    choices,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.quantity import UNITS
from marketplace.sellers.attributes.models import LONGEST_VALUE, Attribute, AttributeKind
from marketplace.sellers.attributes.values import NO, PREFIX, YES
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.catalogue.queries import category_path
from marketplace.sellers.facts.documents import BETWEEN
from marketplace.sellers.facts.hazards import PICTOGRAMS, SIGNAL_WORDS
from marketplace.sellers.facts.kinds import CERTIFICATES, FACTS, LONGEST_LIST

NOT_SAID: dict[str, object] = {"": _l("not said")}


class SpecificationForm(Form):
    """What one product is: a field for each attribute of its category (see `specification_form`), and its facts."""

    origin_country = SelectField(FACTS["origin_country"].label, [Optional()])
    unspsc_code = TextField(FACTS["unspsc_code"].label)
    shelf_life_days = TextField(FACTS["shelf_life_days"].label)
    remaining_days = TextField(FACTS["remaining_days"].label)
    un_number = TextField(FACTS["un_number"].label)
    signal_word = SelectField(
        FACTS["signal_word"].label, [Optional()], choices=choices(NOT_SAID | SIGNAL_WORDS)
    )
    pictograms = BoxesField(
        FACTS["pictograms"].label,
        choices=choices(
            {code: _l("%(name)s (%(code)s)", name=name, code=code) for code, name in PICTOGRAMS.items()}
        ),
    )
    hazard_statements = TextField(FACTS["hazard_statements"].label, [at_most(LONGEST_LIST)])
    precautionary_statements = TextField(FACTS["precautionary_statements"].label, [at_most(LONGEST_LIST)])
    certificates = LinesField(FACTS[CERTIFICATES].label)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.origin_country.choices = choices({**NOT_SAID, **countries()})

    @property
    def attributes(self) -> list[Field]:
        """The fields of the attributes."""
        return [field for name, field in self._fields.items() if name.startswith(PREFIX)]

    @property
    def says_hazards(self) -> bool:
        """Whether something is said of hazards, or was typed and is wrong."""
        names = ("un_number", "signal_word", "pictograms", "hazard_statements", "precautionary_statements")
        return any(self[name].data or self[name].errors for name in names)

    def values(self) -> dict[str, Any]:
        """What was typed, by the names of facts and attributes."""
        typed = super().values()
        typed["pictograms"] = " ".join(typed["pictograms"] or ())
        typed[CERTIFICATES] = BETWEEN.join(typed[CERTIFICATES] or ())
        return {"said": typed}


def specification_form(attributes: Sequence[Attribute], said: Mapping[str, str]) -> SpecificationForm:
    """The form of a product of which these attributes are asked, with what is said of it."""
    fields = {f"{PREFIX}{row.code}": _field(row) for row in attributes}
    figures = {f"{PREFIX}{row.code}" for row in attributes if row.kind == AttributeKind.NUMBER}
    known: dict[str, Any] = {
        name: Decimal(value) if name in figures else value for name, value in said.items()
    }
    known["pictograms"] = said.get("pictograms", "").split()
    known[CERTIFICATES] = said[CERTIFICATES].split(BETWEEN) if CERTIFICATES in said else []
    form: SpecificationForm = type("SpecificationForm", (SpecificationForm,), fields)(data=known)
    return form


def shown_with(
    form: SpecificationForm, product: Product, attributes: Sequence[Attribute]
) -> dict[str, object]:
    """What the page of the form shows."""
    return {
        "form": form,
        "product": product,
        "asked": {f"{PREFIX}{row.code}": row for row in attributes},
        "units": UNITS,
        "categories": category_path(product.cpv_code),
    }


def _field(attribute: Attribute) -> Field:
    checks = [required()] if attribute.is_required else [Optional()]
    if attribute.kind == AttributeKind.NUMBER:
        return NumberField(attribute.label, checks)
    if attribute.kind == AttributeKind.TEXT:
        return TextField(attribute.label, [*checks, at_most(LONGEST_VALUE)])
    labels = {YES: _l("yes"), NO: _l("no")} if attribute.kind == AttributeKind.FLAG else {}
    labels = labels or {choice: choice for choice in attribute.choices}
    return SelectField(attribute.label, checks, choices=choices(NOT_SAID | labels))
