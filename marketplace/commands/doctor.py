"""Is the live database healthy?"""

import click

from marketplace.app import rooms
from marketplace.commands.filling import require_database
from marketplace.commands.surroundings import surroundings
from marketplace.doctor import examine

VERDICTS = {True: "PASS", False: "FAIL"}


@click.command()
def doctor() -> None:
    """Check every invariant of the live database: one line each, exit code 1 when one is broken."""
    rooms()
    failures = 0
    with surroundings() as here:
        require_database(here)
        for finding in examine():
            failures += not finding.is_healthy
            click.echo(f"{VERDICTS[finding.is_healthy]}  {finding.name}")
            if not finding.is_healthy:
                click.echo(f"      {finding.detail}")
    if failures:
        raise click.ClickException(f"{failures} of the invariants do not hold.")
    click.echo("All is well.")
