"""What does every test stand on?

One embedded PostgreSQL and one Redis for the whole run; one migrated database with the cast in it as a template; and
for each test that asks for `market` a clone of it (about 0.1 s), with real commits.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from marketplace.app import create_app, rooms
from marketplace.foundation import background, db
from marketplace.foundation.embedded import start_postgres, start_redis
from marketplace.foundation.migrating import migrate
from marketplace.foundation.settings import current_settings
from marketplace.foundation.web import limiter
from tests.cast import Cast, engage
from tests.factories.workers import OwnRedis, Workers, own_redis

TEMPLATE = "marketplace_template"
MEMORY = "/dev/shm"  # a clone is some megabytes: where there is a disk in memory, it costs a few hundredths of a second
_servers: list[object] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once; the workers of a parallel run inherit their addresses."""
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
    _make_template()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    _server().dispose()
    for server in _servers:
        server.stop()  # type: ignore[attr-defined]
    if FOLDER in config.stash:
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


FOLDER = pytest.StashKey[Path]()


def _make_template() -> None:
    with _at(TEMPLATE, create=True):
        migrate()
        with background.in_this_process():
            engage()
            Cast.present().run_jobs()


def _use(url: str) -> None:
    """From now on the marketplace speaks to the database there: what was connected to another is let go."""
    for engine in (db.owner_engine(), db.runtime_engine()):
        engine.dispose()
    os.environ["DATABASE_URL"] = url
    current_settings.cache_clear()


@contextmanager
def _at(database: str, *, create: bool = False, template: str = "template1") -> Iterator[None]:
    """Inside, the marketplace speaks to that database.

    After it the marketplace speaks to the one before, so that a test may have one within a module's.
    """
    before = os.environ["DATABASE_URL"]
    if create:
        _on_server(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')
    url = make_url(os.environ["TEST_SERVER_URL"]).set(database=database)
    _use(url.render_as_string(hide_password=False))
    try:
        yield
    finally:
        _use(before)


def _on_server(statement: str) -> None:
    with _server().connect() as connection:
        connection.execute(text(statement))


@cache
def _server() -> Engine:
    """The superuser's connection, for making and dropping databases."""
    return create_engine(os.environ["TEST_SERVER_URL"], isolation_level="AUTOCOMMIT", pool_size=1)


@contextmanager
def new_database(template: str = "template1") -> Iterator[None]:
    """Inside, the marketplace speaks to a fresh copy of that database, which is dropped at the end."""
    database = f"test_{uuid4().hex}"
    with _at(database, create=True, template=template):
        yield
    _on_server(f'DROP DATABASE "{database}" WITH (FORCE)')


def clone() -> AbstractContextManager[None]:
    """A fresh copy of the template."""
    return new_database(TEMPLATE)


@contextmanager
def empty_database() -> Iterator[None]:
    """Inside, the marketplace speaks to a database of this version with nobody in it."""
    with new_database():
        migrate()
        yield


@pytest.fixture
def market() -> Iterator[Cast]:
    """A database of one's own with the cast in it; jobs wait until `run_jobs` is called."""
    with clone(), background.in_this_process():
        yield _cast()


@cache
def _cast() -> Cast:
    """Everybody has the same ids in every clone."""
    return Cast.present()


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
