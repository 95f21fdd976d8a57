"""How does a file go into a version, rather than into the catalogue?

By the same lane as any other file: only what becomes of its rows differs. Stock is no part of a catalogue, so what a
file says of it is left to a file of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation.db import fetch, session
from marketplace.foundation.tasks import Task
from marketplace.sellers.catalogue.columns import Reading
from marketplace.sellers.catalogue.importing import STORED, Landing, brought_by, completed
from marketplace.sellers.catalogue.lifecycle import OFFERED, ProductState
from marketplace.sellers.catalogue.models import CatalogueImport, Product
from marketplace.sellers.versions.actions import draft_for_update, put
from marketplace.sellers.versions.facts import STATUS, Facts, facts_of
from marketplace.sellers.versions.models import CatalogueVersion
from marketplace.sellers.versions.queries import articles


def _write(work: CatalogueImport, rows: Sequence[Mapping[str, Any]], reading: Reading) -> tuple[int, int]:
    """Put the rows into the version; returns how many articles would be new, and how many changed."""
    version = _version(work)
    known, brought = articles([values["sku"] for values in rows]), brought_by(reading)
    wanted: dict[str, Facts] = {}
    for values in rows:
        is_new = values["sku"] not in known
        wanted[values["sku"]] = _facts(values, brought | STORED.keys() if is_new else brought)
        if is_new:
            wanted[values["sku"]][STATUS] = (
                ProductState.PUBLISHED if reading.is_published else ProductState.DRAFT
            )
    return put(version, wanted, person_id=_author(work))


def _facts(values: Mapping[str, Any], names: Collection[str]) -> Facts:
    whole = completed(values)
    unsaid = {name: kept.default for name, kept in STORED.items()}
    return facts_of({name: whole.get(name, unsaid.get(name)) for name in names})


def _withdraw_others(work: CatalogueImport, kept: Collection[str]) -> int:
    """Put it into the version that what the file does not have is withdrawn; returns how many articles."""
    version = _version(work)
    sold = select(Product.sku).where(
        Product.organisation_id == work.organisation_id, Product.status.in_(OFFERED)
    )
    others = [sku for sku in session().scalars(sold) if sku not in kept]
    wanted: dict[str, Facts] = {sku: {STATUS: ProductState.WITHDRAWN} for sku in others}
    return sum(put(version, wanted, person_id=_author(work)))


def _version(work: CatalogueImport) -> CatalogueVersion:
    if work.version_id is None:
        raise LookupError("this file goes into the catalogue")
    return draft_for_update(work.version_id)


def _author(work: CatalogueImport) -> UUID | None:
    """Who has brought the file."""
    return fetch(Task, work.task_id).person_id if work.task_id else None


INTO_VERSION = Landing(_write, _withdraw_others)
