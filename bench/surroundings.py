"""Where is measured? On an embedded PostgreSQL (fsync on) and Redis of its own, in a folder that goes away."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from rq import Worker

from marketplace.commands.filling import fill
from marketplace.commands.preflight import free_port
from marketplace.commands.programs import answers, own_program, stop_together
from marketplace.commands.progress import step
from marketplace.commands.surroundings import settle, surroundings
from marketplace.foundation.background import redis
from marketplace.foundation.db import owner_engine, runtime_engine
from marketplace.foundation.processes import CannotStart, Program, RunningProgram
from marketplace.foundation.servers import launched
from marketplace.foundation.settings import current_settings

LOOPBACK = "127.0.0.1"
NOBODYS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FILES_URL", "PUBLIC_URL", "SMTP_URL", "STRIPE_API_KEY")
"""Settings of an installation that may stand in the environment and are none of a measurement's business."""


@contextmanager
def measured_place() -> Iterator[Path]:
    """Inside, the settings speak of an empty, migrated database and of a queue; yields DATA_DIR.

    Servers that the environment names are left alone.
    """
    folder = Path(tempfile.mkdtemp(prefix="marketplace-bench-"))
    folder.chmod(0o711)  # as root the database runs under an account of its own, which must get through
    settle(DATA_DIR=str(folder), HOST=LOOPBACK, IS_DEMO="false", **dict.fromkeys(NOBODYS, ""))
    try:
        with surroundings(may_join=False) as here:
            fill(here, wants_demo=False)
            yield here.folder
    finally:
        for engine in (owner_engine(), runtime_engine()):
            engine.dispose()  # of what is gone: the next place has a database of its own
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, int]]:
    """Inside, the portal and bare Flask answer, each by a server of its own; yields their ports."""
    with ExitStack() as undo:
        with step("Starting the servers"):
            ports = (
                _start("portal", ("marketplace", "web"), folder, undo),
                _start("ceiling", ("bench.ceiling",), folder, undo),
            )
        yield ports


def at_work(folder: Path, undo: ExitStack) -> int:
    """So many workers are at work until `undo`, as many as `marketplace up` starts."""
    names = [f"worker-{number + 1}" for number in range(current_settings().workers)]
    with step("Starting the workers"):
        started = [RunningProgram(own_program(name, "worker", folder)) for name in names]
        undo.callback(stop_together, started)
        while Worker.count(connection=redis()) < len(started):
            if any(running.exit_code is not None for running in started):
                raise CannotStart(f"A worker ended: {started[0].last_words}")
            time.sleep(0.1)
    return len(started)


def _start(name: str, words: tuple[str, ...], folder: Path, undo: ExitStack) -> int:
    port = free_port(LOOPBACK, 0)
    program = Program(
        name=name,
        command=(sys.executable, "-m", *words),
        log=folder / f"{name}.log",
        environment={**os.environ, "PORT": str(port)},
    )
    launched(program, partial(answers, LOOPBACK, port, "/health"), undo)
    return port
