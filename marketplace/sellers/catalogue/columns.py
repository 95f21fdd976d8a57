"""Which column of a file is which?

One table says what a catalogue file may bring, under which titles people bring it, and how a cell of it is read.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.letters import folded
from marketplace.sellers.attributes.values import PREFIX
from marketplace.sellers.catalogue.cells import (
    NUMBER_STYLES,
    Amount,
    Read,
    Refused,
    Said,
    Words,
    cpv_code,
    currency,
    day,
    gtin,
    unit_code,
    whole_number,
)
from marketplace.sellers.catalogue.spreadsheets import Row
from marketplace.sellers.facts.kinds import FACTS


@dataclass(frozen=True)
class Column:
    """Something a file may say about a product: titles it goes by (folded), and how a cell of it is read.

    A file must have the columns that are required; without those that make new it only changes what is known.
    `category` are the digits that the CPV codes of the products begin with which can say it at all.
    """

    name: str
    label: LazyString | str
    titles: str
    read: Read
    is_required: bool = False
    makes_new: bool = False
    category: str = ""


COLUMNS = (
    Column(
        "sku", _l("Article number"),
        "sku, article number, article no, item number, product id, reference, ref, ref article, code article,"
        " reference fournisseur, numero d article",
        Words(60), is_required=True,
    ),
    Column(
        "name", _l("Product name"),
        "name, title, product name, designation, libelle, nom, nom du produit, intitule", Words(250), makes_new=True,
    ),
    Column(
        "price", _l("Price per unit"),
        "price, unit price, list price, net price, prix, prix unitaire, prix ht, prix unitaire ht, pu ht, tarif",
        Amount(), makes_new=True,
    ),
    Column("currency", _l("Currency"), "currency, devise, monnaie", currency),
    Column(
        "description", _l("Long description"),
        "description, long description, details, descriptif, description longue", Words(8000, is_long=True),
    ),
    Column(
        "cpv_code", _l("Category (CPV)"), "cpv, cpv code, code cpv, category code, categorie cpv, categorie", cpv_code
    ),
    Column("gtin", _l("GTIN"), "gtin, ean, ean13, ean 13, upc, barcode, code barres, gencod", gtin),
    Column("maker", _l("Maker"), "maker, manufacturer, brand, fabricant, marque", Words(120)),
    Column(
        "maker_part_number", _l("Maker’s part number"),
        "mpn, part number, manufacturer part number, maker part number, reference fabricant, ref fabricant",
        Words(60),
    ),
    Column(
        "unit_code", _l("Unit"), "unit, unit code, uom, unit of measure, unite, unite de mesure, unite de vente",
        unit_code,
    ),
    Column(
        "pack_size", _l("Content of one unit"),
        "pack size, content, pieces per unit, packaging, conditionnement, contenance, quantite par unite", Amount(),
    ),
    Column(
        "content_unit_code", _l("Unit of the content"),
        "content unit, content unit code, unite de contenu, unite du contenu", unit_code,
    ),
    Column(
        "minimum_quantity", _l("Minimum quantity"),
        "minimum quantity, min quantity, moq, minimum order quantity, quantite minimale, quantite minimum, minimum",
        Amount(),
    ),
    Column(
        "step_quantity", _l("Step"),
        "step, step quantity, multiple, increment, pas, multiple de commande, quantite multiple", Amount(),
    ),
    Column(
        "lead_time_days", _l("Lead time (working days)"),
        "lead time, lead time days, delivery days, delai, delai de livraison, delai jours", whole_number,
    ),
    Column(
        "starts_on", _l("Offered from"),
        "offered from, starts on, valid from, valid start date, valable a partir du, date de debut", day,
    ),
    Column(
        "ends_on", _l("Offered until"),
        "offered until, ends on, valid until, valid to, valid end date, valable jusqu au, date de fin", day,
    ),
    Column(
        "stock", _l("Stock"), "stock, quantity, quantity in stock, on hand, quantite, quantite en stock, disponible",
        Amount(may_be_zero=True),
    ),
    *(Column(name, fact.label, fact.titles, Said(name)) for name, fact in FACTS.items()),
)  # fmt: skip
BY_NAME = {column.name: column for column in COLUMNS}
ONE = Decimal(1)
# So much of a cell that was refused is kept to be shown.
LONGEST_SHOWN = 200
Places = list[tuple[Column, int]]


@dataclass(frozen=True)
class Reading:
    """How one file is read: the index of each column that it has, how it writes numbers, and what holds elsewhere.

    Without a `cpv_code` for rows that have none, these are refused. With `is_complete` the file has everything that is
    sold: what it does not have is withdrawn.
    """

    columns: Mapping[str, int]
    number_style: str
    currency: str
    cpv_code: str | None
    unit_code: str = "C62"
    is_published: bool = True
    is_complete: bool = False

    @property
    def makes_new(self) -> bool:
        """Whether a row can become a new product; else the file only changes those that are known."""
        return all(column.name in self.columns for column in COLUMNS if column.makes_new)

    def places(self, known: Mapping[str, Column] = BY_NAME) -> Places:
        """Those of the known columns that it has, with their indices; a category is needed where none holds for all."""
        needed = {"cpv_code"} if self.cpv_code is None else set()
        return [
            (replace(known[name], is_required=True) if name in needed else known[name], place)
            for name, place in self.columns.items()
            if name in known
        ]

    @property
    def missing(self) -> list[Column]:
        """What the file would have to have: a new product needs a category from somewhere."""
        needs_category = self.makes_new and self.cpv_code is None
        return [
            column
            for column in COLUMNS
            if column.name not in self.columns
            and (column.is_required or (needs_category and column.name == "cpv_code"))
        ]


@dataclass(frozen=True)
class Problem:
    """A cell that was refused: `column` is the name in COLUMNS, `reason` a key of cells.REASONS."""

    line: int
    column: str
    value: str
    reason: str
    detail: str = ""


def guessed_columns(titles: Sequence[str], known_columns: Iterable[Column] = COLUMNS) -> dict[str, int]:
    """The index of each of those columns whose title we know or is our own name for it, each title used once."""
    plain = [_plain(title) for title in titles]
    bare = [title.removeprefix(_plain(PREFIX)).strip() for title in plain]
    found: dict[str, int] = {}
    for column in known_columns:
        known = [*map(_plain, column.titles.split(", ")), _plain(str(column.label))]
        said = bare if column.name.startswith(PREFIX) or column.name in FACTS else plain
        places = [place for place, title in enumerate(said) if title in known and place not in found.values()]
        if places:
            found[column.name] = min(places, key=lambda place: known.index(said[place]))
    return found


def _plain(title: str) -> str:
    return " ".join(re.findall("[a-z0-9]+", folded(title)))


def read_row(
    row: Row, reading: Reading, places: Places | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """What a line says about its product, and what of it cannot be accepted; with a problem it does not land.

    `places` are those of its columns, where it has others than COLUMNS.
    """
    if row.is_broken:
        return {}, [Problem(row.line, "sku", "", "broken_line")]
    values: dict[str, Any] = {
        "currency": reading.currency, "cpv_code": reading.cpv_code, "unit_code": reading.unit_code
    }  # fmt: skip
    said, problems = read_cells(row, places or reading.places(), reading.number_style)
    values |= said
    return values, problems or list(_contradictions(row.line, values))


def read_cells(
    row: Row, places: Iterable[tuple[Column, int]], number_style: str
) -> tuple[dict[str, Any], list[Problem]]:
    """What the cells of a line say, each at its place, and what of them cannot be accepted."""
    values: dict[str, Any] = {}
    problems, style = [], NUMBER_STYLES[number_style]
    for column, place in places:
        cell = row.cell(place)
        try:
            if str(cell).strip():
                values[column.name] = column.read(cell, style)
            elif column.is_required or column.makes_new:
                raise Refused("missing")
        except Refused as refused:
            problems.append(
                Problem(row.line, column.name, str(cell)[:LONGEST_SHOWN], refused.reason, refused.detail)
            )
    return values, problems


def _contradictions(line: int, values: Mapping[str, Any]) -> list[Problem]:
    least, step = values.get("minimum_quantity"), values.get("step_quantity", ONE)
    if least is not None and least % step:
        return [Problem(line, "minimum_quantity", str(least), "not_in_steps")]
    first, last = values.get("starts_on"), values.get("ends_on")
    if first and last and last < first:
        return [Problem(line, "ends_on", str(last), "ends_before")]
    left, whole = values.get("remaining_days"), values.get("shelf_life_days")
    if left is not None and whole is not None and int(left) > int(whole):
        return [Problem(line, "remaining_days", left, "more_left")]
    return []
