"""What do the first rows of a file look like, and how do the refused ones go back into a spreadsheet?"""

import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from defusedcsv import csv

from marketplace.foundation.language import text as _
from marketplace.sellers.catalogue.cells import sentence
from marketplace.sellers.catalogue.columns import BY_NAME, Problem, Reading, read_row
from marketplace.sellers.catalogue.models import ImportRejection
from marketplace.sellers.catalogue.spreadsheets import Row, read_sheet

FIRST = 20
BYTE_ORDER_MARK = "\ufeff"


class Preview(NamedTuple):
    """The titles of a file's columns, about how many rows it has, the first of them, and how it writes numbers."""

    titles: tuple[str, ...]
    lines: int
    rows: list[Row]
    number_style: str | None


def preview_of(content: bytes) -> Preview:
    """The beginning of a file. Raises UnreadableFile."""
    sheet = read_sheet(content)
    return Preview(sheet.titles, sheet.lines, list(islice(sheet.rows, FIRST)), sheet.number_style)


def problems_of(rows: Sequence[Row], reading: Reading) -> list[Problem]:
    """What would be refused of these rows, read so."""
    return [problem for row in rows for problem in read_row(row, reading)[1]]


def rejections_as_csv(rejections: Iterable[ImportRejection]) -> str:
    """The rows that did not land, for a spreadsheet; no cell of it can be a formula."""
    kept = io.StringIO()
    writer = csv.writer(kept, delimiter=";")
    writer.writerow([_("Line"), _("Column"), _("Value"), _("Reason")])
    for row in rejections:
        label = str(BY_NAME[row.column].label)
        writer.writerow([row.line, label, row.value, sentence(row.reason, row.detail)])
    return BYTE_ORDER_MARK + kept.getvalue()
