"""How well does the market see that offers look alike? `python -m bench.alike`, or `make bench`.

On a market of the merchants of PriceRunner (Akritidis et al., 2018), whose clusters say which offers are of one thing.
Says so and measures nothing where the data is not there.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from time import perf_counter

import click
from sqlalchemy import text

from bench.surroundings import measured_place
from marketplace.app import create_app
from marketplace.commands.progress import step
from marketplace.demo.real import bring_offers
from marketplace.foundation.background import in_this_process
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.actions import found_operator
from marketplace.sellers.items.jobs import compare_offers

WHY = "measure how well offers that look alike are seen"
BOUNDS = (0.5, 0.6, 0.7, 0.8)
ASKED = text("""
SELECT p.sku, o.sku, s.likeness FROM item_suggestions s
JOIN products p ON p.id = s.product_id JOIN products o ON o.id = s.other_product_id WHERE s.basis = 'alike'
""")
Pair = tuple[str, str]


@click.command()
@click.option("--data", default="../shared/data", show_default=True, help="The folder with the public data.")
def alike(*, data: str) -> None:
    """Measure how well it is seen that offers look alike."""
    path = Path(data) / "pricerunner_dev.csv"
    if not path.exists():
        click.echo(f"Alike: {path} is not there, so it was not measured how well what looks alike is seen.")
        return
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with measured_place(), create_app().test_request_context(), in_this_process():
        with unit_of_work(platform(WHY)):
            found_operator(name="Operator")
        with step("Bringing in the catalogues"):
            bring_offers(path, lambda *_: None)
        started_at = perf_counter()
        compared = _compared()
        seconds = perf_counter() - started_at
        with unit_of_work(platform(WHY), read_only=True) as work:
            asked = {(one, other): float(likeness) for one, other, likeness in work.execute(ASKED)}
    click.echo(f"Alike: {compared:,} offers compared, {1000 * seconds / compared:.1f} ms each")
    for bound in BOUNDS:
        click.echo(_measured(rows, [pair for pair, likeness in asked.items() if likeness >= bound], bound))


def _compared() -> int:
    """Everything, as the schedule would in some hours."""
    compared = 0
    while some := compare_offers():
        compared += some
    return compared


def _measured(rows: Iterable[Mapping[str, str]], asked: list[Pair], bound: float) -> str:
    """Of all questions the share that a person answers with yes; of all offers that another merchant has too, the
    share that a rightly asked question is about.
    """
    cluster = {row["product_id"]: row["cluster_id"] for row in rows}
    vendors: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        vendors[row["cluster_id"]][row["product_id"]] = row["vendor_id"]
    shared = {
        offer
        for offers in vendors.values()
        for pair in combinations(offers, 2)
        if offers[pair[0]] != offers[pair[1]]
        for offer in pair
    }
    right = [pair for pair in asked if cluster[pair[0]] == cluster[pair[1]]]
    found = {offer for pair in right for offer in pair}
    return (
        f"Alike, likeness from {bound}: {len(asked):,} questions, precision {len(right) / len(asked):.3f},"
        f" recall {len(found & shared) / len(shared):.3f} of {len(shared):,} offers"
    )


if __name__ == "__main__":
    alike()
