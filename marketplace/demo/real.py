"""How do real files become a market? Offers of hundreds of merchants, and years of real deliveries with their dirt.

The offers carry no price, and none is guessed: each is listed at a nominal 1.00, and its description says so.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from marketplace.buyers.history.actions import organisations_named
from marketplace.buyers.history.mapping import read_mapping
from marketplace.demo import cast
from marketplace.foundation.background import enqueue, in_this_process, run_waiting, still_waiting
from marketplace.foundation.outbox import deliver_everything
from marketplace.foundation.places import PACKAGE
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.actions import found_operator
from marketplace.identity.organisations.models import Organisation
from marketplace.interop.files import Import, import_categories, import_history
from marketplace.sellers.catalogue.actions import import_catalogue
from marketplace.sellers.scorecards.jobs import draw_up_for
from marketplace.sellers.scorecards.models import DeliveryFact

OFFERS, DELIVERIES, CATEGORIES = "pricerunner_dev.csv", "scms_delivery_dev.csv", "cpv2008_fr_en.csv"
MAPPING = PACKAGE / "demo" / "scms.toml"
PAPERS = frozenset({"documents"})
NOMINAL = ("1.00", "The source has no price; this one is nominal.")
CPV = {
    "Mobile Phones": "32250000",
    "Digital Cameras": "38651600",
    "CPUs": "30211500",
    "TVs": "32324000",
    "Fridges": "39711100",
    "Freezers": "39711120",
    "Fridge Freezers": "39711110",
    "Washing Machines": "39713200",
    "Dishwashers": "39713100",
    "Microwaves": "39711362",
}
Progress = Callable[[str, int, int], None]


def build_real(*, folder: Path, progress: Progress) -> Import:
    """Bring in what `folder` has of the real files; a second time changes nothing. Returns what became of the past."""
    with in_this_process():
        _found_operator()
        if (folder / CATEGORIES).exists():
            import_categories(file=folder / CATEGORIES, progress=progress)
        if (folder / OFFERS).exists():
            bring_offers(folder / OFFERS, progress)
        done = Import()
        if (folder / DELIVERIES).exists():
            done = import_history(file=folder / DELIVERIES, mapping=MAPPING, progress=progress)
            _settle()
            evaluate(read_mapping(MAPPING).buyer, progress)
        papers = still_waiting()
    for job, arguments in papers:
        enqueue(job, **arguments)
    return done


def bring_offers(file: Path, progress: Progress) -> int:
    """Each merchant's offers become its catalogue; returns how many offers came in or were known."""
    merchants = list(_catalogues(file))
    suppliers = organisations_named({name for name, _ in merchants}, currency="EUR")
    landed = 0
    for number, (name, content) in enumerate(merchants, start=1):
        row = import_catalogue(
            content,
            file_name=f"{name}.csv",
            supplier_id=suppliers[name],
            number_style="point",
            cpv_code="30000000",
        )
        landed += row.created + row.changed + row.unchanged
        _settle()
        progress("Bringing in real catalogues", number, len(merchants))
    return landed


def evaluate(buyer: str, progress: Progress) -> int:
    """Draw up the scorecards of the last month with deliveries; the workers print them. Returns how many."""
    with unit_of_work(platform("draw up scorecards"), read_only=True) as work:
        buyer_id = work.scalars(select(Organisation.id).where(Organisation.name == buyer)).one()
        newest: date | None = work.scalar(
            select(func.max(DeliveryFact.completed_on)).where(DeliveryFact.buyer_id == buyer_id)
        )
    drawn = draw_up_for(buyer_id, f"{newest:%Y-%m}") if newest else 0
    progress("Drawing up scorecards", drawn, drawn)
    return drawn


def _catalogues(file: Path) -> Iterator[tuple[str, bytes]]:
    """The merchants by name, each with a catalogue file of its offers."""
    offers: dict[str, list[dict[str, str]]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            offers[row["vendor_id"]].append(row)
    for vendor, rows in sorted(offers.items(), key=lambda item: int(item[0])):
        yield f"Merchant {vendor}", _written(rows)


def _written(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["sku", "name", "price", "currency", "description", "cpv", "unit"])
    for row in rows:
        table.writerow(
            [
                row["product_id"],
                row["title"],
                NOMINAL[0],
                "EUR",
                NOMINAL[1],
                CPV[row["category_label"]],
                "C62",
            ]
        )
    return text.getvalue().encode()


def _found_operator() -> UUID:
    with unit_of_work(platform("found the market")) as work:
        known = work.scalars(select(Organisation.id).where(Organisation.is_operator)).one_or_none()
        return known or found_operator(name=cast.OPERATOR).id


def _settle() -> None:
    while deliver_everything() + run_waiting(but=PAPERS):
        pass
