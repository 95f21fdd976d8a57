"""How does a file become prices of a list?

Five hundred articles at a time, each batch in a transaction of its own with how far it has come, so a crash repeats
nothing and loses nothing; what the list says exactly so already is left alone, so the same file twice changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from typing import Any, Self
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.files import stored_file
from marketplace.foundation.tenancy import automatic
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.catalogue.columns import Problem
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.catalogue.spreadsheets import read_sheet
from marketplace.sellers.price_lists.actions import NewPrice, write_prices
from marketplace.sellers.price_lists.models import PriceImport, TierKind
from marketplace.sellers.price_lists.reading import ANY, Article, landing, said_by

IMPORT = "price import"
BATCH = 500


@dataclass(frozen=True)
class Reading:
    """How a file of prices is read, and from when until when its prices hold."""

    number_style: str
    kind: TierKind
    starts_on: date
    ends_on: date | None

    def as_json(self) -> dict[str, Any]:
        """To be remembered beside the file."""
        return {
            **asdict(self),
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on and self.ends_on.isoformat(),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The reading that `as_json` wrote."""
        last = kept["ends_on"]
        return cls(
            kept["number_style"],
            TierKind(kept["kind"]),
            date.fromisoformat(kept["starts_on"]),
            date.fromisoformat(last) if last else None,
        )


def work_through(import_id: UUID, organisation_id: UUID, report: Callable[[int, int], None]) -> None:
    """Bring in what is still to come of an import; `report` hears how many articles of how many are done.

    Opens units of work of its own, as the supplier. Raises what `report` raises; what has landed by then stays.
    """
    supplier = automatic(organisation_id)
    with unit_of_work(supplier, read_only=True):
        work = fetch(PriceImport, import_id)
        reading, done = Reading.from_json(work.reading), work.done
        said = said_by(read_sheet(stored_file(work.file_id).content), reading.number_style)
        ids = _products(list(said.articles), organisation_id)
    known, problems = landing(said, ids)
    with unit_of_work(supplier):
        _begin(import_id, len(known), problems)
    report(done, len(known))
    for start in range(done, len(known), BATCH):
        batch = known[start : start + BATCH]
        with unit_of_work(supplier):
            _land(import_id, batch, ids, reading)
        report(start + len(batch), len(known))
    with unit_of_work(supplier):
        fetch(PriceImport, import_id, lock=True).finished_at = clock.now()


def _products(skus: Sequence[str], organisation_id: UUID) -> dict[str, UUID]:
    """The supplier's products of these article numbers."""
    found: dict[str, UUID] = {}
    remaining = iter(skus)
    while some := list(islice(remaining, BATCH)):
        statement = select(Product.sku, Product.id).where(
            Product.organisation_id == organisation_id, Product.sku.in_(some)
        )
        found |= {row.sku: row.id for row in session().execute(statement)}
    return found


def _begin(import_id: UUID, articles: int, problems: Sequence[Problem]) -> None:
    work = fetch(PriceImport, import_id, lock=True)
    work.articles, work.problems = articles, [asdict(problem) for problem in problems]


def _land(import_id: UUID, batch: Sequence[Article], ids: Mapping[str, UUID], reading: Reading) -> None:
    work = fetch(PriceImport, import_id, lock=True)
    prices = [
        NewPrice(ids[article.sku], article.prices[ANY], reading.kind, article.tiers, **article.packing)
        for article in batch
    ]
    # A file that is worked through after midnight still changes nothing of the day before.
    first = max(reading.starts_on, clock.today())
    written = write_prices(list_id=work.list_id, prices=prices, starts_on=first, ends_on=reading.ends_on)
    work.done += len(batch)
    work.written += len(written)
    work.unchanged += len(batch) - len(written)
