"""How do the refused rows of a file go back to somebody who can repair them?

As they came, in the same kind of file, with the reason in a column of its own; repaired, the file can come in as it is.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import xlsxwriter

from marketplace.foundation.language import text as _
from marketplace.sellers.catalogue.cells import sentence
from marketplace.sellers.catalogue.columns import BY_NAME, Column, Problem
from marketplace.sellers.catalogue.models import ImportRejection
from marketplace.sellers.catalogue.spreadsheets import ZIPPED, Cell, read_sheet, shielded

BYTE_ORDER_MARK = "\ufeff"


class Returned(NamedTuple):
    """A file that goes back, the ending of its name and its media type."""

    content: bytes
    ending: str
    media_type: str


def returned(
    content: bytes, rejections: Iterable[ImportRejection | Problem], known: Mapping[str, Column] = BY_NAME
) -> Returned:
    """The rows of the file `content` that were refused, each with its reasons; `known` are its columns by name."""
    rows = _rows(content, rejections, known)
    if content.startswith(ZIPPED):
        return Returned(
            _workbook(rows), "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
    return Returned(_csv(rows), "csv", "text/csv")


def _rows(
    content: bytes, rejections: Iterable[ImportRejection | Problem], known: Mapping[str, Column]
) -> Iterator[list[Cell]]:
    reasons: dict[int, list[str]] = defaultdict(list)
    for rejection in rejections:
        label = known[rejection.column].label if rejection.column in known else rejection.column
        reasons[rejection.line].append(f"{label}: {sentence(rejection.reason, rejection.detail)}")
    sheet = read_sheet(content)
    yield [*sheet.titles, _("Reason")]
    for row in sheet.rows:
        if row.line in reasons:
            cells = [row.cell(place) for place in range(len(sheet.titles))]
            yield [*cells, " ".join(reasons[row.line])]


def _csv(rows: Iterable[list[Cell]]) -> bytes:
    kept = io.StringIO()
    writer = csv.writer(kept, delimiter=";")
    writer.writerows([shielded(str(cell)) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK + kept.getvalue()).encode()


def _workbook(rows: Iterable[list[Cell]]) -> bytes:
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            write = sheet.write_string if isinstance(cell, str) else sheet.write
            write(number, place, cell)
    book.close()
    return kept.getvalue()
