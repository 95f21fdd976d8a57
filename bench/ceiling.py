"""What could Flask do here at best? Routes that do the bare SQL and nothing else, served as the portal is.

`python -m bench.ceiling` serves them on HOST and PORT.
"""

import threading
from uuid import UUID

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from bench.ordering import connect, place
from bench.reading import Answer, Reader
from marketplace.commands.preflight import plain_url
from marketplace.foundation.settings import current_settings


class Connections(threading.local):
    """Those of one thread of the server."""

    def __init__(self, url: str) -> None:
        self.reader, self.writer = Reader(url), connect(url)


def create_app() -> Flask:
    """The routes, with the addresses of the portal, the buyer before them."""
    app = Flask("ceiling")
    own = Connections(plain_url(current_settings().database_url))

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.get("/<uuid:buyer>/category/<division>")
    def category(buyer: UUID, division: str) -> Answer:
        return own.reader.category(buyer, division)

    @app.get("/<uuid:buyer>/search/<typed>")
    def search(buyer: UUID, typed: str) -> Answer:
        return own.reader.search(buyer, typed)

    @app.get("/<uuid:buyer>/product/<uuid:product_id>")
    def product(buyer: UUID, product_id: UUID) -> Answer:
        return own.reader.product(buyer, product_id)

    @app.post("/place/<uuid:requisition_id>")
    def order(requisition_id: UUID) -> tuple[str, int]:
        place(own.writer, requisition_id)
        return "", 303

    return app


def serve() -> None:
    """As commands/web.py serves the portal."""
    settings = current_settings()
    Granian(
        "bench.ceiling:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        workers=settings.web_processes,
        blocking_threads=settings.web_threads,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    serve()
