"""Which database does a test speak to, and what has happened in it?

One migrated database with the cast in it is the template; a clone of it takes some hundredths of a second, and commits
as it likes. What many tests begin with is lived through once and then recalled.
"""

import os
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from functools import cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar
from uuid import uuid4

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from marketplace.foundation import background, clock, db
from marketplace.foundation.migrating import migrate
from marketplace.foundation.settings import current_settings
from tests.cast import Cast, engage

TEMPLATE = "marketplace_template"
MOST_MEMORIES = 40
"""Each is a database of some megabytes."""

P, R = ParamSpec("P"), TypeVar("R")
_pristine: dict[str, str] = {}
"""The databases that nothing was committed to, and what each is a copy of."""
_spare: dict[str, list[str]] = defaultdict(list)
_retired: deque[str] = deque()


def make_template() -> None:
    """The database that every clone is a copy of."""
    _copy("template1", TEMPLATE)
    with _at(TEMPLATE):
        migrate()
        with background.in_this_process():
            engage()
            Cast.present().run_jobs()


def cast() -> Cast:
    """Everybody, for one test; they have the same ids in every clone."""
    return deepcopy(_cast())


@cache
def _cast() -> Cast:
    return Cast.present()


def _use(url: str) -> None:
    """From now on the marketplace speaks to the database there: what was connected to another is let go."""
    _let_go()
    os.environ["DATABASE_URL"] = url
    current_settings.cache_clear()


def _let_go() -> None:
    for engine in (db.owner_engine(), db.runtime_engine()):
        engine.dispose()


@contextmanager
def _at(database: str) -> Iterator[None]:
    """Inside, the marketplace speaks to that database.

    After it the marketplace speaks to the one before, so that a test may have one within a module's.
    """
    before = os.environ["DATABASE_URL"]
    _use(_address(database))
    try:
        yield
    finally:
        _use(before)


def _address(database: str) -> str:
    return (
        make_url(os.environ["TEST_SERVER_URL"]).set(database=database).render_as_string(hide_password=False)
    )


def _copy(template: str, database: str) -> None:
    _on_server(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')


def _fresh(template: str) -> str:
    """The name of a copy of that database: one that nobody has written to, or a new one."""
    database = _spare[template].pop() if _spare[template] else f"test_{uuid4().hex}"
    if database not in _pristine:
        _copy(template, database)
    _pristine[database] = template
    return database


def _retire(database: str) -> None:
    """Keep it where nobody has written to it; else drop it a little later.

    PostgreSQL waits a tenth of a second where a connection is just being closed.
    """
    if database in _pristine:
        _spare[_pristine[database]].append(database)
        return
    _retired.append(database)
    if len(_retired) > 2:
        _on_server(f'DROP DATABASE "{_retired.popleft()}" WITH (FORCE)')


def _on_server(statement: str) -> None:
    with _server().connect() as connection:
        connection.execute(text(statement))


@cache
def _server() -> Engine:
    """The superuser's connection, for making and dropping databases."""
    return create_engine(os.environ["TEST_SERVER_URL"], isolation_level="AUTOCOMMIT", pool_size=1)


def let_go_of_the_server() -> None:
    """Close that connection, before the server stops."""
    _server().dispose()


@contextmanager
def new_database(template: str = "template1") -> Iterator[None]:
    """Inside, the marketplace speaks to a fresh copy of that database, which is dropped after it."""
    with _at(_fresh(template)):
        yield
        database = _present()
    _retire(database)


def clone() -> AbstractContextManager[None]:
    """A fresh copy of the template."""
    return new_database(TEMPLATE)


@contextmanager
def empty_database() -> Iterator[None]:
    """Inside, the marketplace speaks to a database of this version with nobody in it."""
    with new_database():
        migrate()
        yield


# --- what is recalled -------------------------------------------------------------------------------------------


class Memory(NamedTuple):
    """What a factory left behind: a database like it, the jobs that waited, and its answer."""

    database: str
    waiting: list[tuple[background.Job, dict[str, Any]]]
    answer: Any


_memories: dict[str, Memory] = {}
_asked: Counter[str] = Counter()


@event.listens_for(Engine, "commit")
def _touch(connection: Connection) -> None:
    if _present() in _pristine and _has_written(connection.connection.dbapi_connection):
        _pristine.pop(_present())


def _has_written(connection: Any) -> bool:
    """Who writes has a transaction id (PostgreSQL: pg_current_xact_id_if_assigned); what failed is rolled back."""
    if connection.info.transaction_status == TransactionStatus.INERROR:
        return False
    asked = connection.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
    return bool(asked.fetchone()[0])


def _present() -> str:
    return str(make_url(os.environ["DATABASE_URL"]).database)


def recalled(build: Callable[P, R]) -> Callable[P, R]:
    """A test that begins with this `build(…)` finds itself in a copy of the database that it left the time before.

    Only where nothing was committed before it; and only for what stands in the database or waits in this process: a
    factory that lets time go by is none of these.
    """

    @wraps(build)
    def recall(*args: P.args, **details: P.kwargs) -> R:
        when = clock._fixed.get() or clock.today()
        key = f"{build.__module__}.{build.__name__} {args} {sorted(details.items())} {when}"
        if _pristine.get(_present()) != TEMPLATE:
            return build(*args, **details)
        if key in _memories:
            return _recollect(_memories[key])
        answer = build(*args, **details)
        _asked[key] += 1
        if _asked[key] > 1 and len(_memories) < MOST_MEMORIES:
            _memories[key] = _memorise(answer)
        return answer

    return recall


def _memorise(answer: Any) -> Memory:
    memory = Memory(f"memory_{uuid4().hex}", background.still_waiting(), answer)
    _let_go()
    _copy(_present(), memory.database)
    return memory


def _recollect(memory: Memory) -> Any:
    forgotten = _present()
    _use(_address(_fresh(memory.database)))
    _retire(forgotten)
    for job, arguments in memory.waiting:
        background.enqueue(job, **arguments)
    return memory.answer
