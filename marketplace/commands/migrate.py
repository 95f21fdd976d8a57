"""How does the operator bring a database to this version without starting the rest?"""

import click

from marketplace.commands.filling import fill
from marketplace.commands.surroundings import surroundings


@click.command()
def migrate() -> None:
    """Bring the database to this version; an embedded one is made when there is none."""
    with surroundings() as here:
        fill(here, wants_demo=False)
