"""Do we read the files that people send?"""

import io
from datetime import date

import pytest
import xlsxwriter

from marketplace.sellers.catalogue.spreadsheets import UnreadableFile, read_sheet

FRENCH = "réf;désignation;prix\nA1;Vis à bois;1,50\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_read_sheet_in_any_usual_encoding_keeps_the_accents(encoding: str) -> None:
    sheet = read_sheet(FRENCH.encode(encoding))
    assert sheet.titles == ("réf", "désignation", "prix")
    assert [row.cells for row in sheet.rows] == [("A1", "Vis à bois", "1,50")]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_read_sheet_finds_the_delimiter(delimiter: str) -> None:
    sheet = read_sheet(delimiter.join(["sku", "name", "price"]).encode() + b"\n")
    assert sheet.titles == ("sku", "name", "price")


def test_read_sheet_tells_the_line_where_each_record_begins() -> None:
    content = b'sku,name\r\n\r\nA,"two\r\nlines"\r\n\r\nB,one\r\n'
    assert [(row.line, row.cells) for row in read_sheet(content).rows] == [
        (3, ("A", "two\r\nlines")),
        (6, ("B", "one")),
    ]


def test_read_sheet_with_an_open_quotation_mark_goes_on_as_far_as_it_can() -> None:
    content = b'sku,name\nA,"never closed\n' + b"x" * 200_000 + b"\n"
    assert next(row.is_broken for row in read_sheet(content).rows)


def workbook(*rows: list[object]) -> bytes:
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(number, place, value, day if isinstance(value, date) else None)
    book.close()
    return kept.getvalue()


def test_read_sheet_of_a_workbook_keeps_kinds_and_lines() -> None:
    sheet = read_sheet(workbook([], ["sku", "price", "day"], [], [12.0, 1.5, date(2026, 1, 2)]))
    assert sheet.titles == ("sku", "price", "day")
    assert [(row.line, row.cells) for row in sheet.rows] == [(4, (12.0, 1.5, date(2026, 1, 2)))]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"PK\x03\x04 no archive", bytes(100), b"\xd0\xcf\x11\xe0" + bytes(99)]
)
def test_read_sheet_of_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_sheet(content)
