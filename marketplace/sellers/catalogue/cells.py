"""What does one cell of a catalogue file say?

A cell is read or refused with a reason; nothing is guessed. How numbers are written is told to us, because 1.234 may be
either.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import LazyString
from iso4217 import Currency

from marketplace.foundation.errors import Invalid
from marketplace.foundation.forms import FIRST_DAY, LAST_DAY
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.quantity import MAXIMUM, UNITS
from marketplace.sellers.catalogue.identifiers import checked_cpv_code, checked_gtin
from marketplace.sellers.catalogue.spreadsheets import Cell
from marketplace.sellers.facts.kinds import FACTS

FARTHEST = Decimal(10) ** 15
# The categories, units and currencies of a file are few, and each is looked at once.
KINDS = 10_000
BLANKS = "\u0020\u00a0\u202f\u2009"


class NumberStyle(NamedTuple):
    """How a file writes numbers: an example for the person who chooses, the decimal sign, and what separates groups."""

    example: str
    decimal: str
    groups: str


NUMBER_STYLES = {
    "comma": NumberStyle("1.234,56", ",", f".'’{BLANKS}"),
    "point": NumberStyle("1,234.56", ".", f",'’{BLANKS}"),
}

REASONS: dict[str, LazyString] = {
    "missing": _l("This must not be empty."),
    "too_long": _l("At most %(detail)s characters are possible."),
    "control_character": _l("There is a character in it that cannot be printed."),
    "no_text": _l("This is a date or a truth value, not a text."),
    "no_number": _l("This is not a number as it is written in this file."),
    "not_positive": _l("This must be more than zero."),
    "negative": _l("This must not be negative."),
    "too_large": _l("This number is too large."),
    "too_fine": _l("At most %(detail)s decimals are possible."),
    "no_whole_number": _l("This must be a whole number from 0 to %(detail)s."),
    "not_in_steps": _l("The minimum quantity must be a multiple of the step."),
    "gtin": _l("This is no GTIN: its check digit does not fit."),
    "cpv_code": _l("A category has eight digits, as in 30192700 or 30192700-8."),
    "unlisted": _l("The CPV has no such category."),
    "unit": _l("This unit is not known; please use its UN/ECE Rec 20 code, as C62 or KGM."),
    "currency": _l("This is not a currency code (ISO 4217)."),
    "other_currency": _l("This product is sold in %(detail)s; its currency cannot change."),
    "unknown": _l("There is no product with this number, and the file has not what a new one needs."),
    "repeated": _l("Line %(detail)s of this file has the same article number."),
    "no_base": _l("This article has no line without a quantity: its price for any quantity is missing."),
    "not_descending": _l("A larger quantity must be cheaper than the one before it."),
    "spoilt": _l("Another line of this article was refused, and an article lands as a whole."),
    "half_pack": _l("A surcharge needs the quantity of a pack, and a pack needs a surcharge."),
    "broken_line": _l("This line cannot be taken apart; is a quotation mark missing?"),
    "other_unit": _l("This is counted in %(detail)s here."),
    "no_choice": _l("One of these, please: %(detail)s."),
    "not_asked": _l("It is asked only of products whose category begins with %(detail)s."),
    "unknown_file": _l("No document with these bytes was handed in here: %(detail)s"),
    "no_day": _l("A day is written as 2026-12-31, from the year 2000 to 2099."),
    "ends_before": _l("The last day cannot be before the first."),
    "more_left": _l("More cannot be left on delivery than the whole shelf life."),
    **{name: fact.complaint for name, fact in FACTS.items()},
}


class Refused(Exception):
    """A cell that cannot be accepted; `reason` is a key of REASONS."""

    def __init__(self, reason: str, detail: object = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, str(detail)


@dataclass(frozen=True)
class Amount:
    """A number column: how many decimals, the largest value, and whether zero is one."""

    decimals: int = 4
    maximum: Decimal = MAXIMUM
    may_be_zero: bool = False

    def __call__(self, cell: Cell, style: NumberStyle) -> Decimal:
        """The number in `cell`. Raises Refused."""
        value = number(cell, style)
        if value < 0 or (value == 0 and not self.may_be_zero):
            raise Refused("negative" if self.may_be_zero else "not_positive")
        if value > self.maximum:
            raise Refused("too_large")
        if value != round(value, self.decimals):
            raise Refused("too_fine", self.decimals)
        return value


@dataclass(frozen=True)
class Words:
    """A text column with a longest length; what was typed on several lines becomes one, unless it `is_long`."""

    maximum: int
    is_long: bool = False

    def __call__(self, cell: Cell, style: NumberStyle) -> str:
        """The text in `cell`, without blanks around it. Raises Refused."""
        value = words(cell)
        if not self.is_long:
            value = _BREAK.sub(" ", value)
        if len(value) > self.maximum:
            raise Refused("too_long", self.maximum)
        return value


@dataclass(frozen=True)
class Said:
    """A column of a fact (a key of facts.kinds.FACTS)."""

    name: str

    def __call__(self, cell: Cell, style: NumberStyle) -> str:
        """The fact in its one form. Raises Refused."""
        written = FACTS[self.name].written(words(cell))
        if written is None:
            raise Refused(self.name)
        return written


def number(cell: Cell, style: NumberStyle) -> Decimal:
    """What a cell counts: a number of the spreadsheet in its 15 digits, a text as `style` says. Raises Refused."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _finite(Decimal(f"{cell:.15g}"))
    if not isinstance(cell, str):
        raise Refused("no_number")
    said = cell.strip()
    if not _PATTERNS[style.decimal].fullmatch(said):
        raise Refused("no_number")
    return _finite(Decimal(said.translate(_UNGROUPED[style.decimal]).replace(style.decimal, ".")))


def words(cell: Cell) -> str:
    """What a cell says: a number of the spreadsheet without a decimal point where it is whole. Raises Refused."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise Refused("no_text")
    value = str(cell).strip()
    if not (value.isprintable() or value.translate(_SPACING).isprintable()):
        raise Refused("control_character")
    return value


# What is not printable, and yet may stand in a description.
_SPACING = str.maketrans("\n\r\t", "   ")


def whole_number(cell: Cell, style: NumberStyle) -> int:
    """A number of days. Raises Refused."""
    value = number(cell, style)
    if value != int(value) or not 0 <= value <= 365:
        raise Refused("no_whole_number", 365)
    return int(value)


def day(cell: Cell, style: NumberStyle) -> date:
    """A day, as a spreadsheet has it or as ISO 8601 writes it: 01/02 may be either. Raises Refused."""
    try:
        said = cell if isinstance(cell, date) else datetime.fromisoformat(words(cell))
    except ValueError:
        raise Refused("no_day") from None
    found = said.date() if isinstance(said, datetime) else said
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Refused("no_day")
    return found


def gtin(cell: Cell, style: NumberStyle) -> str:
    """A GTIN with the right check digit. Raises Refused."""
    return _checked(checked_gtin, words(cell), "gtin")


@lru_cache(maxsize=KINDS, typed=True)
def cpv_code(cell: Cell, style: NumberStyle) -> str:
    """Eight digits; a number of the spreadsheet has lost the zero that some begin with. Raises Refused."""
    value = words(cell) if isinstance(cell, str) else words(cell).zfill(8)
    return _checked(checked_cpv_code, value, "cpv_code")


@lru_cache(maxsize=KINDS, typed=True)
def unit_code(cell: Cell, style: NumberStyle) -> str:
    """A UN/ECE Rec 20 code that we know. Raises Refused."""
    value = words(cell).upper()
    if value not in UNITS:
        raise Refused("unit")
    return value


@lru_cache(maxsize=KINDS, typed=True)
def currency(cell: Cell, style: NumberStyle) -> str:
    """An ISO 4217 code. Raises Refused."""
    try:
        return str(Currency(words(cell).upper()).code)
    except ValueError:
        raise Refused("currency") from None


def sentence(reason: str, detail: str) -> str:
    """The reason in the present language."""
    return str(REASONS[reason]) % {"detail": detail}


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) > FARTHEST:
        raise Refused("too_large")
    return value


def _checked(check: Callable[[str], str], value: str, reason: str) -> str:
    try:
        return check(value)
    except Invalid:
        raise Refused(reason) from None


def _pattern(style: NumberStyle) -> re.Pattern[str]:
    groups, decimal = re.escape(style.groups), re.escape(style.decimal)
    return re.compile(rf"[+-]?(?:[0-9]{{1,3}}(?:[{groups}][0-9]{{3}})+|[0-9]+)(?:{decimal}[0-9]+)?")


_BREAK = re.compile("[\n\r\t]+")
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    style.decimal: _pattern(style) for style in NUMBER_STYLES.values()
}
_UNGROUPED = {style.decimal: str.maketrans("", "", style.groups) for style in NUMBER_STYLES.values()}
Read = Callable[[Cell, NumberStyle], Any]
