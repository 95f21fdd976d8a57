"""How does a test come by real workers, and how is one killed in the middle of its work?

A worker is a process that takes jobs from Redis and forks for each, as in production. It is forked from a server that
has the house imported already (a start costs a tenth of a second, not some seconds under load).
"""

import contextvars
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TypeVar

import psutil

from marketplace.app import rooms
from marketplace.commands.inside import inside
from marketplace.commands.surroundings import settle
from marketplace.foundation import background
from marketplace.foundation.embedded import start_redis
from marketplace.foundation.servers import EmbeddedServer

T = TypeVar("T")
PATIENCE = 300.0
HOUSE = [
    "marketplace.foundation.printing",
    *(part.__name__ for room in rooms() for part in room.parts.values()),
]


class Workers:
    """The worker that is at work now; one at a time."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(HOUSE)
        self.process: ForkServerProcess | None = None

    def start(self) -> None:
        """A new one comes, with the settings of this moment."""
        self.process = self._context.Process(target=be_at_work, args=(dict(os.environ),), daemon=True)
        self.process.start()

    def kill(self) -> None:
        """It is gone from one moment to the next (-9), and so is the process that it has forked for its job.

        The fork is in a process group of its own, and would finish the job. Nothing happens where none is at work.
        """
        if self.process is None:
            return
        with suppress(psutil.NoSuchProcess):
            worker = psutil.Process(self.process.pid)
            worker.suspend()  # so that it begins nothing more
            for process in (*worker.children(recursive=True), worker):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self.process.join()
        self.process = None


def be_at_work(environment: dict[str, str]) -> None:
    """What the worker's process does."""
    settle(**environment)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    with inside():
        background.work()


@contextmanager
def own_redis() -> Iterator["OwnRedis"]:
    """Inside, jobs go to a Redis of this test's own, so that no other test's worker takes them."""
    before = os.environ["REDIS_URL"]
    with tempfile.TemporaryDirectory(prefix="marketplace-queue-") as folder:
        redis = OwnRedis(Path(folder) / "redis")
        settle(REDIS_URL=redis.start())
        try:
            yield redis
        finally:
            redis.stop()
            settle(REDIS_URL=before)


class OwnRedis:
    """A Redis that can go and come back, with what it was told before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: EmbeddedServer | None = None

    def start(self) -> str:
        """It answers; its URL, always the same."""
        self._server = start_redis(self._folder)
        return self._server.url

    def stop(self) -> None:
        """It is gone; nothing happens where it is gone already."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def outside(act: Callable[[], T]) -> T:
    """Do it as a web server would: the jobs go to Redis, not into this process."""
    return contextvars.Context().run(act)


def until(question: Callable[[], object]) -> None:
    """Wait for the answer yes."""
    deadline = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < deadline, "it has not happened"
        time.sleep(0.02)
