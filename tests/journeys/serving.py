"""How does the market run while somebody looks at it? As in production: its programs are processes of their own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from marketplace.commands.preflight import free_port
from marketplace.commands.programs import LOOPBACK, answers, own_program, stop_together
from marketplace.commands.sandbox import WEBHOOK_PATH
from marketplace.foundation import background
from marketplace.foundation.processes import RunningProgram
from marketplace.foundation.servers import launched
from tests.factories.payments import SECRET, Stripe


@contextmanager
def running_portal(folder: Path, *, beside: tuple[str, ...] = ()) -> Iterator[str]:
    """Inside, the portal serves the present database, and these programs run beside it; its address."""
    port = free_port(LOOPBACK, 0)
    where = {"PORT": str(port), "WEB_PROCESSES": "1"}
    with ExitStack() as undo:
        others = [RunningProgram(own_program(word, word, folder, **where)) for word in beside]
        undo.callback(stop_together, others)
        program = own_program("portal", "web", folder, **where)
        launched(program, partial(answers, LOOPBACK, port, "/health"), undo)
        yield f"http://{LOOPBACK}:{port}"


@contextmanager
def running_market(folder: Path, stripe: Stripe) -> Iterator[str]:
    """Inside, all of it runs: the portal, a worker and the schedule, and Stripe tells what has happened."""
    background.redis().flushdb()
    with running_portal(folder, beside=("worker", "schedule")) as address:
        stripe.post("/sandbox/webhook_endpoints", url=address + WEBHOOK_PATH, secret=SECRET)
        yield address
