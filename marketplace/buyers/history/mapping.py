"""Which column of an old system's file means what, and how does it write dates and numbers?

The mapping is a TOML file that the company writes once. What a cell does not clearly say is reported with its line and
column; nothing is guessed.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import exponent

REQUIRED = ("reference", "order", "supplier", "article", "quantity", "unit_price", "promised", "delivered")
OPTIONAL = ("ordered", "freight")


@dataclass(frozen=True)
class HistoryMapping:
    """Who bought, in which currency, how dates are written (strptime), and the columns by their meaning."""

    buyer: str
    currency: str
    date_formats: tuple[str, ...]
    columns: Mapping[str, str]
    cpv_code: str
    decimal_comma: bool


@dataclass(frozen=True)
class Problem:
    """A cell that could not be read: its line in the file (the header is line 1), its column and the reason."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class PastLine:
    """One row of the file, understood."""

    line: int
    reference: str
    order: str
    supplier: str
    article: str
    quantity: Decimal
    unit_price: Decimal
    promised: date
    delivered: date
    ordered: date | None
    freight: Decimal | None


class WrongMapping(Invalid):
    """The mapping is no mapping."""


def read_mapping(path: Path) -> HistoryMapping:
    """The mapping in a TOML file. Raises WrongMapping with what is missing."""
    try:
        typed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongMapping(_l("The mapping is no TOML file: %(error)s", error=str(error))) from None
    columns = typed.get("columns", {})
    missing = [name for name in REQUIRED if name not in columns]
    if missing or "buyer" not in typed or not typed.get("date_formats"):
        names = ", ".join(missing) or "buyer, date_formats"
        raise WrongMapping(_l("The mapping does not say: %(names)s", names=names))
    exponent(typed.get("currency", "EUR"))
    return HistoryMapping(
        buyer=typed["buyer"],
        currency=typed.get("currency", "EUR"),
        date_formats=tuple(typed["date_formats"]),
        columns=columns,
        cpv_code=typed.get("cpv_code", "30000000"),
        decimal_comma=bool(typed.get("decimal_comma", False)),
    )


def read_row(
    row: Mapping[str, str], line: int, mapping: HistoryMapping
) -> tuple[PastLine | None, list[Problem]]:
    """One row, and what could not be read of it; a row without one of the required values is not taken."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name in (*REQUIRED, *OPTIONAL):
        column = mapping.columns.get(name)
        if column is None:
            values[name] = None
            continue
        try:
            values[name] = _READERS[name](_cell(row, column, is_required=name in REQUIRED), mapping)
        except ValueError as error:
            values[name] = None
            problems.append(Problem(line, column, str(error)))
    if any(values[name] is None for name in REQUIRED):
        return None, problems
    return PastLine(line=line, **values), problems


def _cell(row: Mapping[str, str], column: str, *, is_required: bool) -> str:
    if column not in row:
        raise ValueError(str(_l("the file has no such column")))
    cell = (row[column] or "").strip()
    if not cell and is_required:
        raise ValueError(str(_l("is empty")))
    return cell


def _text(cell: str, _mapping: HistoryMapping) -> str | None:
    return cell[:500] or None


def _number(cell: str, mapping: HistoryMapping) -> Decimal | None:
    if not cell:
        return None
    plain = cell.replace("\u00a0", "").replace(" ", "")
    plain = plain.replace(".", "").replace(",", ".") if mapping.decimal_comma else plain.replace(",", "")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise ValueError(str(_l("“%(cell)s” is not a number", cell=cell[:60]))) from None
    if not number.is_finite() or number < 0 or number >= Decimal(10) ** 12:
        raise ValueError(str(_l("“%(cell)s” is out of range", cell=cell[:60])))
    return number


def _positive(cell: str, mapping: HistoryMapping) -> Decimal | None:
    number = _number(cell, mapping)
    if not number:
        raise ValueError(str(_l("must be more than zero")))
    return number


def _day(cell: str, mapping: HistoryMapping) -> date | None:
    if not cell:
        return None
    for written in mapping.date_formats:
        try:
            return datetime.strptime(cell, written).date()  # noqa: DTZ007 a day has no time zone
        except ValueError:
            continue
    raise ValueError(str(_l("“%(cell)s” is not a date", cell=cell[:60])))


_READERS: dict[str, Callable[[str, HistoryMapping], Any]] = {
    "reference": _text,
    "order": _text,
    "supplier": _text,
    "article": _text,
    "quantity": _positive,
    "unit_price": _positive,
    "promised": _day,
    "delivered": _day,
    "ordered": _day,
    "freight": _number,
}
