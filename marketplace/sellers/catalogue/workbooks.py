"""How large does a workbook become when it is opened?

The reader lays a sheet out as a full rectangle. A file of a few kilobytes with a cell in the last row and column would
so take hundreds of gigabytes and end the process; the corners are therefore found before it is opened.
"""

import io
import re
import zipfile
from collections.abc import Iterator

MOST_CELLS = 10_000_000
MOST_UNPACKED = 512 * 1024**2
BINARY_WORKBOOK = "xl/workbook.bin"

_XLSX_TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])(?:[^>]*?\sr=[\"']([A-Za-z]*)([0-9]*)[\"'])?")
_ODS_TAG = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^>]*)>")
_REPEATED = re.compile(rb"repeated=[\"']([0-9]+)[\"']")


def is_openable(content: bytes) -> bool:
    """Whether a zipped workbook (XLSX or ODS) can be opened in reasonable memory. Raises zipfile.BadZipFile."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > MOST_UNPACKED or BINARY_WORKBOOK in archive.namelist():
            return False
        return all(_cells(archive.read(entry)) <= MOST_CELLS for entry in entries)


def _cells(part: bytes) -> int:
    """The size of the rectangle that a part of the archive describes; 0 for one that is no sheet."""
    if b"sheetData" in part:
        return _area(_xlsx_places(part))
    return _area(_ods_places(part)) if b"<table:table" in part else 0


def _area(places: Iterator[tuple[int, int]]) -> int:
    last_row = last_column = 0
    for row, column in places:
        last_row, last_column = max(last_row, row), max(last_column, column)
    return last_row * last_column


def _xlsx_places(part: bytes) -> Iterator[tuple[int, int]]:
    """Row and column of each cell, counted from 1; a cell that does not say where it is stands beside the last one."""
    row = column = 0
    for tag in _XLSX_TAG.finditer(part):
        kind, letters, digits = tag.groups()
        if kind == b"row":
            row, column = int(digits or row + 1), 0
        else:
            column = _column_number(letters) if letters else column + 1
            yield max(row, int(digits or 0)), column


def _column_number(letters: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _ods_places(part: bytes) -> Iterator[tuple[int, int]]:
    """Row and column of each cell with a value; a cell or row that is repeated counts as often."""
    row = column = 0
    for tag in _ODS_TAG.finditer(part):
        kind, attributes = tag.groups()
        repeated = _REPEATED.search(attributes)
        times = int(repeated[1]) if repeated else 1
        if kind == b"table":
            row = column = 0
        elif kind == b"table-row":
            row, column = row + times, 0
        else:
            column += times
            if b"value" in attributes:
                yield row, column
