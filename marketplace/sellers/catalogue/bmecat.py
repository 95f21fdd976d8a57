"""Which products does a BMEcat catalogue have?

BMEcat 1.2 and 2005 (BME, Fraunhofer IAO), read one product at a time as if it were a sheet: the titles are the names of
our columns, a row's line is the one in the file. What we have no column for is passed over. A file that declares
entities of its own is refused: they may grow to any size, or name files of this machine.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import NamedTuple

from lxml import etree

from marketplace.foundation.forms import FIRST_DAY, LAST_DAY
from marketplace.sellers.attributes.values import PREFIX
from marketplace.sellers.facts.documents import written_at
from marketplace.sellers.facts.kinds import DOCUMENTS

# Our column, and where it stands in a product, without the prefix ARTICLE_ (1.2) or PRODUCT_ (2005).
PLACES: Mapping[str, tuple[str, ...]] = {
    "sku": ("SUPPLIER_AID", "SUPPLIER_PID"),
    "name": ("DETAILS/DESCRIPTION_SHORT",),
    "description": ("DETAILS/DESCRIPTION_LONG",),
    "gtin": ("DETAILS/EAN", "DETAILS/INTERNATIONAL_PID"),
    "maker": ("DETAILS/MANUFACTURER_NAME",),
    "maker_part_number": ("DETAILS/MANUFACTURER_AID", "DETAILS/MANUFACTURER_PID"),
    "unit_code": ("ORDER_DETAILS/ORDER_UNIT",),
    "pack_size": ("ORDER_DETAILS/NO_CU_PER_OU",),
    "content_unit_code": ("ORDER_DETAILS/CONTENT_UNIT",),
    "minimum_quantity": ("ORDER_DETAILS/QUANTITY_MIN",),
    "step_quantity": ("ORDER_DETAILS/QUANTITY_INTERVAL",),
    "lead_time_days": ("DETAILS/DELIVERY_TIME",),
}
# As which element (2005), or as which kind of DATETIME (1.2), the details of the price say its days.
TERM = {"starts_on": "valid_start_date", "ends_on": "valid_end_date"}
TITLES = (*PLACES, "cpv_code", "price", "currency", *TERM)
# Prices before tax, those meant for the reader of the catalogue first; a gross price is none that we could take.
NET_PRICES = ("net_customer", "net_list")
PRODUCTS = frozenset(("ARTICLE", "PRODUCT"))
# Between two products, and within one, there are never more elements: they stay in memory until the product is read.
MOST_ELEMENTS = 500_000
PREFIXES = ("ARTICLE_", "PRODUCT_")
# A number with a larger exponent is written with so many digits: no amount, but a page full of zeros.
LONGEST_AMOUNT = 30
GTIN_KINDS = ("", "gtin", "ean")
# Features by their names become columns; more of them than these nobody matches to anything.
FEATURE = re.compile(rb"<FNAME>([^<]{1,240})</FNAME>")
ISO_DAY = len("2026-12-31")
MOST_FEATURES, LONGEST_FEATURE = 200, 80
UNSPSC = "unspsc"
NOT_FEATURES = (UNSPSC, DOCUMENTS)
DOCUMENT = re.compile(rb"<MIME_SOURCE>\s*documents/")
CLASSES = re.compile(rb"REFERENCE_FEATURE_SYSTEM_NAME>\s*UNSPSC", re.IGNORECASE)


class Listed(NamedTuple):
    """One product of a catalogue: the line it begins at, and what it says, in the order of TITLES and the features."""

    line: int
    cells: tuple[str, ...]


class Unreadable(ValueError):
    """No BMEcat catalogue, or one that declares entities, or with more around a product than we hold in memory."""


def is_xml(content: bytes) -> bool:
    """Whether a file begins as XML does."""
    beginning = content[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return beginning.startswith((b"<?xml", b"<BMECAT", b"<!--", b"<!DOCTYPE"))


def features_in(content: bytes) -> tuple[str, ...]:
    """The names of the features that a catalogue has, in the order of the alphabet, without looking at its products."""
    found = {_feature_name(name.decode(errors="replace")) for name in set(FEATURE.findall(content))}
    classes = [UNSPSC] if CLASSES.search(content) else []
    documents = [DOCUMENTS] if DOCUMENT.search(content) else []
    return (*classes, *documents, *sorted(found - {"", *NOT_FEATURES})[:MOST_FEATURES])


def title_of(feature: str) -> str:
    """The title of a feature's column: none that could be taken for another element of the catalogue."""
    return feature if feature in NOT_FEATURES else f"{PREFIX}{feature}"


def products_in(content: bytes, features: Sequence[str] = ()) -> Iterator[Listed]:
    """The products of a catalogue in its order. Raises Unreadable, also in the middle of a file that breaks off."""
    currency = ""
    try:
        for element in _elements(content):
            _require_no_entities(element)
            if etree.QName(element).localname == "CATALOG":
                currency = element.findtext("{*}CURRENCY", "").strip()
                continue
            yield Listed(element.sourceline or 0, (*_cells(element, currency), *_features(element, features)))
            _forget(element)
    except etree.XMLSyntaxError as error:
        raise Unreadable(str(error)) from error


def _elements(content: bytes) -> Iterator[etree._Element]:
    """The catalogue's own data and its products, each once it is whole."""
    found: Iterator[tuple[str, etree._Element]] = etree.iterparse(
        io.BytesIO(content),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    held = 0
    for _, element in found:
        name = element.tag.rpartition("}")[2]
        held = 0 if name in PRODUCTS else held + 1
        if held > MOST_ELEMENTS:
            raise Unreadable("there is too much around a product")
        if name in PRODUCTS or name == "CATALOG":
            yield element


def _require_no_entities(element: etree._Element) -> None:
    declared = element.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise Unreadable("it declares entities")


def _cells(product: etree._Element, currency: str) -> tuple[str, ...]:
    said = _said(product)
    values = {name: next(filter(None, map(said.get, places)), "") for name, places in PLACES.items()}
    price = _price(product)
    values["cpv_code"] = _cpv_code(product)
    values["price"] = _amount(price, said.get("ORDER_DETAILS/PRICE_QUANTITY", ""))
    values["currency"] = price.get("PRICE_CURRENCY", "") or currency
    values |= _term(product)
    return tuple(values[title] for title in TITLES)


def _said(product: etree._Element) -> dict[str, str]:
    """The text of each element of a product and of its parts, by place; of several the first."""
    said: dict[str, str] = {}
    for part in product.iterchildren("{*}*"):
        said.setdefault(_name(part), _text(part))
        for leaf in part.iterchildren("{*}*"):
            if leaf.get("type", "").lower() in GTIN_KINDS or _name(leaf) != "INTERNATIONAL_PID":
                said.setdefault(f"{_name(part)}/{_name(leaf)}", _text(leaf))
    return said


def _price(product: etree._Element) -> dict[str, str]:
    """The net price for the smallest quantity, by the names of its parts; empty where there is none."""
    prices = [
        (NET_PRICES.index(kind), _number(found.get("LOWER_BOUND", "")), place, found)
        for place, price in enumerate(product.iterfind("{*}*/{*}*"))
        if _name(price) == "PRICE" and (kind := price.get("price_type", "")) in NET_PRICES
        for found in [{_name(leaf): _text(leaf) for leaf in price.iterchildren("{*}*")}]
    ]
    return min(prices, key=lambda price: price[:3])[3] if prices else {}


def _term(product: etree._Element) -> dict[str, str]:
    """The first and the last day of all details that hold a net price, as YYYY-MM-DD; "" where one has none."""
    details = list(product.iterchildren("{*}ARTICLE_PRICE_DETAILS", "{*}PRODUCT_PRICE_DETAILS"))
    net = [part for part in details if any(price.get("price_type", "") in NET_PRICES for price in part)]
    said = [_days(part) for part in net or details]
    starts, ends = ([days.get(kind, "") for days in said] for kind in TERM.values())
    return {
        "starts_on": min(starts) if starts and all(starts) else "",
        "ends_on": max(ends) if ends and all(ends) else "",
    }


def _days(details: etree._Element) -> dict[str, str]:
    """The days that are said there, whatever time stands behind them; one that stands for “for ever” is none."""
    said: dict[str, str] = {}
    for part in details.iterchildren("{*}*"):
        kind = part.get("type", "").lower() if _name(part) == "DATETIME" else _name(part).lower()
        day = (_text(part) or str(part.findtext("{*}DATE", "")).strip())[:ISO_DAY]
        said.setdefault(kind, "" if _is_for_ever(day) else day)
    return said


def _is_for_ever(day: str) -> bool:
    try:
        return not FIRST_DAY <= date.fromisoformat(day) <= LAST_DAY
    except ValueError:
        return False


def _amount(price: Mapping[str, str], quantity: str) -> str:
    """What one order unit costs: an amount may stand for several, and be multiplied; "" where it is no number."""
    try:
        amount = Decimal(price.get("PRICE_AMOUNT", "")) * Decimal(price.get("PRICE_FACTOR") or 1)
        each = (amount / Decimal(quantity or 1)).normalize()
        return f"{each:f}" if abs(each.adjusted()) < LONGEST_AMOUNT else price["PRICE_AMOUNT"]
    except ArithmeticError:
        return price.get("PRICE_AMOUNT", "")


def _cpv_code(product: etree._Element) -> str:
    """The group of the CPV that the product stands in, of all classifications that the catalogue names."""
    for features in product.iterchildren("{*}ARTICLE_FEATURES", "{*}PRODUCT_FEATURES"):
        if features.findtext("{*}REFERENCE_FEATURE_SYSTEM_NAME", "").strip().upper().startswith("CPV"):
            return str(features.findtext("{*}REFERENCE_FEATURE_GROUP_ID", "")).strip()
    return ""


def _features(product: etree._Element, names: Sequence[str]) -> Iterator[str]:
    """The values of these features, each with its unit; several of one feature with a semicolon between."""
    said = {DOCUMENTS: list(map(_document, product.iterfind("{*}MIME_INFO/{*}MIME")))} if names else {}
    for group in product.iterchildren("{*}ARTICLE_FEATURES", "{*}PRODUCT_FEATURES") if names else ():
        if group.findtext("{*}REFERENCE_FEATURE_SYSTEM_NAME", "").strip().upper().startswith("UNSPSC"):
            said.setdefault(UNSPSC, []).append(group.findtext("{*}REFERENCE_FEATURE_GROUP_ID", "").strip())
        for feature in group.iterchildren("{*}FEATURE"):
            name = _feature_name(feature.findtext("{*}FNAME", ""))
            said.setdefault(name, []).append(_value(feature))
    return ("; ".join(filter(None, said.get(name, ()))) for name in names)


def _document(mime: etree._Element) -> str:
    parts = ("MIME_SOURCE", "MIME_DESCR", "MIME_ALT")
    return written_at(*(mime.findtext(f"{{*}}{part}", "").strip() for part in parts))


def _value(feature: etree._Element) -> str:
    values = "; ".join(filter(None, map(_text, feature.iterchildren("{*}FVALUE"))))
    return f"{values} {feature.findtext('{*}FUNIT', '').strip()}".strip()


def _feature_name(text: str) -> str:
    return " ".join(unescape(text).split())[:LONGEST_FEATURE]


def _number(text: str) -> Decimal:
    try:
        return Decimal(text or 1)
    except InvalidOperation:
        return Decimal("Infinity")


def _name(element: etree._Element) -> str:
    name = str(etree.QName(element).localname)
    return next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()


def _forget(element: etree._Element) -> None:
    """What has been read is let go, so that a catalogue of any length takes the same memory."""
    element.clear()
    for node in (element, *element.iterancestors()):
        while node.getprevious() is not None:
            del node.getparent()[0]
