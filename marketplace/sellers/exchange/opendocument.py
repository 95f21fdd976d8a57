"""How is a sheet written as an OpenDocument spreadsheet (ISO/IEC 26300)?

The same rows give the same bytes; one row is in memory at a time.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from decimal import Decimal
from typing import IO

from lxml import etree
from lxml.builder import ElementMaker

Cell = str | Decimal | int | None
MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = {part: f"{ODF}:{part}:1.0" for part in ("office", "table", "text", "manifest")}
VERSION = {f"{{{SPACES['office']}}}version": "1.3"}
TABLE, TEXT, LISTED = (
    ElementMaker(namespace=SPACES[part], nsmap=SPACES) for part in ("table", "text", "manifest")
)
GAP = re.compile(r"\t|(?<= ) +|^ +| $")
"""Blanks that a reader would leave out if they were not written as elements (part 3, 6.1.2)."""


def as_opendocument(rows: Iterable[Iterable[Cell]]) -> bytes:
    """One sheet of these rows, texts as texts and figures as figures; no formula."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        # By its first entry, uncompressed, programs know what the archive is (part 2, 3.3).
        archive.writestr(zipfile.ZipInfo("mimetype"), MEDIA_TYPE, zipfile.ZIP_STORED)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), _manifest(), zipfile.ZIP_DEFLATED)
        entry = zipfile.ZipInfo("content.xml")
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w") as content:
            _write(content, rows)
    return kept.getvalue()


def _write(content: IO[bytes], rows: Iterable[Iterable[Cell]]) -> None:
    office = f"{{{SPACES['office']}}}"
    with etree.xmlfile(content, encoding="UTF-8") as file:
        file.write_declaration()
        with (
            file.element(f"{office}document-content", VERSION, nsmap=SPACES),
            file.element(f"{office}body"),
            file.element(f"{office}spreadsheet"),
            file.element(f"{{{SPACES['table']}}}table", {f"{{{SPACES['table']}}}name": "1"}),
        ):
            for row in rows:
                file.write(TABLE("table-row", *map(_cell, row)))


def _cell(value: Cell) -> etree._Element:
    if value is None or value == "":
        return TABLE("table-cell")
    kind = {f"{{{SPACES['office']}}}value-type": "string" if isinstance(value, str) else "float"}
    if isinstance(value, str):
        return TABLE("table-cell", kind, *map(_paragraph, value.split("\n")))
    figure = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return TABLE("table-cell", kind | {f"{{{SPACES['office']}}}value": figure}, TEXT("p", figure))


def _paragraph(line: str) -> etree._Element:
    """One line, its gaps as elements."""
    parts: list[str | etree._Element] = []
    end = 0
    for gap in GAP.finditer(line):
        parts += [line[end : gap.start()], _gap(gap[0])]
        end = gap.end()
    return TEXT("p", *parts, line[end:])


def _gap(blanks: str) -> etree._Element:
    return TEXT("tab") if blanks == "\t" else TEXT("s", {f"{{{SPACES['text']}}}c": str(len(blanks))})


def _manifest() -> bytes:
    path, kind = (f"{{{SPACES['manifest']}}}{name}" for name in ("full-path", "media-type"))
    root = LISTED(
        "manifest",
        {f"{{{SPACES['manifest']}}}version": "1.3"},
        LISTED("file-entry", {path: "/", kind: MEDIA_TYPE}),
        LISTED("file-entry", {path: "content.xml", kind: "text/xml"}),
    )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
