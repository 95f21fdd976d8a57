"""Which database does a test speak to, and what has happened in it?

One migrated database with the cast in it is the template; a test works in a copy of it, and commits as it likes. What
many tests begin with is lived through once and then recalled.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from functools import cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar
from uuid import uuid4

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event

from marketplace.foundation import background, clock
from marketplace.foundation.migrating import migrate
from tests.cast import Cast, engage
from tests.copies import EMPTY, Database, copy, copy_of, present, retire, speak_to

TEMPLATE = "marketplace_template"
MOST_MEMORIES = 40
"""Each is a database of some megabytes."""

P, R = ParamSpec("P"), TypeVar("R")


def make_template() -> None:
    """The database that every clone is a copy of."""
    copy(EMPTY, TEMPLATE)
    template = Database(TEMPLATE)
    with _at(template):
        migrate()
        with background.in_this_process():
            engage()
            Cast.present().run_jobs()
    template.close()


def cast() -> Cast:
    """Everybody, for one test; they have the same ids in every clone."""
    return deepcopy(_cast())


@cache
def _cast() -> Cast:
    return Cast.present()


@contextmanager
def _at(database: Database) -> Iterator[None]:
    """Inside, the marketplace speaks to that database.

    After it the marketplace speaks to the one before, so that a test may have one within a module's.
    """
    before = present()
    speak_to(database)
    try:
        yield
    finally:
        speak_to(before)


@contextmanager
def new_database(template: str = EMPTY) -> Iterator[None]:
    """Inside, the marketplace speaks to a database like that one, which nobody speaks to after it."""
    with _at(copy_of(template)):
        yield
        database = present()
    retire(database)


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
    database = present()
    if database.is_pristine and _has_written(connection.connection.dbapi_connection):
        database.is_pristine = False


def _has_written(connection: Any) -> bool:
    """Who writes has a transaction id (PostgreSQL: pg_current_xact_id_if_assigned); what failed is rolled back."""
    if connection.info.transaction_status == TransactionStatus.INERROR:
        return False
    asked = connection.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
    return bool(asked.fetchone()[0])


def recalled(build: Callable[P, R]) -> Callable[P, R]:
    """A test that begins with this `build(…)` finds itself in a copy of the database that it left the time before.

    Only where nothing was committed before it; and only for what stands in the database or waits in this process: a
    factory that lets time go by is none of these.
    """

    @wraps(build)
    def recall(*args: P.args, **details: P.kwargs) -> R:
        when = clock._fixed.get() or clock.today()
        key = f"{build.__module__}.{build.__name__} {args} {sorted(details.items())} {when}"
        if not (present().is_pristine and present().template == TEMPLATE):
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
    database = present()
    database.leave()
    database.close()
    copy(database.name, memory.database)
    return memory


def _recollect(memory: Memory) -> Any:
    forgotten = present()
    speak_to(copy_of(memory.database))
    retire(forgotten)
    for job, arguments in memory.waiting:
        background.enqueue(job, **arguments)
    return memory.answer
