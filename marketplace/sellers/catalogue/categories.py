"""Which categories does a file of the Common Procurement Vocabulary list, and which stands above which?

Regulation (EC) 213/2008: the first two digits are the division; each further digit that is not zero narrows it.
"""

from collections.abc import Collection, Container
from typing import NamedTuple

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue.identifiers import checked_cpv_code
from marketplace.sellers.catalogue.spreadsheets import read_sheet


class Category(NamedTuple):
    """One line of the vocabulary."""

    code: str
    label_en: str
    label_fr: str
    parent_code: str | None


def categories_in(content: bytes, known: Collection[str]) -> list[Category]:
    """The categories of a file with the columns CODE, EN and FR, in any order, below those that are `known`.

    Raises UnreadableFile, Invalid.
    """
    sheet = read_sheet(content)
    places = {title.upper(): place for place, title in enumerate(sheet.titles)}
    try:
        code, english, french = (places[title] for title in ("CODE", "EN", "FR"))
    except KeyError:
        raise Invalid(_l("The file needs the columns CODE, EN and FR."), field="file") from None
    labels = {
        checked_cpv_code(str(row.cell(code))): (str(row.cell(english)).strip(), str(row.cell(french)).strip())
        for row in sheet.rows
    }
    above = {*known, *labels}
    return [Category(code, *labels[code], parent_of(code, above)) for code in sorted(labels)]


def parent_of(code: str, known: Container[str]) -> str | None:
    """The nearest of the `known` codes above `code`; None for a division."""
    wider = (code[:digits].ljust(8, "0") for digits in range(7, 1, -1))
    return next((candidate for candidate in wider if candidate != code and candidate in known), None)
