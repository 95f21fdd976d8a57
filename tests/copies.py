"""Which databases does the server of the tests have, and which of them does the marketplace speak to?

A copy of a database takes some hundredths of a second, and whoever connects to it begins with nothing in mind. So a
copy that was written to is made what it was before, and serves the next test by the connections that are open to it;
where that cannot be done, it is dropped.
"""

import os
from collections import defaultdict, deque
from functools import cache
from typing import Any, cast
from uuid import uuid4

import psycopg
from sqlalchemy import Engine, QueuePool, create_engine, event, text
from sqlalchemy.engine import make_url

from marketplace.foundation import db
from marketplace.foundation.settings import current_settings
from tests.resetting import Original, original, reset, since

EMPTY = "template1"
MOST_RESETS = 50
"""What is deleted stays in the way for a while: so often a copy serves until there is a new one."""
MOST_LEFT, MOST_CONNECTIONS = 6, 3
"""Of so many databases that were left the connections stay open, where there are no more of a login than this."""

FORGET = "RESET ALL; RESET ROLE; SELECT pg_advisory_unlock_all(), pg_stat_force_next_flush()"


class Database:
    """One of the server's: who is connected to it, and what it is a copy of, if it is one."""

    def __init__(self, name: str, template: str = "") -> None:
        self.name, self.template = name, template
        self.is_pristine = bool(template)
        self.resets, self.made_by = 0, ""
        self._pools: list[QueuePool] = []
        self._speaker: psycopg.Connection | None = None

    @property
    def address(self) -> str:
        """Where the superuser finds it."""
        url = make_url(os.environ["TEST_SERVER_URL"]).set(database=self.name)
        return url.render_as_string(hide_password=False)

    @property
    def speaker(self) -> psycopg.Connection:
        """The superuser's connection to it."""
        self._speaker = self._speaker or psycopg.connect(self.address, autocommit=True)
        return self._speaker

    def enter(self) -> None:
        """From now on the marketplace speaks to it."""
        os.environ["DATABASE_URL"] = self.address
        current_settings.cache_clear()
        for engine, pool in zip(_engines(), self._pools, strict=False):
            engine.pool = pool

    def leave(self) -> None:
        """The marketplace is about to speak to another; a few connections stay open."""
        self._pools = [cast(QueuePool, engine.pool) for engine in _engines()]
        for engine in _engines():
            engine.pool = engine.pool.recreate()
        if any(pool.checkedin() > MOST_CONNECTIONS for pool in self._pools):
            self.close()
        for pool in self._pools:
            _forget_settings(pool)

    def close(self) -> None:
        """Let go of what is connected to it."""
        for pool in self._pools:
            pool.dispose()
        if self._speaker:
            self._speaker.close()
        self._pools, self._speaker = [], None


def _forget_settings(pool: QueuePool) -> None:
    """Nothing that a test has set for a whole connection is true for the next."""
    for waiting in [pool.connect() for _ in range(pool.checkedin())]:
        waiting.cursor().execute(FORGET)
        waiting.commit()
        waiting.close()


_databases: dict[str, Database] = {}
_left: dict[str, Database] = {}
_spare: dict[str, list[Database]] = defaultdict(list)
_retired: deque[Database] = deque()
_originals: dict[str, Original] = {}
_served_by: set[int] = set()
"""The server's processes that have worked for this one."""


@event.listens_for(Engine, "connect")
def _serves(connection: Any, _: object) -> None:
    _served_by.add(connection.info.backend_pid)


def _engines() -> tuple[Engine, Engine]:
    return db.owner_engine(), db.runtime_engine()


def present() -> Database:
    """What the marketplace speaks to."""
    name = str(make_url(os.environ["DATABASE_URL"]).database)
    return _databases.setdefault(name, Database(name))


def speak_to(database: Database) -> None:
    """From now on the marketplace speaks to that database."""
    left = present()
    left.leave()
    _left[left.name] = left
    _left.pop(database.name, None)
    _databases[database.name] = database
    database.enter()
    while len(_left) > MOST_LEFT:
        _left.pop(next(iter(_left))).close()


def copy(template: str, name: str) -> None:
    """Make that database as a copy of another, which nobody is connected to."""
    on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')


def copy_of(template: str) -> Database:
    """A copy that nobody has written to: one that has served, or a new one."""
    if _spare[template]:
        return _spare[template].pop()
    database = Database(f"test_{uuid4().hex}", template)
    copy(template, database.name)
    if template != EMPTY:
        database.made_by = since(database.speaker)
        _originals[template] = _originals.get(template) or original(database.speaker)
    return database


def retire(database: Database) -> None:
    """Keep it where nobody has written to it, or it is made what it was; else drop it a little later.

    PostgreSQL waits a tenth of a second where a connection is just being closed.
    """
    if database.is_pristine or _is_reset(database):
        _spare[database.template].append(database)
        return
    _left.pop(database.name, None)
    database.close()
    _retired.append(database)
    if len(_retired) > 2:
        gone = _retired.popleft()
        del _databases[gone.name]
        on_server(f'DROP DATABASE "{gone.name}" WITH (FORCE)')


def _is_reset(database: Database) -> bool:
    if database.template == EMPTY or database.resets == MOST_RESETS:
        return False
    first, speaker = _originals[database.template], database.speaker
    made_by = reset(speaker, first, database.made_by, _served_by)
    database.resets += 1
    database.made_by, database.is_pristine = made_by or "", made_by is not None
    return database.is_pristine


def on_server(statement: str) -> None:
    """Do that as the superuser, in no database of ours."""
    with _server().connect() as connection:
        connection.execute(text(statement))


@cache
def _server() -> Engine:
    return create_engine(os.environ["TEST_SERVER_URL"], isolation_level="AUTOCOMMIT", pool_size=1)


def let_go_of_the_server() -> None:
    """Close all connections, before the server stops."""
    present().leave()
    for database in _databases.values():
        database.close()
    _server().dispose()
