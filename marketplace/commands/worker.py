"""Who does the jobs of the queue?"""

import click

from marketplace.app import create_app
from marketplace.commands.surroundings import surroundings
from marketplace.foundation.background import work


@click.command()
def worker() -> None:
    """Do the jobs of the queue only; run as many as there is work for."""
    with surroundings(), create_app().app_context():
        work()
