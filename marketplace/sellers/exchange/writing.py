"""How is a catalogue written down, so that it can come in again and change nothing?

The same products give the same bytes: no date, no name of whoever asked.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import xlsxwriter
from lxml import etree
from lxml.builder import E

from marketplace.sellers.attributes.values import PREFIX
from marketplace.sellers.catalogue.columns import COLUMNS
from marketplace.sellers.catalogue.spreadsheets import shielded
from marketplace.sellers.exchange.opendocument import MEDIA_TYPE, as_opendocument
from marketplace.sellers.facts.documents import documents_in, source_of
from marketplace.sellers.facts.kinds import DOCUMENTS, FACTS

Offer = Mapping[str, str | Decimal | int | None]
TITLES = {column.name: column.titles.split(", ")[0] for column in COLUMNS if column.name not in FACTS}
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
CLASSES = {"unspsc_code": "UNSPSC"}
TERM = {"valid_start_date": "starts_on", "valid_end_date": "ends_on"}
PRICE = {"PRICE_AMOUNT": "price", "PRICE_CURRENCY": "currency"}


class Property(NamedTuple):
    """Something that some of the offers say besides: its name in an offer, its title in a file, and its unit."""

    name: str
    title: str
    unit_code: str | None = None


class Offers(NamedTuple):
    """What is written: the properties that some of the offers have, and the offers by the names of all columns."""

    properties: Sequence[Property]
    rows: Iterable[Offer]

    @property
    def titles(self) -> dict[str, str]:
        """The titles of all columns by name."""
        return {**TITLES, **{one.name: one.title for one in self.properties}}


class Format(NamedTuple):
    """A kind of file: what it is called, its media type, and how it is written."""

    label: str
    media_type: str
    write: Callable[[Offers], bytes]


def as_csv(offers: Offers) -> bytes:
    """One line an offer, numbers with a point; no cell can be taken for a formula (spreadsheets.py: shielded)."""
    kept = io.StringIO()
    writer = csv.writer(kept, delimiter=";", lineterminator="\r\n")
    titles = offers.titles
    writer.writerow(map(shielded, titles.values()))
    writer.writerows([shielded(_plain(offer[name])) for name in titles] for offer in offers.rows)
    return (BYTE_ORDER_MARK + kept.getvalue()).encode()


def as_workbook(offers: Offers) -> bytes:
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


def as_open_sheet(offers: Offers) -> bytes:
    """The same as an OpenDocument spreadsheet (ODS)."""
    return as_opendocument(_sheet(offers))


def as_bmecat(offers: Offers) -> bytes:
    """A new catalogue in BMEcat 1.2; stock has no place in it. A name may be longer than its 80 characters."""
    kept = io.BytesIO()
    with etree.xmlfile(kept, encoding="UTF-8") as file:
        file.write_declaration()
        with file.element("BMECAT", version="1.2"), file.element("T_NEW_CATALOG"):
            for offer in offers.rows:
                file.write(_article(offer, offers.properties), pretty_print=True)
    return kept.getvalue()


FORMATS = {
    "csv": Format("CSV", "text/csv", as_csv),
    "xlsx": Format("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_workbook),
    "ods": Format("ODS", MEDIA_TYPE, as_open_sheet),
    "xml": Format("BMEcat", "application/xml", as_bmecat),
}


def _sheet(offers: Offers) -> Iterator[Iterable[str | Decimal | int | None]]:
    titles = offers.titles
    yield titles.values()
    for offer in offers.rows:
        yield (offer[name] for name in titles)


def _article(offer: Offer, properties: Sequence[Property]) -> etree._Element:
    apart = (*CLASSES, DOCUMENTS)
    said = [one for one in properties if offer[one.name] and one.name not in apart]
    classes = [_class(system, offer[name]) for name, system in CLASSES.items() if offer.get(name)]
    classified = _class("CPV-2008", offer["cpv_code"], *(_feature(one, offer) for one in said))
    price = E.ARTICLE_PRICE(*_elements(PRICE, offer), price_type="net_list")
    return E.ARTICLE(
        E.SUPPLIER_AID(_plain(offer["sku"])),
        E.ARTICLE_DETAILS(*_elements(DETAILS, offer)),
        classified,
        *classes,
        E.ARTICLE_ORDER_DETAILS(*_elements(ORDER_DETAILS, offer)),
        E.ARTICLE_PRICE_DETAILS(*_term(offer), price),
        *_documents(_plain(offer.get(DOCUMENTS))),
    )


def _term(offer: Offer) -> list[etree._Element]:
    said = ((kind, _plain(offer[name])) for kind, name in TERM.items())
    return [E.DATETIME(E.DATE(day), type=kind) for kind, day in said if day]


def _documents(written: str) -> list[etree._Element]:
    """What is handed out with the product; the bytes are elsewhere, and named by their hash."""
    named = [
        E.MIME(
            E.MIME_TYPE("application/pdf"),
            E.MIME_SOURCE(source_of(one)),
            E.MIME_DESCR(one.title),
            *([E.MIME_ALT(one.certificate)] if one.certificate else []),
            E.MIME_PURPOSE("data_sheet" if one.kind == "data_sheet" else "others"),
        )
        for one in documents_in(written)
    ]
    return [E.MIME_INFO(*named)] if named else []


def _class(system: str, code: str | Decimal | int | None, *features: etree._Element) -> etree._Element:
    return E.ARTICLE_FEATURES(
        E.REFERENCE_FEATURE_SYSTEM_NAME(system), E.REFERENCE_FEATURE_GROUP_ID(_plain(code)), *features
    )


def _feature(one: Property, offer: Offer) -> etree._Element:
    units = [E.FUNIT(one.unit_code)] if one.unit_code else []
    return E.FEATURE(E.FNAME(one.title.removeprefix(PREFIX)), E.FVALUE(_plain(offer[one.name])), *units)


def _elements(part: Mapping[str, str], offer: Offer) -> list[etree._Element]:
    said = ((tag, _plain(offer[name])) for tag, name in part.items())
    return [E(tag, text) for tag, text in said if text]


def _plain(value: str | Decimal | int | None) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
