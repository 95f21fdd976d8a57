"""How does a test come by a portal that several browsers reach at the same moment?"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import make_server


@contextmanager
def serving(portal: Flask) -> Iterator[str]:
    """Inside, the portal answers at that address, each request in a thread and on a connection of its own."""
    server = make_server("127.0.0.1", 0, portal, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
