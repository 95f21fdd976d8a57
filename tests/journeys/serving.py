"""How does the market run while somebody looks at it? As in production: its programs are processes of their own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from rq import Worker

from marketplace.commands.preflight import free_port
from marketplace.commands.programs import LOOPBACK, answers, own_program
from marketplace.commands.sandbox import WEBHOOK_PATH
from marketplace.foundation import background
from marketplace.foundation.processes import Program
from marketplace.foundation.servers import launched
from tests.factories.payments import SECRET, Stripe


@contextmanager
def running_portal(folder: Path) -> Iterator[str]:
    """Inside, the portal serves the present database; its address."""
    with ExitStack() as undo:
        yield _portal(folder, free_port(LOOPBACK, 0), undo)


@contextmanager
def running_market(folder: Path, stripe: Stripe) -> Iterator[str]:
    """Inside, a worker and the schedule run beside the portal, and Stripe tells it what has happened."""
    background.redis().flushdb()
    port = free_port(LOOPBACK, 0)
    with ExitStack() as undo:
        address = _portal(folder, port, undo)
        launched(_program("worker", folder, port), _has_worker, undo)
        launched(_program("schedule", folder, port), lambda: True, undo)
        stripe.post("/sandbox/webhook_endpoints", url=address + WEBHOOK_PATH, secret=SECRET)
        yield address


def _portal(folder: Path, port: int, undo: ExitStack) -> str:
    launched(_program("web", folder, port), partial(answers, LOOPBACK, port, "/health"), undo)
    return f"http://{LOOPBACK}:{port}"


def _has_worker() -> bool:
    return Worker.count(connection=background.redis()) > 0


def _program(word: str, folder: Path, port: int) -> Program:
    return own_program(word, word, folder, PORT=str(port), WEB_PROCESSES="1")
