"""How does what a company has in files come in?"""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from marketplace.commands.filling import require_database
from marketplace.commands.inside import inside
from marketplace.commands.progress import Progress
from marketplace.commands.surroundings import surroundings
from marketplace.foundation.processes import CannotStart
from marketplace.interop.files import (
    Import,
    import_catalogue,
    import_categories,
    import_history,
    number_style_of,
)
from marketplace.sellers.catalogue.cells import NUMBER_STYLES

SHOWN = 20
"""Problems on the screen; `--problems FILE` keeps all of them."""

STYLES = ", ".join(f"{name} for {style.example}" for name, style in NUMBER_STYLES.items())
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
kept_problems = click.option(
    "--problems", type=click.Path(path_type=Path, dir_okay=False), help="Write every problem into this file."
)


@click.group()
def imports() -> None:
    """Bring in a catalogue, or the history from an old system."""


@imports.command()
@click.argument("file", type=FILE)
@click.option("--supplier", required=True, help="The supplier's name or identifier.")
@click.option("--numbers", type=click.Choice(list(NUMBER_STYLES)), help=f"How FILE writes numbers: {STYLES}.")
@click.option("--category", help="The CPV code of rows that have none; without it they are refused.")
@kept_problems
def catalogue(
    file: Path, supplier: str, numbers: str | None, category: str | None, problems: Path | None
) -> None:
    """Bring FILE (CSV, XLSX, ODS or BMEcat) into a supplier's catalogue; a second time it changes nothing."""

    def bring(progress: Progress) -> Import:
        style = number_style_of(file) or numbers or _asked_style()
        return import_catalogue(
            file=file, supplier=supplier, number_style=style, cpv_code=category, progress=progress
        )

    _run(bring, problems)


@imports.command()
@click.argument("file", type=FILE)
def cpv(file: Path) -> None:
    """Bring in the full list of categories (CPV 2008) from FILE, with the columns CODE, EN and FR."""
    _run(lambda progress: import_categories(file=file, progress=progress), None)


@imports.command()
@click.argument("file", type=FILE)
@click.option("--mapping", type=FILE, required=True, help="Which column of FILE means what, as TOML.")
@kept_problems
def history(file: Path, mapping: Path, problems: Path | None) -> None:
    """Bring past orders and deliveries from FILE."""
    _run(lambda progress: import_history(file=file, mapping=mapping, progress=progress), problems)


def _asked_style() -> str:
    """What the person says of the file: 1.234 may be either, so it is never guessed. CannotStart for a script."""
    if not sys.stdin.isatty():
        raise CannotStart(f"Say how the file writes numbers, with --numbers: {STYLES}.")
    return str(click.prompt(f"How does it write numbers? {STYLES}", type=click.Choice(list(NUMBER_STYLES))))


def _run(bring: Callable[[Progress], Import], problems: Path | None) -> None:
    progress = Progress()
    with surroundings() as here:
        require_database(here)
        with inside():
            done = bring(progress)
            lines = [f"line {each.line}, {each.column}: {each.reason}" for each in done.problems]
        progress.finish()
    click.echo(f"{done.landed:,} rows came in, {done.unchanged:,} were known, {len(lines):,} have problems.")
    for line in lines[:SHOWN]:
        click.echo(f"  {line}")
    if problems:
        problems.write_text("".join(f"{line}\n" for line in lines))
    elif len(lines) > SHOWN:
        click.echo(f"  … and {len(lines) - SHOWN:,} more: --problems FILE keeps them all.")
