"""How fast is the portal, next to the same work without it? `python -m bench`, or `make bench`.

The file comes in by workers, and none runs afterwards; everything listens on loopback, and nothing is left behind.
"""

import os
from contextlib import ExitStack
from typing import Any

import click
import psycopg
from flask import Flask

from bench.bringing import brought
from bench.clients import race
from bench.contests import Contest, contests, pages
from bench.market import Buyer, asking, large, small
from bench.report import table, waiting
from bench.stand import Stand
from bench.surroundings import measured_place, served
from marketplace.app import create_app
from marketplace.commands.preflight import plain_url
from marketplace.commands.progress import Progress, step
from marketplace.commands.stopping import stopped_by_signals
from marketplace.demo.large import SIZES
from marketplace.foundation.background import in_this_process
from marketplace.foundation.processes import CannotStart
from marketplace.foundation.settings import current_settings

SOLD = "SELECT count(*), count(DISTINCT organisation_id), (SELECT count(*) FROM organisations) FROM products"


@click.command()
@click.option("--offers", default=100_000, show_default=True, help="How many offers one file brings in.")
@click.option("--products", default=20_000, show_default=True, help="How many products are sold.")
@click.option("--suppliers", default=30, show_default=True, help="By how many suppliers.")
@click.option("--scale", type=click.Choice(list(SIZES)), help="Instead, the market of `marketplace demo`.")
@click.option("--buyers", default=4, show_default=True, help="How many organisations order.")
@click.option("--clients", default=4, show_default=True, help="How many clients ask at the same time.")
@click.option(
    "--seconds", default=5.0, show_default=True, help="How long each line of the table is measured."
)
@click.option("--rounds", default=5, show_default=True, help="In how many turns.")
def bench(*, offers: int, clients: int, seconds: float, rounds: int, **market: Any) -> None:
    """Measure the portal beside bare Flask and bare SQL, on a market of its own."""
    with stopped_by_signals(), ExitStack() as stack:
        try:
            bringing = brought(offers)
            folder = stack.enter_context(measured_place())
        except CannotStart as problem:
            raise click.ClickException(str(problem)) from problem
        url, app = plain_url(current_settings().database_url), create_app()
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        found = _filled(app, url, **market)
        stand = Stand(url, found, app, stack.enter_context(served(folder)))
        with step("Comparing what an order writes"):
            measured, alone = contests(stand), pages(stand)
        _race(measured, clients=clients, rounds=rounds, seconds=seconds)
        _race(alone, clients=1, rounds=rounds, seconds=seconds)
        click.echo(f"\n{_conditions(url, clients)}\n\n{table(measured)}\n\n{waiting(alone)}\n\n{bringing}")


def _filled(
    app: Flask, url: str, *, products: int, suppliers: int, scale: str | None, buyers: int
) -> list[Buyer]:
    progress = Progress()
    with app.test_request_context(), in_this_process():
        sellers = large(SIZES[scale], progress) if scale else small(products, suppliers, progress)
        found = asking(sellers, buyers, progress)
    progress.finish()
    with step("Tidying the database"), psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    return found


def _race(measured: list[Contest], *, clients: int, rounds: int, seconds: float) -> None:
    for contest in measured:
        with step(f"Measuring: {contest.title}"):
            race(contest.runners, clients=clients, rounds=rounds, seconds=seconds)


def _conditions(url: str, clients: int) -> str:
    settings = current_settings()
    with psycopg.connect(url) as connection:
        version = connection.info.parameter_status("server_version")
        sold = connection.execute(SOLD).fetchone()
    return (
        "{:,} products of {} suppliers, {} organisations, {} clients;\n".format(*(sold or ()), clients)
        + f"PostgreSQL {version} with fsync, web processes × threads {settings.web_processes} ×"
        f" {settings.web_threads}, {os.cpu_count()} processors. Only ratios travel between machines."
    )


if __name__ == "__main__":
    bench()
