"""Do we read the files that people send?"""

import io
import re
import struct
import zipfile
import zlib
from datetime import date

import pytest
import xlsxwriter

from marketplace.sellers.catalogue.spreadsheets import UnreadableFile, read_sheet
from tests.factories.catalogue import a_workbook

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


def test_read_sheet_of_a_workbook_keeps_kinds_and_lines() -> None:
    sheet = read_sheet(a_workbook([], ["sku", "price", "day"], [], [12.0, 1.5, date(2026, 1, 2)]))
    assert sheet.titles == ("sku", "price", "day")
    assert [(row.line, row.cells) for row in sheet.rows] == [(4, (12.0, 1.5, date(2026, 1, 2)))]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"PK\x03\x04 no archive", bytes(100), b"\xd0\xcf\x11\xe0" + bytes(99)]
)
def test_read_sheet_of_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_sheet(content)


def test_read_sheet_of_a_sheet_as_large_as_a_country_is_refused() -> None:
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "sku")
    sheet.write(1_048_575, 16_383, "far away")
    book.close()
    with pytest.raises(UnreadableFile, match="far too large"):
        read_sheet(kept.getvalue())


NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FIRST = '<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c></row>'
FAR = "XFD1048576"


def an_xlsx(sheet: str) -> bytearray:
    """A workbook whose one sheet is that XML."""
    kept, given = io.BytesIO(), zipfile.ZipFile(io.BytesIO(a_workbook(["sku"])))
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in given.namelist():
            archive.writestr(name, sheet if name.startswith("xl/worksheets/sheet") else given.read(name))
    return bytearray(kept.getvalue())


def a_sheet(rows: str) -> str:
    return f'<worksheet xmlns="{NAMESPACE}"><sheetData>{FIRST}{rows}</sheetData></worksheet>'


@pytest.mark.parametrize(
    "sheet",
    [
        a_sheet(f'<row><c s=">" r="{FAR}"><v>1</v></c></row>'),
        a_sheet(f'<row><c r = "{FAR}"><v>1</v></c></row>'),
        a_sheet('<row><c r="&#88;FD1048576"><v>1</v></c></row>'),
        a_sheet('<row r = "1048576"><c/><c/><c/><c/><c/><c/><c/><c/><c/><c/></row>'),
        a_sheet("<row>" + "<c/>" * 2000 + "</row>"),
        a_sheet(f'<row><c t="inlineStr"><is><t>{"x" * 40_000}</t></is></c></row>'),
        f'<a-b:worksheet xmlns:a-b="{NAMESPACE}"><a-b:sheetData><a-b:c r="A1"/><a-b:c r="{FAR}"/></a-b:sheetData>'
        "</a-b:worksheet>",
    ],
)
def test_read_sheet_that_hides_how_large_it_is_is_refused(sheet: str) -> None:
    with pytest.raises(UnreadableFile, match="far too large"):
        read_sheet(bytes(an_xlsx(sheet)))


@pytest.mark.parametrize(
    "sheet",
    [
        a_sheet(f'<row><c r="A2" r="{FAR}"><v>1</v></c></row>'),
        a_sheet("<row>"),
        a_sheet('<row r="-1"/>'),
        f'<!DOCTYPE x [<!ENTITY e "<c/>">]>{a_sheet("<row>&e;</row>")}',
    ],
)
def test_read_sheet_that_is_not_well_formed_is_refused(sheet: str) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_sheet(bytes(an_xlsx(sheet)))


def test_read_sheet_of_an_archive_that_lies_about_sizes_is_refused() -> None:
    sheet = a_sheet(f'<row><c r="{FAR}"><v>1</v></c></row>').encode()
    content, said = an_xlsx(sheet.decode()), sheet[:150]
    checksum = struct.pack("<I", zlib.crc32(sheet))
    true = checksum + struct.pack("<II", len(zlib.compress(sheet, wbits=-15)), len(sheet))
    for place in [found.start() for found in re.finditer(re.escape(true), bytes(content))]:
        content[place : place + 4] = struct.pack("<I", zlib.crc32(said))
        content[place + 8 : place + 12] = struct.pack("<I", len(said))
    lying = zipfile.ZipFile(io.BytesIO(content))
    assert lying.testzip() is None
    assert lying.getinfo("xl/worksheets/sheet1.xml").file_size == len(said)
    with pytest.raises(UnreadableFile):
        read_sheet(bytes(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_read_sheet_of_an_archive_packed_otherwise_is_refused(method: int) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", method) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_sheet(kept.getvalue())


def test_read_sheet_cuts_a_text_that_no_column_takes() -> None:
    sheet = read_sheet(a_workbook(["sku"], ["x" * 30_000]))
    assert [len(str(row.cells[0])) for row in sheet.rows] == [10_000]


def an_ods(rows: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", ODS.replace("ROWS", rows))
    return kept.getvalue()


ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="A">ROWS</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
WORD = '<table:table-cell{} office:value-type="string"><text:p>sku</text:p></table:table-cell>'


def test_read_sheet_of_an_ods_with_empty_rows_to_the_end_is_read() -> None:
    empty = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    sheet = read_sheet(an_ods(f"<table:table-row>{WORD.format('')}</table:table-row>{empty}"))
    assert sheet.titles == ("sku",)


@pytest.mark.parametrize(
    "rows",
    [
        f'<table:table-row table:number-rows-repeated="99999999">{WORD.format("")}</table:table-row>',
        "<table:table-row>" + WORD.format(' table:number-columns-repeated="99999999"') + "</table:table-row>",
    ],
)
def test_read_sheet_of_an_ods_that_repeats_without_end_is_refused(rows: str) -> None:
    with pytest.raises(UnreadableFile, match="far too large"):
        read_sheet(an_ods(rows))
