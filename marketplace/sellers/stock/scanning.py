"""What does a scanner send, which types like a keyboard?

A bin's label, an article number, a GTIN, a batch or serial number; or a GS1 label, which says several of these at once
(GS1 General Specifications 3: application identifiers 01, 10, 15, 17 and 21).
"""

import calendar
import re
from datetime import date
from typing import NamedTuple

SEPARATOR = "\x1d"  # FNC1, which ends an element of any length
IN_WORDS = re.compile(r"\((01|10|15|17|21)\)([^(]+)")
ELEMENT = re.compile(r"(?:(01)([0-9]{14})|(1[57])([0-9]{6})|(10|21)([^\x1d]{1,20}))\x1d?")
GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")


class Scan(NamedTuple):
    """What a code says; `code` is all of it, as it was sent."""

    code: str
    gtin: str | None = None
    number: str | None = None
    expires_on: date | None = None


def read_scan(sent: str) -> Scan:
    """What `sent` says; a code that is no GS1 label stands for itself."""
    code = sent.removeprefix("]C1").removeprefix("]d2").strip(f" \t\r\n{SEPARATOR}")
    elements = dict(IN_WORDS.findall(code)) if code.startswith("(") else _elements(code)
    if not elements:
        return Scan(code, gtin=code if GTIN.fullmatch(code) else None)
    return Scan(
        code,
        gtin=elements.get("01"),
        number=elements.get("21") or elements.get("10"),
        expires_on=_day(elements.get("17") or elements.get("15") or ""),
    )


def _elements(code: str) -> dict[str, str]:
    """The elements of a label without brackets, where it is made of nothing else and begins with a GTIN."""
    found: dict[str, str] = {}
    place = 0
    while place < len(code) and (match := ELEMENT.match(code, place)):
        identifier, value = (part for part in match.groups() if part is not None)
        found[identifier] = value
        place = match.end()
    return found if place == len(code) and "01" in found else {}


def _day(digits: str) -> date | None:
    """YYMMDD; the day 00 is the last of the month; years are of this century (GS1 7.12 for the next fifty)."""
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    year, month, day = 2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, day or last) if day <= last else None
