"""Where is measured? On an embedded PostgreSQL (fsync on) and Redis of its own, in a folder that goes away."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from marketplace.commands.filling import fill
from marketplace.commands.preflight import free_port
from marketplace.commands.programs import answers
from marketplace.commands.progress import step
from marketplace.commands.surroundings import settle, surroundings
from marketplace.foundation.processes import Program
from marketplace.foundation.servers import launched

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
