"""Which rows of a file fit what there is already?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation.db import among, session
from marketplace.sellers.catalogue.columns import LONGEST_SHOWN, Problem, Reading
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.catalogue.queries import unlisted_categories
from marketplace.sellers.facts.documents import documents_in
from marketplace.sellers.facts.kinds import DOCUMENTS
from marketplace.sellers.facts.queries import unknown_files


@dataclass
class Batch:
    """Some rows of a file: which end it reaches, what of it is accepted, by line, and what is not.

    `limits` are the beginnings of the categories whose products alone can say something, by column.
    """

    end: int
    limits: Mapping[str, str] = field(default_factory=dict)
    accepted: dict[int, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, problem: Problem) -> None:
        """Take back what was accepted of that line."""
        del self.accepted[problem.line]
        self.problems.append(problem)


class Known(NamedTuple):
    """What there is already of an article: its product, the currency of that, and its category."""

    product_id: UUID
    currency: str
    cpv_code: str


def refuse_what_does_not_fit(batch: Batch, reading: Reading, organisation_id: UUID) -> None:
    """Take back what was accepted of rows that do not fit the categories, articles and documents that are known."""
    _refuse_unlisted(batch)
    _refuse_unfit(batch, reading, organisation_id)
    _refuse_unknown_files(batch, organisation_id)


def known_articles(rows: Iterable[Mapping[str, Any]], organisation_id: UUID) -> dict[str, Known]:
    """What there is already of these articles, by their numbers."""
    wanted = among(Product.sku, [values["sku"] for values in rows])
    known = select(Product.sku, Product.id, Product.__table__.c.price_currency, Product.cpv_code)
    found = session().execute(known.where(Product.organisation_id == organisation_id, wanted))
    return {sku: Known(*others) for sku, *others in found}


def _refuse_unlisted(batch: Batch) -> None:
    """A category is one of the list."""
    unlisted = unlisted_categories({values["cpv_code"] for values in batch.accepted.values()} - {None})
    for line, values in list(batch.accepted.items()):
        if values["cpv_code"] in unlisted:
            batch.refuse(Problem(line, "cpv_code", values["cpv_code"], "unlisted"))


def _refuse_unfit(batch: Batch, reading: Reading, organisation_id: UUID) -> None:
    """A known product keeps its currency; one that is not known needs what makes a new one."""
    known = known_articles(batch.accepted.values(), organisation_id)
    for line, values in list(batch.accepted.items()):
        present = known.get(values["sku"])
        if present is None and not reading.makes_new:
            batch.refuse(Problem(line, "sku", values["sku"], "unknown"))
        elif present and "price" in reading.columns and present.currency != values["currency"]:
            batch.refuse(Problem(line, "currency", values["currency"], "other_currency", present.currency))
        elif batch.limits:
            stays = present is not None and "cpv_code" not in reading.columns
            _refuse_unasked(batch, line, present.cpv_code if present and stays else values["cpv_code"])


def _refuse_unasked(batch: Batch, line: int, cpv_code: str) -> None:
    """A product says only what is asked of its category."""
    for name, category in batch.limits.items():
        said = batch.accepted.get(line, {}).get(name)
        if said is not None and not cpv_code.startswith(category):
            batch.refuse(Problem(line, name, said, "not_asked", category))


def _refuse_unknown_files(batch: Batch, organisation_id: UUID) -> None:
    """A file names documents that were handed in before."""
    named = {line: values[DOCUMENTS] for line, values in batch.accepted.items() if DOCUMENTS in values}
    unknown = unknown_files(organisation_id, named.values())
    for line, written in named.items():
        missing = [one.sha256 for one in documents_in(written) if one.sha256 in unknown]
        if missing:
            batch.refuse(Problem(line, DOCUMENTS, written[:LONGEST_SHOWN], "unknown_file", missing[0]))
