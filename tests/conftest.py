"""What does every test stand on?

One embedded PostgreSQL and one Redis for the whole run; one migrated database with the cast in it as a template; and
for each test that asks for `market` a clone of it, with real commits.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.app import create_app, rooms
from marketplace.foundation import background
from marketplace.foundation.embedded import start_postgres, start_redis
from marketplace.foundation.web import limiter
from tests.cast import Cast
from tests.copies import let_go_of_the_server
from tests.databases import cast, clone, make_template
from tests.factories.workers import OwnRedis, Workers, own_redis

MEMORY = "/dev/shm"  # a clone is some megabytes: where there is a disk in memory, it costs a few hundredths of a second
_servers: list[object] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once; the workers of a parallel run inherit their addresses."""
    gc.disable()  # until all tests are read: a fifth of a run's time went into looking through them again and again
    rooms()  # a worker of a parallel run too knows every reaction and job
    if hasattr(config, "workerinput"):
        # Each worker counts tries and queues jobs in a Redis database of its own.
        os.environ["REDIS_URL"] += f"?db={1 + int(config.workerinput['workerid'].removeprefix('gw'))}"
        return
    folder = Path(
        tempfile.mkdtemp(prefix="marketplace-test-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None)
    )
    folder.chmod(0o711)  # as root the database runs under an account of its own, which must get through
    config.stash[FOLDER] = folder
    server, queue = start_postgres(folder / "postgres", fsync=False), start_redis(folder / "redis")
    _servers.extend([server, queue])
    os.environ.update(
        DATABASE_URL=server.url,
        REDIS_URL=queue.url,
        DATA_DIR=str(folder / "data"),
        SECRET_KEY="a secret of the tests",
        TEST_SERVER_URL=server.url,
    )
    make_template()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    let_go_of_the_server()
    for server in _servers:
        server.stop()  # type: ignore[attr-defined]
    if FOLDER in config.stash:
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that at the end nobody waits for it."""
    items.sort(key=lambda item: item.get_closest_marker("journey") is None)


def pytest_collection_finish() -> None:
    """What has been read so far stays till the end: nobody need look through it for garbage again."""
    gc.freeze()
    gc.set_threshold(5000, 10, 50)
    gc.enable()


FOLDER = pytest.StashKey[Path]()


@pytest.fixture
def market() -> Iterator[Cast]:
    """A database of one's own with the cast in it; jobs wait until `run_jobs` is called."""
    with clone(), background.in_this_process():
        yield cast()


@pytest.fixture(scope="session")
def portal() -> Flask:
    """The application; requests go to the database of the test that makes them."""
    app = create_app()
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    limiter.enabled = False
    return app


@pytest.fixture
def speaking(portal: Flask) -> Iterator[None]:
    """Texts and addresses can be written: the context of a job."""
    with portal.test_request_context(base_url="http://localhost"):
        yield


@pytest.fixture
def browser(portal: Flask, market: Cast) -> FlaskClient:
    """A browser that nobody has signed in with yet: `market.sign_in(browser, market.acme.requester)`."""
    client = portal.test_client()
    client.set_cookie("language", "en")
    return client


@pytest.fixture
def queue() -> Iterator[OwnRedis]:
    """A Redis of this test's own, which `outside` sends jobs to."""
    with own_redis() as redis:
        yield redis


@pytest.fixture
def workers(queue: OwnRedis) -> Iterator[Workers]:
    """Whoever takes the jobs from there, once started."""
    crew = Workers()
    yield crew
    crew.kill()
