"""Who does the jobs of the queue?"""

import click

from marketplace.commands.inside import inside
from marketplace.commands.surroundings import surroundings
from marketplace.foundation.background import work
from marketplace.foundation.documents import load_printer


@click.command()
def worker() -> None:
    """Do the jobs of the queue only; run as many as there is work for."""
    with surroundings(), inside():
        load_printer()
        work()
