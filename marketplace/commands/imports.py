"""How does what a company has in files come in?"""

from collections.abc import Callable
from pathlib import Path

import click

from marketplace.commands.filling import require_database
from marketplace.commands.inside import inside
from marketplace.commands.progress import Progress
from marketplace.commands.surroundings import surroundings
from marketplace.interop.files import Import, import_catalogue, import_history

SHOWN = 20
"""Problems on the screen; `--problems FILE` keeps all of them."""

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
@kept_problems
def catalogue(file: Path, supplier: str, problems: Path | None) -> None:
    """Bring FILE (CSV or XLSX) into a supplier's catalogue; a second time it changes nothing."""
    _run(lambda progress: import_catalogue(file=file, supplier=supplier, progress=progress), problems)


@imports.command()
@click.argument("file", type=FILE)
@click.option("--mapping", type=FILE, required=True, help="Which column of FILE means what, as TOML.")
@kept_problems
def history(file: Path, mapping: Path, problems: Path | None) -> None:
    """Bring past orders and deliveries from FILE."""
    _run(lambda progress: import_history(file=file, mapping=mapping, progress=progress), problems)


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
