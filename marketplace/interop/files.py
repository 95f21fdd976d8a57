"""How does a whole file of an old system come in, whatever its size?"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import UUID

from marketplace.buyers.history.actions import bring_in, organisations_named, products_named
from marketplace.buyers.history.mapping import HistoryMapping, PastLine, Problem, read_mapping, read_row
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import automatic
from marketplace.foundation.unit_of_work import unit_of_work

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
