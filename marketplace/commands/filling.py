"""Is there a database of this version, and is something in it?

An embedded database is made under another name and renamed when it is complete: whenever the making is
interrupted, even by kill -9 in the middle of the demo market, the next start begins it anew and never meets
half a database.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from urllib.parse import quote, urlsplit, urlunsplit

import psutil
import psycopg
import redis
from psycopg import sql

from marketplace.commands.preflight import plain_url
from marketplace.commands.progress import step
from marketplace.commands.surroundings import DATABASE, Surroundings, settle
from marketplace.foundation.db import owner_engine
from marketplace.foundation.migrating import DatabaseTooNew, is_current, migrate
from marketplace.foundation.processes import CannotStart, end
from marketplace.foundation.settings import current_settings

UNFINISHED = f"{DATABASE}_unfinished"


def fill(here: Surroundings, *, wants_demo: bool) -> None:
    """Brings the database to this version; an embedded one is made when there is none. `wants_demo` puts the
    demo market into an empty one. CannotStart when the database is of a newer version.
    """
    if here.is_embedded and not database_exists():
        _make(wants_demo)
        return
    with owner_engine().connect() as connection:
        is_quick = is_current(connection)
    with nullcontext() if is_quick else step("Bringing the database to this version"):
        migrate_or_refuse()
    if wants_demo and is_empty():
        _make(wants_demo) if here.is_embedded else _build_demo()


def _make(wants_demo: bool) -> None:
    with made_aside():
        with step("Making the database"):
            migrate_or_refuse()
        if wants_demo:
            _build_demo()


def is_empty() -> bool:
    """Whether nobody was ever written into the database of the settings.

    Asked of the file, because row-level security hides rows from an owner who is no superuser.
    """
    with psycopg.connect(plain_url(current_settings().database_url)) as connection:
        size = connection.execute("SELECT pg_relation_size('people')").fetchone()
    return size == (0,)


def require_database(here: Surroundings) -> None:
    """CannotStart when there is no database to work on."""
    if here.is_embedded and not database_exists():
        raise CannotStart(f"There is no database in {here.folder} yet: `marketplace up` makes it.")


@contextmanager
def made_aside() -> Iterator[None]:
    """Inside, the settings name a new, empty database; at the end it takes the place of the embedded one."""
    url = current_settings().database_url
    # A new database knows nothing of what still waits in the queue.
    redis.Redis.from_url(current_settings().redis_url).flushdb()
    _administer(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", UNFINISHED)
    _administer(url, "CREATE DATABASE {}", UNFINISHED)
    settle(DATABASE_URL=_unfinished(url))
    try:
        yield
    finally:
        owner_engine().dispose()
        settle(DATABASE_URL=url)
    _administer(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", DATABASE)
    _administer(url, "ALTER DATABASE {} RENAME TO {}", UNFINISHED, DATABASE)


def migrate_or_refuse() -> None:
    """Migrates the database of the settings. CannotStart when it is of a newer version."""
    try:
        migrate()
    except DatabaseTooNew as error:
        raise CannotStart(
            f"The database belongs to a newer version of the marketplace ({error}): install that version; "
            "nothing was changed."
        ) from error


def _build_demo() -> None:
    """Runs `marketplace demo` in a process of its own, whose connections end with it; its progress is seen
    here.
    """
    process = psutil.Popen(
        [sys.executable, "-m", "marketplace", "demo"], stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        code = process.wait()
    finally:
        end(process, signals=(15,), patience=10)
    if code != 0:
        raise CannotStart(
            f"The demo market could not be built (exit code {code}); the next start tries again."
        )


def database_exists() -> bool:
    """Whether the embedded server has our database, complete."""
    with psycopg.connect(plain_url(current_settings().database_url), dbname="postgres") as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        return found.fetchone() is not None


def _unfinished(url: str) -> str:
    """The URL of the database that is being made; nobody waits for its disk, which the renaming does once for all."""
    parts = urlsplit(url)
    options = f"{parts.query}&options={quote('-c synchronous_commit=off')}"
    return urlunsplit(parts._replace(path=f"/{UNFINISHED}", query=options))


def _administer(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(plain_url(url), dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
