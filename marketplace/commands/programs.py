"""Which programs is the running marketplace made of?

Each is this same command line with another word, in a process of its own, with a log of its own in
DATA_DIR/log.
"""

import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from marketplace.commands.preflight import free_port
from marketplace.foundation.processes import Program, RunningProgram, end_leftover
from marketplace.foundation.servers import EmbeddedServer, launched, published, take
from marketplace.foundation.settings import current_settings

LOOPBACK = "127.0.0.1"
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104
"""Where to knock at a server that listens on every address."""
PATIENCE = 30
"""Seconds that a page may take."""


def own_program(name: str, word: str, folder: Path, **environment: str) -> Program:
    """The program that `marketplace word` is, with the present environment; `folder` is DATA_DIR."""
    logs = folder / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    return Program(
        name=name,
        command=(sys.executable, "-m", "marketplace", word),
        log=logs / f"{name}.log",
        environment={**os.environ, **environment},
    )


def knockable(host: str) -> str:
    """Where to reach a server on this machine that listens on `host`."""
    return EVERYWHERE.get(host, host)


def start_portal(folder: Path, undo: ExitStack) -> RunningProgram:
    """Starts the web server; returns when it answers."""
    settings = current_settings()
    is_ready = partial(answers, knockable(settings.host), settings.port, "/health")
    return launched(own_program("portal", "web", folder), is_ready, undo)


def start_sandbox(folder: Path) -> EmbeddedServer:
    """Starts Stripe's sandbox, which remembers in `folder`, on a free port of this machine."""
    folder.mkdir(mode=0o700, exist_ok=True)
    port = free_port(LOOPBACK, current_settings().sandbox_port)
    program = own_program("sandbox", "sandbox", folder.parent, SANDBOX_PORT=str(port))
    with ExitStack() as undo:
        take(folder, "Stripe's sandbox", undo)
        end_leftover(program)
        running = launched(program, partial(answers, LOOPBACK, port, "/sandbox/health"), undo)
        return published(folder, f"http://{LOOPBACK}:{port}", running, undo)


def answers(host: str, port: int, path: str) -> bool:
    """Whether a page, any page, comes from there."""
    with (
        closing(HTTPConnection(host, port, timeout=PATIENCE)) as connection,
        suppress(OSError, HTTPException),
    ):
        connection.request("GET", path)
        return bool(connection.getresponse().status)
    return False


def stop_together(programs: Iterable[RunningProgram]) -> None:
    """Stops all of them at once: each may take its time to finish what it does."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(RunningProgram.stop, programs))


def end_leftovers(folder: Path) -> list[str]:
    """Ends what a launcher that was killed left running on DATA_DIR; returns the names of what was found."""
    names = [path.stem for path in sorted((folder / "log").glob("*.pid"))]
    return [name for name in names if end_leftover(own_program(name, "", folder))]
