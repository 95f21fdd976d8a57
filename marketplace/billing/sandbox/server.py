"""How does the sandbox start, and where does it listen?"""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from marketplace.billing.sandbox import hosted
from marketplace.billing.sandbox.api import DROPPED, Sandbox, answer_call, error_response
from marketplace.billing.sandbox.controls import add_controls
from marketplace.billing.sandbox.endpoints import Endpoint
from marketplace.billing.sandbox.errors import Refusal
from marketplace.billing.sandbox.idempotency import KeysInUse
from marketplace.billing.sandbox.routes import ENDPOINTS
from marketplace.billing.sandbox.store import Clock, Store
from marketplace.billing.sandbox.webhook_endpoints import is_loopback
from marketplace.billing.sandbox.webhooks import Courier

PAGES = ("/checkout/", "/authenticate/", "/onboarding/")


class SandboxNotStarted(Exception):
    """The sandbox cannot listen at the address it was given; the message says why in one sentence."""


def create_sandbox(path: Path, *, clock: Clock = time.time) -> Flask:
    """The sandbox as a Flask application that remembers in the SQLite file `path`.

    `clock` gives seconds since 1970; the test clock is that plus what tests have advanced it by. No thread is
    started: webhooks leave with `POST /sandbox/deliver`, or after `sandbox_of(app).courier.start()`.
    """
    app = Flask(__name__, template_folder="templates", static_folder="static")
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    store = Store(path, clock)
    sandbox = Sandbox(store, Courier(store), KeysInUse())
    app.extensions["stripe_sandbox"] = sandbox
    for endpoint in ENDPOINTS:
        _add_endpoint(app, sandbox, endpoint)
    add_controls(app, sandbox)
    hosted.add_pages(app, sandbox)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _unknown_address)
    app.register_error_handler(Exception, _broken)
    app.after_request(_secured)
    app.wsgi_app = _LosesAnswers(app.wsgi_app)  # type: ignore[method-assign]
    return app


def sandbox_of(app: Flask) -> Sandbox:
    """The parts of the sandbox behind the application."""
    sandbox: Sandbox = app.extensions["stripe_sandbox"]
    return sandbox


def _add_endpoint(app: Flask, sandbox: Sandbox, endpoint: Endpoint) -> None:
    def view(**names: str) -> Response:
        return answer_call(sandbox, endpoint, names)

    name = f"{endpoint.method} {endpoint.url}"
    app.add_url_rule(endpoint.url, endpoint=name, view_func=view, methods=[endpoint.method])


def _refused(refusal: Refusal) -> Any:
    return hosted.page_error(refusal) if request.path.startswith(PAGES) else error_response(refusal)


def _unknown_address(problem: HTTPException) -> Any:
    message = (
        f"Unrecognized request URL ({request.method}: {request.path}), or one the sandbox does not cover."
    )
    return error_response(Refusal(message, status=problem.code or 404))


def _broken(problem: Exception) -> Response:
    """A defect of the sandbox itself: nothing was kept, the same request may be sent again."""
    current_app.logger.exception("The Stripe sandbox failed")
    message = f"The sandbox failed: {type(problem).__name__}: {problem}"
    return error_response(Refusal(message, status=500, kind="api_error"))


def _secured(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = hosted.POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Stripe-Sandbox"] = "no real money"
    return response


class _LosesAnswers:
    """Drops the connection instead of answering when a switch asks for it: the request has been executed."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._application(environ, start_response)
        if environ.get(DROPPED):
            if hasattr(answer, "close"):
                answer.close()
            raise ConnectionAbortedError("answer lost, as the switch lose_next_answers asked")
        return answer


class _Handler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are not logged: the sandbox's own lists tell what happened."""

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        """Close the connection, or the caller would wait for the answer that was lost."""
        self.close_connection = True


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that listens at `url` (without a trailing slash)."""

    url: str
    app: Flask

    @property
    def courier(self) -> Courier:
        """What delivers its webhooks."""
        return sandbox_of(self.app).courier


@contextmanager
def running_sandbox(
    path: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    clock: Clock = time.time,
    is_delivering: bool = True,
) -> Iterator[RunningSandbox]:
    """A sandbox listening in a thread of this process, on any free port by default, until the block ends."""
    app = create_sandbox(path, clock=clock)
    sandbox = sandbox_of(app)
    try:
        with _listening(app, host, port) as server:
            thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.02), daemon=True)
            thread.start()
            if is_delivering:
                sandbox.courier.start()
            try:
                yield RunningSandbox(f"http://{_written(host)}:{server.port}", app)
            finally:
                sandbox.courier.stop()
                server.shutdown()
                thread.join()
    finally:
        sandbox.store.close()


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextmanager
def _listening(app: Flask, host: str, port: int) -> Iterator[BaseWSGIServer]:
    if not is_loopback(host):
        raise SandboxNotStarted(f"The Stripe sandbox listens on this machine only, not on {host}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host, port), family=family)
    except OSError as problem:
        message = f"The Stripe sandbox cannot listen on {host}:{port}: {problem.strerror}."
        raise SandboxNotStarted(message) from problem
    # werkzeug ends the process when a port is taken, so it is handed an open socket.
    with door:
        server = make_server(
            host, door.getsockname()[1], app, threaded=True, request_handler=_Handler, fd=door.fileno()
        )
        try:
            yield server
        finally:
            server.server_close()


def serve_sandbox(
    path: Path,
    host: str,
    port: int,
    *,
    announce: Callable[[str], None] | None = None,
    clock: Clock = time.time,
) -> None:
    """Serve until SIGTERM or Ctrl-C; `announce` is called once with the address it answers at.

    Raises SandboxNotStarted when the address cannot be had. Call it in the main thread of its own process.
    """
    ending = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    with running_sandbox(path, host=host, port=port, clock=clock) as sandbox:
        if announce:
            announce(sandbox.url)
        ending.wait()
