"""What do the first rows of a file look like?"""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from marketplace.sellers.catalogue.columns import Problem, Reading, read_row
from marketplace.sellers.catalogue.properties import known_columns
from marketplace.sellers.catalogue.spreadsheets import Row, read_sheet

FIRST = 20


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
    places = reading.places(known_columns())
    return [problem for row in rows for problem in read_row(row, reading, places)[1]]
