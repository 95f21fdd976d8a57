"""How large does a workbook become when it is opened?

The reader lays a sheet out as a full rectangle. A file of a few kilobytes with a cell in the last row and column would
so take hundreds of gigabytes and end the process; everything is therefore measured before it is opened. And because an
archive can say one thing to us and another to the reader (false sizes, two files of one name), the reader is given an
archive of our own, of what was measured and nothing else.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import NoReturn
from xml.parsers import expat

MOST_CELLS, MOST_COLUMNS = 10_000_000, 1024
MOST_UNPACKED = 256 * 1024**2
# The longest text of a cell, in characters: what a spreadsheet program itself allows.
LONGEST_TEXT = 32_767
BINARY_WORKBOOK = "xl/workbook.bin"
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MEASURED = re.compile(rb"sheetData|table:table|[<:]sst[\s/>]")
PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


class TooLarge(ValueError):
    """Opened, the workbook would take more memory than one file is given."""


def repacked(content: bytes) -> bytes:
    """A zipped workbook (XLSX or ODS) as it can be opened in reasonable memory.

    Raises TooLarge, or zipfile.BadZipFile for what is no such archive, or not well-formed within.
    """
    ours = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(ours, "w") as made:
            for entry in _entries(given):
                part = given.read(entry)
                if MEASURED.search(part):
                    Measure().read(part)
                made.writestr(entry.filename, part)
    except (zlib.error, EOFError, expat.ExpatError, UnicodeError) as error:
        raise zipfile.BadZipFile(str(error)) from error
    return ours.getvalue()


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if any(entry.compress_type not in PACKINGS or entry.flag_bits & 1 for entry in entries):
        raise zipfile.BadZipFile("it is encrypted, or packed in a way that workbooks are not")
    if len(names) < len(entries):
        raise zipfile.BadZipFile("two files of one name")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED or BINARY_WORKBOOK in names:
        raise TooLarge
    return entries


class Measure:
    """How far the cells of one part reach, and how long a text is; it stops at the first that goes too far."""

    def __init__(self) -> None:
        self._row = self._column = self._last_row = self._last_column = self._length = 0
        self._steps: Mapping[str, Callable[[Mapping[str, str]], None]] = {
            "row": self._begin_row,
            "c": self._begin_cell,
            "si": self._begin_text,
            "table:table": self._begin_table,
            "table:table-row": self._repeat_row,
            "table:table-cell": self._repeat_cell,
            "table:covered-table-cell": self._repeat_cell,
        }

    def read(self, part: bytes) -> None:
        """Raises TooLarge, zipfile.BadZipFile or expat.ExpatError."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = self._begin
        parser.CharacterDataHandler = self._count
        parser.Parse(part, True)

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        step = self._steps.get(tag) or self._steps.get(tag.rpartition(":")[2])
        if step is not None:
            step(attributes)

    def _count(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise TooLarge

    def _begin_text(self, _attributes: Mapping[str, str]) -> None:
        self._length = 0

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        self._row, self._column, self._length = _number(attributes.get("r"), self._row + 1), 0, 0

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        """A cell that does not say where it is stands beside the last one."""
        row, self._column = self._row, self._column + 1
        if "r" in attributes:
            found = PLACE.fullmatch(attributes["r"])
            if found is None:
                raise zipfile.BadZipFile("a cell that is nowhere")
            self._column, row = _column_number(found[1]), max(row, int(found[2]))
        self._reach(row, self._column)

    def _begin_table(self, _attributes: Mapping[str, str]) -> None:
        self._row = self._column = 0

    def _repeat_row(self, attributes: Mapping[str, str]) -> None:
        self._row += _number(attributes.get("table:number-rows-repeated"), 1)
        self._column = self._length = 0

    def _repeat_cell(self, attributes: Mapping[str, str]) -> None:
        """A cell with a value that is repeated counts as often; empty ones are not laid out."""
        self._column += _number(attributes.get("table:number-columns-repeated"), 1)
        self._length = 0
        if any("value" in name for name in attributes):
            self._reach(self._row, self._column)

    def _reach(self, row: int, column: int) -> None:
        self._last_row, self._last_column = max(self._last_row, row), max(self._last_column, column)
        self._length = 0
        if self._last_column > MOST_COLUMNS or self._last_row * self._last_column > MOST_CELLS:
            raise TooLarge


def _refuse(*_declaration: object) -> NoReturn:
    raise zipfile.BadZipFile("a workbook declares no document type")


def _number(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise zipfile.BadZipFile("a number that is none")
    return int(text)


def _column_number(letters: str) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
