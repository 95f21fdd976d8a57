"""How does a whole file of an old system come in, whatever its size?"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import UUID

from sqlalchemy import Text, cast, select

from marketplace.buyers.history.actions import bring_in, organisations_named, products_named
from marketplace.buyers.history.mapping import HistoryMapping, PastLine, Problem, read_mapping, read_row
from marketplace.foundation.background import in_this_process
from marketplace.foundation.errors import Conflict, Invalid, NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import deliver_everything
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.models import Organisation
from marketplace.sellers.catalogue.actions import import_catalogue as bring_catalogue, load_categories
from marketplace.sellers.catalogue.cells import sentence
from marketplace.sellers.catalogue.models import ImportRejection
from marketplace.sellers.catalogue.queries import rejections
from marketplace.sellers.catalogue.spreadsheets import read_sheet

BATCH = 500
Progress = Callable[[str, int, int], None]


@dataclass
class Import:
    """What has come of a file: rows that came in, rows that were known, and every cell that could not be read."""

    landed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def import_history(*, file: Path, mapping: Path, progress: Progress) -> Import:
    """Bring in past orders and deliveries from a CSV file; a second time it changes nothing.

    Rows are read and written in batches, so that memory stays flat and a broken run goes on where it stopped.
    Raises WrongMapping, or Invalid for a file that is no table.
    """
    read, done, understood = read_mapping(mapping), Import(), 0
    buyer_id = organisations_named({read.buyer}, currency=read.currency, is_buyer=True)[read.buyer]
    for batch in _batches(_understood(file, read, done)):
        understood += len(batch)
        landed = _bring_in(buyer_id, batch, read)
        done.landed += landed
        done.unchanged += len(batch) - landed
        progress(str(_l("Bringing in past deliveries")), understood, 0)
    return done


def import_categories(*, file: Path, progress: Progress) -> Import:
    """Bring in the full list of the CPV, with the columns CODE, EN and FR; a second time it changes nothing.

    Raises UnreadableFile, Invalid for a file without these columns.
    """
    with unit_of_work(platform("bring in the categories")):
        known, listed = load_categories(file.read_bytes())
    progress(str(_l("Bringing in the categories")), listed, listed)
    return Import(listed - known, known)


def number_style_of(file: Path) -> str | None:
    """How the file writes numbers, where its format leaves no choice. Raises UnreadableFile."""
    return read_sheet(file.read_bytes()).number_style


def import_catalogue(
    *, file: Path, supplier: str, progress: Progress, number_style: str, cpv_code: str | None = None
) -> Import:
    """Bring a file into the catalogue of the supplier of that name or id; a second time it changes nothing.

    `number_style` says whether the file writes "1,234.56" (point) or "1.234,56" (comma); `cpv_code` holds for rows
    without a category, which are refused where it is None. Raises NotFound for an unknown supplier, UnreadableFile,
    Invalid.
    """
    supplier_id = supplier_named(supplier)
    label = str(_l("Bringing in the catalogue of %(name)s", name=supplier))
    with in_this_process():
        row = bring_catalogue(
            file.read_bytes(),
            file_name=file.name,
            supplier_id=supplier_id,
            number_style=number_style,
            cpv_code=cpv_code,
            report=lambda done, total: progress(label, done, total),
        )
        deliver_everything()
    with unit_of_work(automatic(supplier_id), read_only=True):
        problems = [_problem(rejected) for rejected in rejections(row.id)]
    return Import(row.created + row.changed, row.unchanged, problems)


def supplier_named(named: str) -> UUID:
    """The supplier of that id or name. Raises NotFound, or Conflict for a name that several have taken."""
    suppliers = select(Organisation.id).where(Organisation.is_supplier)
    with unit_of_work(platform("find a supplier by name"), read_only=True) as work:
        found = work.scalars(suppliers.where(cast(Organisation.id, Text) == named)).all()
        # Anybody may call themselves what they like, also like somebody else's id.
        found = found or work.scalars(suppliers.where(Organisation.name == named).limit(2)).all()
    if not found:
        raise NotFound(_l("There is no supplier “%(name)s” on this market.", name=named))
    if len(found) > 1:
        raise Conflict(_l("Several suppliers are called “%(name)s”: name one by its id.", name=named))
    return found[0]


def _problem(rejected: ImportRejection) -> Problem:
    return Problem(rejected.line, rejected.column, sentence(rejected.reason, rejected.detail))


def _bring_in(buyer_id: UUID, batch: list[PastLine], mapping: HistoryMapping) -> int:
    sellers = organisations_named({line.supplier for line in batch}, currency=mapping.currency)
    products: dict[tuple[UUID, str], UUID] = {}
    for name, seller_id in sellers.items():
        wanted = {line.article: line for line in reversed(batch) if line.supplier == name}
        named = products_named(seller_id, wanted, currency=mapping.currency, cpv_code=mapping.cpv_code)
        products |= {(seller_id, article): product_id for article, product_id in named.items()}
    with unit_of_work(automatic(buyer_id)):
        return bring_in(lines=batch, sellers=sellers, products=products, mapping=mapping)


def _understood(file: Path, mapping: HistoryMapping, done: Import) -> Iterator[PastLine]:
    """The rows that can be read; what cannot is noted in `done`."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        rows = csv.DictReader(stream)
        if not rows.fieldnames:
            raise Invalid(_l("This file has no header."))
        for number, row in enumerate(rows, start=2):
            line, problems = read_row(row, number, mapping)
            done.problems.extend(problems)
            if line is not None:
                yield line


def _batches(lines: Iterator[PastLine]) -> Iterator[list[PastLine]]:
    while batch := list(islice(lines, BATCH)):
        yield batch
