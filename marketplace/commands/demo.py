"""How does an empty database become a market that one can walk through?"""

import math
from pathlib import Path

import click

from marketplace.commands.filling import fill, is_empty
from marketplace.commands.inside import inside
from marketplace.commands.progress import Progress
from marketplace.commands.surroundings import surroundings
from marketplace.demo.build import build_demo
from marketplace.demo.large import SIZES, Size, grow
from marketplace.demo.real import build_real
from marketplace.demo.sign_ins import table_of_sign_ins
from marketplace.foundation.processes import CannotStart

LEAST, MOST = 0.05, 20


class Scale(click.ParamType[float | Size]):
    """A factor, or the name of a size."""

    name = "scale"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | Size:
        """`value` as a factor or size; a usage error where it is neither."""
        if str(value) in SIZES:
            return SIZES[str(value)]
        try:
            factor = float(value)
        except ValueError:
            factor = math.nan
        if not LEAST <= factor <= MOST:
            known = ", ".join(SIZES)
            self.fail(f"{value} is neither a factor from {LEAST} to {MOST} nor one of {known}.", param, ctx)
        return factor


@click.command()
@click.option("--seed", default=1, show_default=True, help="Another seed gives another market.")
@click.option(
    "--scale",
    type=Scale(),
    default="1",
    show_default=True,
    help=f"How much happens in it, times this; or {', '.join(SIZES)}: so many offers besides.",
)
@click.option(
    "--real",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Bring in the real catalogues and deliveries of this folder instead.",
)
@click.option("--sign-ins", is_flag=True, help="Only show who can sign in.")
def demo(seed: int, scale: float | Size, real: Path | None, sign_ins: bool) -> None:
    """Fill the database with the demo market, or with real data."""
    if sign_ins:
        click.echo(table_of_sign_ins())
        return
    with surroundings(needs_stripe=True) as here:
        fill(here, wants_demo=False)
        _build(seed, scale, real)


def _build(seed: int, scale: float | Size, real: Path | None) -> None:
    progress = Progress()
    with inside():
        if real is not None:
            build_real(folder=real, progress=progress)
        else:
            _build_market(seed, scale, progress)
    progress.finish()


def _build_market(seed: int, scale: float | Size, progress: Progress) -> None:
    if is_empty():
        build_demo(seed=seed, scale=1.0 if isinstance(scale, Size) else scale, progress=progress)
    elif not isinstance(scale, Size):
        raise CannotStart("The database is not empty: the demo market needs one of its own.")
    if isinstance(scale, Size):
        grow(scale, progress)
