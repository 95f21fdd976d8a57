"""What does a supplier type about its products?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    FieldList,
    Form as PlainForm,
    FormField,
    RadioField,
    SelectField,
)
from wtforms.validators import AnyOf, Optional
from wtforms.widgets import TextArea

from marketplace.foundation.errors import Invalid
from marketplace.foundation.forms import (
    DayField,
    Form,
    NumberField,
    TextField,
    at_most,
    choices,
    countable,
    file_name,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.quantity import UNITS
from marketplace.sellers.catalogue.cells import NUMBER_STYLES
from marketplace.sellers.catalogue.columns import BY_NAME, Column, Reading, guessed_columns
from marketplace.sellers.catalogue.models import CpvCode, Product
from marketplace.sellers.catalogue.previews import Preview
from marketplace.sellers.facts.kinds import FACTS

CURRENCIES = {code: code for code in ("EUR", "CHF", "GBP", "USD", "CZK", "DKK", "NOK", "PLN", "SEK")}
UNIT_CHOICES = {code: unit.label for code, unit in UNITS.items()}
AGREEMENT = "agreement"
MOST_TIERS = 6
KEPT_AS_TYPED = (
    "sku", "name", "description", "cpv_code", "gtin", "maker", "maker_part_number", "unit_code", "pack_size",
    "content_unit_code", "minimum_quantity", "step_quantity", "is_stocked", "starts_on", "ends_on",
)  # fmt: skip


def whole_days() -> AnyOf:
    """The number is a number of days."""
    return AnyOf(range(366), message=_l("From 0 to 365 days, please."))


class ProductForm(Form):
    """What is known of a product; its price and currency become Money."""

    sku = TextField(_l("Article number"), [required(), at_most(60)])
    name = TextField(_l("Product name"), [required(), at_most(250)])
    description = TextField(_l("Long description"), [at_most(8000)], widget=TextArea())
    cpv_code = TextField(_l("Category (CPV)"), [required()])
    gtin = TextField(_l("GTIN"))
    maker = TextField(_l("Maker"), [at_most(120)])
    maker_part_number = TextField(_l("Maker’s part number"), [at_most(60)])
    price = NumberField(_l("Price per unit"), [required()])
    currency = SelectField(_l("Currency"), [required()], choices=choices(CURRENCIES))
    unit_code = SelectField(_l("Unit"), [required()], choices=choices(UNIT_CHOICES), default="C62")
    pack_size = NumberField(_l("Content of one unit"), [required(), countable()], default=Decimal(1))
    content_unit_code = SelectField(
        _l("Unit of the content"), [required()], choices=choices(UNIT_CHOICES), default="C62"
    )
    minimum_quantity = NumberField(_l("Minimum quantity"), [required(), countable()], default=Decimal(1))
    step_quantity = NumberField(_l("Step"), [required(), countable()], default=Decimal(1))
    lead_time_days = NumberField(
        _l("Lead time (working days)"), [required(), whole_days()], default=Decimal(2)
    )
    starts_on = DayField(_l("Offered from"), [Optional()])
    ends_on = DayField(_l("Offered until"), [Optional()])
    is_stocked = BooleanField(_l("Its stock is counted, and nobody orders more than there is"), default=True)

    @classmethod
    def of(cls, product: Product) -> "ProductForm":
        """The form with what is known of a product now."""
        known = {name: getattr(product, name) for name in KEPT_AS_TYPED}
        days = Decimal(product.lead_time_days)
        price = {"price": product.price.amount, "currency": product.price.currency}
        return cls(data={**known, **price, "lead_time_days": days})

    def values(self) -> dict[str, Any]:
        """What was typed, as the actions take it."""
        typed = super().values()
        amount, currency = typed.pop("price"), typed.pop("currency")
        return typed | {
            "price": Money(amount, currency),
            "description": typed["description"] or "",
            "lead_time_days": int(typed["lead_time_days"]),
        }


class TierForm(PlainForm):  # type: ignore[misc]
    """One price from a quantity on; a line left empty is none."""

    from_quantity = NumberField(_l("From this quantity"), [Optional(), countable()])
    amount = NumberField(_l("Price per unit"), [Optional(), countable()])


class TiersForm(Form):
    """All the prices of a product that depend on the quantity."""

    tiers = FieldList(FormField(TierForm), min_entries=MOST_TIERS, max_entries=MOST_TIERS)

    def values(self) -> dict[str, Any]:
        """The price by the quantity from which it holds. Raises Invalid for half a line, or one that is there twice."""
        rows = [
            (tier["from_quantity"], tier["amount"])
            for tier in self.tiers.data
            if tier["from_quantity"] is not None or tier["amount"] is not None
        ]
        if any(quantity is None or amount is None for quantity, amount in rows):
            raise Invalid(_l("Each line needs a quantity and a price."))
        if len(dict(rows)) < len(rows):
            raise Invalid(_l("Two prices begin at the same quantity."))
        return {"tiers": dict(rows)}


class PictureForm(Form):
    """A picture of the product."""

    picture = FileField(_l("Picture"), [FileRequired(_l("Please choose a file."))])

    def values(self) -> dict[str, Any]:
        """The bytes of the file."""
        return {"picture": self.picture.data.read()}


class AudienceForm(Form):
    """Who sees the product: everybody, those with an agreement, a group of customers, or one buyer."""

    audience = SelectField(_l("Visible to"))

    def offer(self, groups: Iterable[tuple[UUID, str]], buyers: Iterable[tuple[UUID, str]]) -> None:
        """Offer these groups and buyers, by id and name."""
        offered: dict[str, object] = {
            "": _l("Every buyer"),
            AGREEMENT: _l("Buyers with an agreement with us"),
        }
        offered |= {f"group {row_id}": _l("Group: %(name)s", name=name) for row_id, name in groups}
        offered |= {f"buyer {row_id}": _l("Only %(name)s", name=name) for row_id, name in buyers}
        self.audience.choices = choices(offered)

    @classmethod
    def of(cls, product: Product) -> "AudienceForm":
        """The form with who sees it now."""
        if product.needs_agreement:
            return cls(audience=AGREEMENT)
        kind = "group" if product.group_id else "buyer"
        return cls(audience=f"{kind} {product.circle_id}" if product.circle_id else "")

    def values(self) -> dict[str, Any]:
        """Whom was chosen, as the action takes it."""
        kind, _, row_id = self.audience.data.partition(" ")
        if kind in ("group", "buyer"):
            return {f"{kind}_id": UUID(row_id)}
        return {"needs_agreement": kind == AGREEMENT}


class FileForm(Form):
    """A catalogue in a file."""

    file = FileField(_l("File"), [FileRequired(_l("Please choose a file."))])

    def values(self) -> dict[str, Any]:
        """The bytes of the file and its name."""
        return {"content": self.file.data.read(), "file_name": file_name(self.file.data.filename)}


class ReadingForm(Form):
    """How a file is read; each field `column_…` says which column of the file it is (see `reading_form`)."""

    known_columns: ClassVar[Mapping[str, Column]] = {}
    number_style = RadioField(
        _l("How does this file write numbers?"),
        [required()],
        choices=choices({name: style.example for name, style in NUMBER_STYLES.items()}),
    )
    currency = SelectField(_l("Currency, where the file has none"), [required()], choices=choices(CURRENCIES))
    cpv_code = SelectField(_l("Category, where the file has none"))
    unit_code = SelectField(
        _l("Unit, where the file has none"), [required()], choices=choices(UNIT_CHOICES), default="C62"
    )
    is_published = BooleanField(_l("Publish new products at once"), default=True)
    is_complete = BooleanField(_l("This file has all that we sell: withdraw what is not in it"))

    def offer(self, titles: Sequence[str], divisions: Sequence[CpvCode]) -> None:
        """Offer the columns of the file and the divisions to choose from."""
        labels = {"": "—", **{str(place): title or f"{place + 1}" for place, title in enumerate(titles)}}
        for column in self.columns.values():
            column.choices = choices(labels)
        categories = {row.code: f"{row.code[:2]} · {row.label}" for row in divisions}
        self.cpv_code.choices = choices({"": "—", **categories})

    @property
    def columns(self) -> dict[str, SelectField]:
        """The fields that say which column of the file is which, by name."""
        return {name: self[f"column_{name}"] for name in self.known_columns}

    @property
    def offers(self) -> list[SelectField]:
        """Those of them that are about the offer."""
        return [field for name, field in self.columns.items() if name in BY_NAME and name not in FACTS]

    @property
    def properties(self) -> list[SelectField]:
        """Those of them that are about facts and attributes of the product."""
        return [field for field in self.columns.values() if field not in self.offers]

    @classmethod
    def guessed(cls, preview: Preview, currency: str) -> "ReadingForm":
        """The form with what the titles of the columns let us guess, and what the format leaves no choice of."""
        guesses = guessed_columns(preview.titles, cls.known_columns.values())
        return cls(data={"currency": currency, "number_style": preview.number_style, **_chosen(guesses)})

    @classmethod
    def known(cls, reading: Reading) -> "ReadingForm":
        """The form as it was filled in for such a file the last time."""
        return cls(data={**asdict(reading), **_chosen(reading.columns)})

    def reading(self) -> Reading:
        """How the file is to be read."""
        return Reading(
            columns={name: int(field.data) for name, field in self.columns.items() if _is_column(field)},
            number_style=self.number_style.data,
            currency=self.currency.data,
            cpv_code=self.cpv_code.data or None,
            unit_code=self.unit_code.data,
            is_published=self.is_published.data,
            is_complete=self.is_complete.data,
        )

    def validate_cpv_code(self, field: SelectField) -> None:
        """A new product needs a category from somewhere."""
        if BY_NAME["cpv_code"] in self.reading().missing:
            required()(self, field)

    def values(self) -> dict[str, Any]:
        """The reading that was chosen."""
        return {"reading": self.reading()}


def _is_column(field: SelectField) -> bool:
    """Whether it names a column of the file: a category is asked about before all the others are checked."""
    return bool(field.data) and any(field.data == choice.value for choice in field.choices)


def _chosen(columns: Mapping[str, int]) -> dict[str, str]:
    return {f"column_{name}": str(place) for name, place in columns.items()}


def reading_form(known: Mapping[str, Column]) -> type[ReadingForm]:
    """The form with a field for each of these columns."""
    fields = {
        f"column_{name}": SelectField(column.label, [required()] if column.is_required else [])
        for name, column in known.items()
    }
    return type("ReadingForm", (ReadingForm,), {"known_columns": known, **fields})
