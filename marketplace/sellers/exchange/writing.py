"""How is a catalogue written down, so that it can come in again and change nothing?

The same products give the same bytes: no date, no name of whoever asked.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import xlsxwriter
from lxml import etree
from lxml.builder import E

from marketplace.sellers.catalogue.columns import COLUMNS
from marketplace.sellers.catalogue.spreadsheets import shielded
from marketplace.sellers.exchange.opendocument import MEDIA_TYPE, as_opendocument

Offer = Mapping[str, str | Decimal | int | None]
TITLES = {column.name: column.titles.split(", ")[0] for column in COLUMNS}
BYTE_ORDER_MARK = "\ufeff"
LONG_AGO = datetime(2000, 1, 1)  # noqa: DTZ001 the workbook's format knows no zone
# BMEcat 1.2, in the order of its document type; each part with the elements that say something of ours.
DETAILS = {
    "DESCRIPTION_SHORT": "name",
    "DESCRIPTION_LONG": "description",
    "EAN": "gtin",
    "MANUFACTURER_AID": "maker_part_number",
    "MANUFACTURER_NAME": "maker",
    "DELIVERY_TIME": "lead_time_days",
}
ORDER_DETAILS = {
    "ORDER_UNIT": "unit_code",
    "CONTENT_UNIT": "content_unit_code",
    "NO_CU_PER_OU": "pack_size",
    "QUANTITY_MIN": "minimum_quantity",
    "QUANTITY_INTERVAL": "step_quantity",
}
PRICE = {"PRICE_AMOUNT": "price", "PRICE_CURRENCY": "currency"}


class Format(NamedTuple):
    """A kind of file: what it is called, its media type, and how it is written."""

    label: str
    media_type: str
    write: Callable[[Iterable[Offer]], bytes]


def as_csv(offers: Iterable[Offer]) -> bytes:
    """One line an offer, numbers with a point; no cell can be taken for a formula (spreadsheets.py: shielded)."""
    kept = io.StringIO()
    writer = csv.writer(kept, delimiter=";", lineterminator="\r\n")
    writer.writerow(TITLES.values())
    writer.writerows([shielded(_plain(offer[name])) for name in TITLES] for offer in offers)
    return (BYTE_ORDER_MARK + kept.getvalue()).encode()


def as_workbook(offers: Iterable[Offer]) -> bytes:
    """One sheet (XLSX), texts as texts and figures as figures; no formula."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"constant_memory": True})
    book.set_properties({"created": LONG_AGO})
    sheet = book.add_worksheet()
    for row, cells in enumerate(_sheet(offers)):
        for column, value in enumerate(cells):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif value is not None:
                sheet.write_number(row, column, value)
    book.close()
    return kept.getvalue()


def as_open_sheet(offers: Iterable[Offer]) -> bytes:
    """The same as an OpenDocument spreadsheet (ODS)."""
    return as_opendocument(_sheet(offers))


def as_bmecat(offers: Iterable[Offer]) -> bytes:
    """A new catalogue in BMEcat 1.2; stock has no place in it. A name may be longer than its 80 characters."""
    kept = io.BytesIO()
    with etree.xmlfile(kept, encoding="UTF-8") as file:
        file.write_declaration()
        with file.element("BMECAT", version="1.2"), file.element("T_NEW_CATALOG"):
            for offer in offers:
                file.write(_article(offer), pretty_print=True)
    return kept.getvalue()


FORMATS = {
    "csv": Format("CSV", "text/csv", as_csv),
    "xlsx": Format("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_workbook),
    "ods": Format("ODS", MEDIA_TYPE, as_open_sheet),
    "xml": Format("BMEcat", "application/xml", as_bmecat),
}


def _sheet(offers: Iterable[Offer]) -> Iterator[Iterable[str | Decimal | int | None]]:
    yield TITLES.values()
    for offer in offers:
        yield (offer[name] for name in TITLES)


def _article(offer: Offer) -> etree._Element:
    classified = E.ARTICLE_FEATURES(
        E.REFERENCE_FEATURE_SYSTEM_NAME("CPV-2008"), E.REFERENCE_FEATURE_GROUP_ID(_plain(offer["cpv_code"]))
    )
    price = E.ARTICLE_PRICE(*_elements(PRICE, offer), price_type="net_list")
    return E.ARTICLE(
        E.SUPPLIER_AID(_plain(offer["sku"])),
        E.ARTICLE_DETAILS(*_elements(DETAILS, offer)),
        classified,
        E.ARTICLE_ORDER_DETAILS(*_elements(ORDER_DETAILS, offer)),
        E.ARTICLE_PRICE_DETAILS(price),
    )


def _elements(part: Mapping[str, str], offer: Offer) -> list[etree._Element]:
    said = ((tag, _plain(offer[name])) for tag, name in part.items())
    return [E(tag, text) for tag, text in said if text]


def _plain(value: str | Decimal | int | None) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
