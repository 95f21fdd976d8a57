"""How does a market grow to a thousand organisations and a million offers?

Three of ten organisations sell; their catalogues come in by file, as a supplier's would, and are indexed before the
next one comes. What has come in stays: called again after a crash, it goes on from there.
"""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, select

from marketplace.buyers.history.actions import organisations_named
from marketplace.demo.articles import catalogue
from marketplace.foundation.background import in_this_process
from marketplace.foundation.outbox import deliver_everything
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.catalogue.actions import import_catalogue
from marketplace.sellers.catalogue.models import CatalogueImport

WHY = "grow the demo market"
SOME = 50
SUPPLIER = "Fournisseur"
FILE = "articles.csv"
ANYTHING = "44000000"
Progress = Callable[[str, int, int], None]


class Size(NamedTuple):
    """How many organisations there are in the end, and how many offers of theirs."""

    organisations: int
    offers: int

    @property
    def suppliers(self) -> int:
        """How many of them sell."""
        return max(self.organisations * 3 // 10, 1)


SIZES = {
    "10k": Size(30, 10_000),
    "100k": Size(200, 100_000),
    "1m": Size(1_000, 1_000_000),
}


def grow(size: Size, progress: Progress) -> None:
    """Bring the market of this database to `size`; what is there already is not written again."""
    with in_this_process():
        _organisations("Acheteur", size.organisations - size.suppliers, progress, is_buyer=True)
        suppliers = _organisations(SUPPLIER, size.suppliers, progress, is_buyer=False)
        for number, supplier_id in enumerate(suppliers):
            if not _has_catalogue(supplier_id):
                bring_in(catalogue(number, size.suppliers, size.offers), supplier_id)
            progress(
                "Filling and indexing the catalogues",
                (number + 1) * size.offers // size.suppliers,
                size.offers,
            )


def bring_in(content: bytes, supplier_id: UUID) -> None:
    """A catalogue of articles.py comes in and is indexed."""
    import_catalogue(
        content, file_name=FILE, supplier_id=supplier_id, number_style="point", cpv_code=ANYTHING
    )
    deliver_everything()


def supplier_name(number: int) -> str:
    """What the supplier of that number is called, the first being 1."""
    return _numbered(SUPPLIER, number)


def _numbered(name: str, number: int) -> str:
    return f"{name} {number:04d}"


def _organisations(name: str, wanted: int, progress: Progress, *, is_buyer: bool) -> list[UUID]:
    """So many organisations called `name` and a number, some at a time."""
    names = [_numbered(name, number) for number in range(1, wanted + 1)]
    found: dict[str, UUID] = {}
    for start in range(0, wanted, SOME):
        some = names[start : start + SOME]
        found |= organisations_named(set(some), currency="EUR", is_buyer=is_buyer)
        deliver_everything()
        progress(f"Founding organisations ({name})", len(found), wanted)
    return [found[name] for name in names]


def _has_catalogue(supplier_id: UUID) -> bool:
    """Whether its file has come in completely."""
    is_whole = exists().where(
        CatalogueImport.organisation_id == supplier_id, CatalogueImport.finished_at.is_not(None)
    )
    with unit_of_work(platform(WHY), read_only=True) as work:
        return bool(work.scalar(select(is_whole)))
