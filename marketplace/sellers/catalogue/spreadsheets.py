"""Which rows does a file have?

CSV in the encodings and with the delimiters that people send, XLSX, ODS and BMEcat. Rows come one at a time, each with
the line that a person finds it at.
"""

import csv
import io
import re
import zipfile
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

from python_calamine import CalamineError, CalamineSheet, load_workbook

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue import bmecat
from marketplace.sellers.catalogue.workbooks import TooLarge, repacked

Cell = str | int | float | bool | date | datetime | time | timedelta
DELIMITERS = (";", ",", "\t", "|")
ZIPPED = b"PK\x03\x04"
# Any number of apostrophes before it, so that what was shielded once is not taken for it.
_FORMULA = re.compile(r"'*[=+\-@|%\t\r]")
LONGEST = 10_000


class UnreadableFile(Invalid):
    """The file is none that we can read, or has no rows."""


@dataclass(frozen=True)
class Row:
    """The cells of one line; `is_broken` where the line cannot be taken apart."""

    line: int
    cells: tuple[Cell, ...]
    is_broken: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.is_broken and not any(str(cell).strip() for cell in self.cells)

    def cell(self, index: int) -> Cell:
        """What stands in that column; "" beyond the end of the line."""
        return self.cells[index] if index < len(self.cells) else ""


@dataclass(frozen=True)
class Sheet:
    """The titles of a file's columns, about how many lines it has, and its rows, to be read once.

    `number_style` is how it writes numbers, where its format leaves no choice (a key of cells.NUMBER_STYLES).
    """

    titles: tuple[str, ...]
    lines: int
    rows: Iterator[Row]
    number_style: str | None = None


def read_sheet(content: bytes) -> Sheet:
    """The first sheet of a file, or the products of a BMEcat catalogue. Raises UnreadableFile."""
    if bmecat.is_xml(content):
        return _bmecat(content)
    lines, rows = _workbook(content) if content.startswith(ZIPPED) else _csv(content)
    header = next((row for row in rows if not row.is_blank), None)
    if header is None or header.is_broken:
        raise UnreadableFile(_l("There is no line with column titles in this file."), field="file")
    titles = tuple(str(cell).strip() for cell in header.cells)
    return Sheet(titles, max(lines - header.line, 0), (row for row in rows if not row.is_blank))


def shielded(text: str) -> str:
    """`text` as it stands in a CSV file: what a spreadsheet would take for a formula begins with an apostrophe.

    OWASP, CSV Injection. The other way round: unshielded.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unshielded(text: str) -> str:
    """What `shielded` was made of; other texts stay as they are."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _bmecat(content: bytes) -> Sheet:
    features = bmecat.features_in(content)
    if next(_bmecat_rows(content, features), Row(0, (), is_broken=True)).is_broken:
        raise UnreadableFile(_l("This is no BMEcat catalogue that we can read."), field="file")
    lines = content.count(b"<SUPPLIER_AID") + content.count(b"<SUPPLIER_PID")
    titles = (*bmecat.TITLES, *map(bmecat.title_of, features))
    return Sheet(titles, lines, _bmecat_rows(content, features), number_style="point")


def _bmecat_rows(content: bytes, features: Sequence[str]) -> Iterator[Row]:
    line = 0
    try:
        for line, cells in bmecat.products_in(content, features):
            yield Row(line, cells)
    except bmecat.Unreadable:
        yield Row(line + 1, (), is_broken=True)


def _workbook(content: bytes) -> tuple[int, Iterator[Row]]:
    try:
        sheet = load_workbook(io.BytesIO(repacked(content))).get_sheet_by_index(0)
    except TooLarge:
        raise UnreadableFile(_l("Unpacked, this file would be far too large."), field="file") from None
    except (CalamineError, zipfile.BadZipFile, IndexError):
        raise UnreadableFile(
            _l("This file cannot be read. Is it an XLSX, ODS, CSV or BMEcat file?"), field="file"
        ) from None
    return sheet.height, _sheet_rows(sheet)


def _sheet_rows(sheet: CalamineSheet) -> Iterator[Row]:
    """A text is cut beyond what any column takes: a workbook may keep it once and show it in a million cells."""
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        yield Row(line, tuple(cell[:LONGEST] if isinstance(cell, str) else cell for cell in cells))


def _csv(content: bytes) -> tuple[int, Iterator[Row]]:
    if b"\x00" in content[:1000] and not content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise UnreadableFile(
            _l("This file cannot be read. Is it an XLSX, ODS, CSV or BMEcat file?"), field="file"
        )
    encoding = _encoding(content)
    beginning = list(islice(_text(content, encoding), 20))
    delimiter = max(DELIMITERS, key=lambda candidate: _columns(beginning, candidate))
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    return lines, _csv_rows(_text(content, encoding), delimiter)


def _encoding(content: bytes) -> str:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    try:
        for _ in _text(content, "utf-8-sig"):
            pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _text(content: bytes, encoding: str) -> Iterable[str]:
    errors = "replace" if encoding == "cp1252" else "strict"
    return io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors=errors, newline="")


def _columns(beginning: list[str], delimiter: str) -> int:
    """How many columns the first line has, read so; ties go to the delimiter that stands first in the table."""
    first = next((line for line in beginning if line.strip()), "")
    return len(next(csv.reader([first], delimiter=delimiter), []))


def _csv_rows(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except (csv.Error, UnicodeDecodeError):
            yield Row(line, (), is_broken=True)
            continue
        if cells is None:
            return
        yield Row(line, tuple(map(unshielded, cells)))
