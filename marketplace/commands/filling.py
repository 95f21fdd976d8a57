"""Is there a database of this version, and is something in it?

An embedded database is made under another name and renamed when it is complete: whenever the making is interrupted, even
by kill -9 in the middle of the demo market, the next start begins it anew and never meets half a database.
"""

import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import redis
from psycopg import sql

from marketplace.commands.preflight import plain_url
from marketplace.commands.progress import step
from marketplace.commands.surroundings import DATABASE, Surroundings, settle
from marketplace.foundation.db import owner_engine
from marketplace.foundation.migrating import DatabaseTooNew, migrate
from marketplace.foundation.processes import CannotStart, end
from marketplace.foundation.settings import current_settings

UNFINISHED = f"{DATABASE}_unfinished"


def fill(here: Surroundings, *, wants_demo: bool) -> None:
    """Brings the database to this version; an embedded one is made when there is none, `wants_demo` with the demo
    market in it. CannotStart when the database is of a newer version."""
    if here.is_embedded and not _exists(current_settings().database_url):
        _make(wants_demo)
    with step("Bringing the database to this version"):
        migrate_or_refuse()


def migrate_or_refuse() -> None:
    """Migrates the database of the settings. CannotStart when it is of a newer version."""
    try:
        migrate()
    except DatabaseTooNew as error:
        raise CannotStart(
            f"The database belongs to a newer version of the marketplace ({error}): install that version; "
            "nothing was changed."
        ) from error


def _make(wants_demo: bool) -> None:
    url = current_settings().database_url
    # A new database knows nothing of what still waits in the queue.
    redis.Redis.from_url(current_settings().redis_url).flushdb()
    _administer(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", UNFINISHED)
    _administer(url, "CREATE DATABASE {}", UNFINISHED)
    settle(DATABASE_URL=urlunsplit(urlsplit(url)._replace(path=f"/{UNFINISHED}")))
    with step("Making the database"):
        migrate_or_refuse()
        owner_engine().dispose()
    if wants_demo:
        _build_demo()
    _administer(url, "ALTER DATABASE {} RENAME TO {}", UNFINISHED, DATABASE)
    settle(DATABASE_URL=url)


def _build_demo() -> None:
    """Runs `marketplace demo` in a process of its own, whose connections end with it; its progress is seen here."""
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


def _exists(url: str) -> bool:
    with psycopg.connect(plain_url(url), dbname="postgres") as connection:
        return (
            connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            is not None
        )


def _administer(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(plain_url(url), dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
