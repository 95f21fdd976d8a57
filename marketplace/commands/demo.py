"""How does an empty database become a market that one can walk through?"""

from pathlib import Path

import click

from marketplace.commands.filling import fill, is_empty
from marketplace.commands.inside import inside
from marketplace.commands.progress import Progress
from marketplace.commands.surroundings import surroundings
from marketplace.demo.build import SIGN_INS, build_demo
from marketplace.demo.real import build_real
from marketplace.foundation.processes import CannotStart

COLUMNS = ("role", "organisation", "email", "password")


@click.command()
@click.option("--seed", default=1, show_default=True, help="Another seed gives another market.")
@click.option("--scale", default=1.0, show_default=True, help="How much happens in it, times this.")
@click.option(
    "--real",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Bring in the real catalogues and deliveries of this folder instead.",
)
@click.option("--sign-ins", is_flag=True, help="Only show who can sign in.")
def demo(seed: int, scale: float, real: Path | None, sign_ins: bool) -> None:
    """Fill the database with the demo market, or with real data."""
    if sign_ins:
        click.echo(table_of_sign_ins())
        return
    with surroundings(needs_stripe=True) as here:
        fill(here, wants_demo=False)
        _build(seed, scale, real)


def _build(seed: int, scale: float, real: Path | None) -> None:
    progress = Progress()
    with inside():
        if real is not None:
            build_real(folder=real, progress=progress)
        elif is_empty():
            build_demo(seed=seed, scale=scale, progress=progress)
        else:
            raise CannotStart("The database is not empty: the demo market needs one of its own.")
    progress.finish()


def table_of_sign_ins() -> str:
    """Who can sign in to the demo market, as a table."""
    rows = [COLUMNS, *(tuple(str(getattr(each, name)) for name in COLUMNS) for each in SIGN_INS)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"  {line.rstrip()}" for line in lines)
