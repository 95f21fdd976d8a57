"""How is the portal served?"""

import click
from granian import Granian
from granian.constants import Interfaces

from marketplace.commands.surroundings import surroundings
from marketplace.foundation.settings import current_settings


@click.command()
def web() -> None:
    """Serve the portal only, on HOST and PORT."""
    with surroundings():
        settings = current_settings()
        Granian(
            "marketplace.app:create_app",
            factory=True,
            interface=Interfaces.WSGI,
            address=settings.host,
            port=settings.port,
            workers=settings.web_processes,
            blocking_threads=settings.web_threads,
            respawn_failed_workers=True,
            workers_kill_timeout=8,
            websockets=False,
        ).serve()
