"""What is a server that runs on a folder of ours?

Its folder is held by the launcher's lock, its URL is written there for other commands, and its data outlives
it.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from marketplace.foundation.processes import (
    CannotStart,
    FolderLock,
    Program,
    RunningProgram,
    is_held,
)

LONGEST_START = 300.0
"""Seconds: a database that replays its log after a crash may take long."""


@dataclass
class EmbeddedServer:
    """One running server: its URL for clients, and the means to stop it."""

    url: str
    running: RunningProgram
    undo: ExitStack

    def stop(self) -> None:
        """Stops the server in order (it writes everything down first) and frees its folder."""
        self.undo.close()


def take(folder: Path, what: str, undo: ExitStack) -> None:
    """Holds `folder` until `undo`. CannotStart when another process holds it."""
    lock = FolderLock(folder)
    undo.callback(lock.release)
    if not lock.take():
        raise CannotStart(f"{what} already runs on {folder} (process {lock.holder()}).")


def launched(program: Program, is_ready: Callable[[], bool], undo: ExitStack) -> RunningProgram:
    """Starts `program` and returns when it is ready; `undo` stops it. CannotStart when it ends instead."""
    running = RunningProgram(program)
    undo.callback(running.stop)
    give_up_at = time.monotonic() + LONGEST_START
    while not is_ready():
        if running.exit_code is not None or time.monotonic() > give_up_at:
            raise CannotStart(f"{program.name} did not start: {running.last_words} (log: {program.log})")
        time.sleep(0.02)
    return running


def published(folder: Path, url: str, running: RunningProgram, undo: ExitStack) -> EmbeddedServer:
    """The server, with its URL written down in `folder`; from here on it stops by `stop` alone."""
    (folder / "url").write_text(url)
    return EmbeddedServer(url, running, undo.pop_all())


def running_url(folder: Path) -> str | None:
    """The URL of the server that another process runs on `folder`, or None when nobody does."""
    note = folder / "url"
    return note.read_text() if note.exists() and is_held(folder.resolve()) else None
