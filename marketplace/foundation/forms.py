"""What may a person type, and what do we understand by it?

Numbers are read in the language of the page: "1 234,5" in French is "1,234.5" in English; what could be either is asked
again, never guessed.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

from babel.numbers import get_decimal_symbol, get_group_symbol
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Regexp, StopValidation
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, TextArea

from marketplace.foundation.errors import Refusal
from marketplace.foundation.language import lazy_text as _l, locale
from marketplace.foundation.money import MAXIMUM as LARGEST
from marketplace.foundation.presentation import write_number
from marketplace.foundation.quantity import MAXIMUM

# RFC 5322 without quotes and comments, and without "?": a mail program would read "=?…?=" as other characters.
ADDRESS = r"^[\w.!#$%&*+/=^`{|}~-]+@[\w-]+(\.[\w-]+)+$"
NUMBER = r"[-+]?([0-9]+|[0-9]{{1,3}}({group}[0-9]{{3}})+)({point}[0-9]+)?"
# Between thousands people type a blank, one that does not break, or a narrow one.
SPACES = str.maketrans("", "", " \u00a0\u202f")
# As finely as the database keeps a figure.
DECIMALS = 4
# Nothing is promised, budgeted or agreed outside of them.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
# Controls and surrogates, and what turns the direction of all that follows (Unicode TR 9): nobody means to type them.
UNWRITABLE = frozenset({"Cc", "Cs"})
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
CHANGED = _l("This was changed on the way; please load the page again.")


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose values go to one action."""

    def values(self) -> dict[str, Any]:
        """What was typed, by field; empty texts as None where the field is optional."""
        return {name: field.data for name, field in self._fields.items() if name != "csrf_token"}

    def refuse(self, refusal: Refusal) -> None:
        """Show why the action refused, beside its field or above the form."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(str(refusal))
        else:
            field.errors = [*field.errors, str(refusal)]


def read_number(typed: str) -> Decimal | None:
    """The number that stands there in the language of the page; None where it is none, or could be another one."""
    group, point = get_group_symbol(locale()), get_decimal_symbol(locale())
    plain = typed.translate(SPACES)
    if not re.fullmatch(NUMBER.format(group=re.escape(group), point=re.escape(point)), plain):
        return None
    return Decimal(plain.replace(group, "").replace(point, "."))


class NumberField(StringField):  # type: ignore[misc]
    """A decimal number written in the language of the page; its data is a Decimal or None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed. Raises ValueError with the sentence for the person."""
        self.data, self.typed = None, valuelist[0] if valuelist else ""
        if not self.typed.strip():
            return
        self.data = read_number(self.typed)
        if self.data is None:
            raise ValueError(
                str(_l("“%(typed)s” is not a number as it is written here.", typed=self.typed[:40]))
            )
        if abs(self.data) >= LARGEST:
            raise ValueError(str(_l("This number is out of range.")))
        if self.data != round(self.data, DECIMALS):
            raise ValueError(str(_l("At most %(detail)s decimals are possible.", detail=DECIMALS)))

    def _value(self) -> str:
        if getattr(self, "typed", None):
            return str(self.typed)
        return write_number(self.data) if isinstance(self.data, Decimal) else ""


def read_text(typed: str, *, is_long: bool = False) -> str:
    """What was typed, without blanks around it and what nobody means to type; on one line unless it `is_long`."""
    plain = "".join(filter(_is_meant, typed)).strip()
    return plain if is_long else plain.replace("\n", " ").replace("\t", " ")


def _is_meant(character: str) -> bool:
    is_writable = unicodedata.category(character) not in UNWRITABLE and character not in TURNING
    return is_writable or character in "\n\t"


def file_name(named: str | None) -> str:
    """What somebody's file is called here: no folders, on one line, at most 200 characters; "file" without a name."""
    return read_text(PurePath((named or "").replace("\\", "/")).name).lstrip(".")[-200:] or "file"


class TextField(StringField):  # type: ignore[misc]
    """A text, on one line where it is typed into one (see `read_text`); its data is None where it is empty."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        is_long = isinstance(self.widget, TextArea)
        self.data = read_text(valuelist[0] if valuelist else "", is_long=is_long) or None


class LinesField(StringField):  # type: ignore[misc]
    """Texts, one a line, as a scanner writes them; its data is a list of those that are not empty."""

    widget = TextArea()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        lines = read_text(valuelist[0] if valuelist else "", is_long=True).splitlines()
        self.data = [line.strip() for line in lines if line.strip()]

    def _value(self) -> str:
        return "\n".join(self.data or [])


class DayField(DateField):  # type: ignore[misc]
    """A day between the first and the last that anything here can be about; its data is a date or None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed. Raises ValueError with the sentence for the person."""
        self.data, typed = None, valuelist[0].strip() if valuelist else ""
        if not typed:
            return
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            raise ValueError(str(_l("This is no day of the calendar."))) from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(str(_l("Please give a day of this century.")))
        self.data = day


class IdField(HiddenField):  # type: ignore[misc]
    """The id of a row, sent back as it was shown; its data is a UUID or None."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it. Raises ValueError where it is none."""
        self.data, sent = None, valuelist[0] if valuelist else ""
        try:
            self.data = UUID(sent) if sent else None
        except ValueError:
            raise ValueError(str(CHANGED)) from None


class SeenField(IntegerField):  # type: ignore[misc]
    """A version or a count, sent back as it was shown; its data is an int or None."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it. Raises ValueError where it is none."""
        self.data, sent = None, valuelist[0] if valuelist else ""
        if sent and not re.fullmatch("[0-9]{1,9}", sent):
            raise ValueError(str(CHANGED))
        self.data = int(sent) if sent else None


class AddressField(EmailField):  # type: ignore[misc]
    """An e-mail address, which must be given; in lower case and without blanks around it."""

    def __init__(self, label: object, **options: Any) -> None:
        checks = [required(), at_most(254), Regexp(ADDRESS, message=_l("This is no e-mail address."))]
        super().__init__(label, checks, filters=[lambda typed: typed and typed.strip().lower()], **options)


ROW_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""How the id of a row is written, for what is sent as one text with something else."""


def _row_id(value: object) -> UUID | None:
    return UUID(str(value)) if value else None


class RowField(SelectField):  # type: ignore[misc]
    """One of some rows, by their ids; its data is a UUID, or None where nothing is chosen."""

    def __init__(self, label: object, checks: Sequence[object] = (), **options: Any) -> None:
        super().__init__(label, list(checks), coerce=_row_id, **options)

    def offer(self, rows: Iterable[tuple[UUID, object]], *, nothing: object = None) -> None:
        """Offer `rows` (id and label); `nothing`, where given, is the label of choosing none of them."""
        none = {} if nothing is None else {"": nothing}
        self.choices = choices({**none, **{str(row_id): label for row_id, label in rows}})


class BoxesField(SelectMultipleField):  # type: ignore[misc]
    """Several of some choices, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def choices(labels: Mapping[str, object]) -> list[SelectChoice]:
    """What a field offers to choose from, as labels by value; a label may be lazy text."""
    return [SelectChoice(str(value), label) for value, label in labels.items()]


class Filled(InputRequired):  # type: ignore[misc]
    """Refuses what is left empty, and what is blank."""

    def __call__(self, form: Form, field: Field) -> None:
        """Raises StopValidation."""
        given = field.raw_data[0] if field.raw_data else ""
        if isinstance(given, str) and not read_text(given):
            field.errors[:] = []
            raise StopValidation(self.message)
        super().__call__(form, field)


def countable() -> NumberRange:
    """The number is more than zero and can be counted."""
    return NumberRange(
        min=Decimal("0.0001"), max=MAXIMUM, message=_l("More than zero, please, and below a billion.")
    )


def required() -> Filled:
    """The field must not be left empty."""
    return Filled(_l("Please fill this in."))


def at_most(characters: int) -> Length:
    """The text has no more than so many characters."""
    return Length(max=characters, message=_l("At most %(max)d characters, please.", max=characters))
