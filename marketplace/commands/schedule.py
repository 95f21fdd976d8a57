"""Who starts the periodic jobs?"""

import click

from marketplace.commands.surroundings import surroundings
from marketplace.schedule import run_schedule


@click.command()
def schedule() -> None:
    """Start the periodic jobs only; where several run, one of them is active."""
    with surroundings():
        run_schedule()
