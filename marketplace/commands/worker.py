"""Who does the jobs of the queue?"""

import click

from marketplace.app import create_app
from marketplace.commands.surroundings import surroundings
from marketplace.foundation.background import work
from marketplace.foundation.settings import current_settings


@click.command()
def worker() -> None:
    """Do the jobs of the queue only; run as many as there is work for."""
    # The jobs write documents and mail, with addresses of pages in them.
    with surroundings(), create_app().test_request_context(base_url=current_settings().address):
        work()
