"""How do we talk to PostgreSQL?

One declarative base; an engine for the owner, who migrates, and one for the runtime, who serves; and the database
session of the present unit of work.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Collection
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from itertools import count
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    URL,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Numeric,
    Text,
    Uuid,
    any_,
    create_engine,
    event,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import RUNTIME_ROLE, Tenancy

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


_ticket = count()


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562 §5.7) of the present instant: unguessable, and sorted by age.

    A counter orders what one process makes within a millisecond (§6.2, method 1).
    """
    milliseconds = int(clock.now().timestamp() * 1000)
    value = milliseconds << 80 | 0x7 << 76 | (next(_ticket) & 0xFFF) << 64
    return UUID(int=value | 0b10 << 62 | int.from_bytes(os.urandom(8)) >> 2)


class Base(DeclarativeBase):
    """A thing that is remembered; `tenancy` says whose it is."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        date: Date(),
        Decimal: Numeric(18, 4),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[str]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }
    tenancy: ClassVar[Tenancy]

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


M = TypeVar("M", bound=Base)
_session: ContextVar[Session] = ContextVar("database_session")


def session() -> Session:
    """The database session of the present unit of work. Raises LookupError outside of one."""
    return _session.get()


def fetch(model: type[M], identity: UUID | None, *, lock: bool = False) -> M:
    """That row, where this actor may see it; `lock` holds it until the transaction ends. Raises NotFound.

    A row that this unit of work has read before is not read again, unless to be held.
    """
    found = None
    if identity is not None:
        found = session().get(model, identity, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return found


def fetch_all(model: type[M], identities: Collection[UUID]) -> dict[UUID, M]:
    """Those of the rows that this actor may see, by id, in one statement."""
    rows = session().scalars(select(model).where(model.id.in_(identities)))
    return {row.id: row for row in rows}


def among(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether `column` is one of `values`: sent as one array, so that a thousand make no longer statement than one."""
    return cast(ColumnElement[bool], column == any_(literal(list(values), ARRAY(column.type))))


def save(row: M) -> M:
    """Write a new row now, so that its checks speak now."""
    session().add(row)
    session().flush()
    return row


def runtime_password() -> str:
    """The password of the runtime role: derived from SECRET_KEY, so that there is one secret to keep."""
    key = current_settings().secret_key.get_secret_value().encode()
    return hmac.new(key, b"database runtime role", hashlib.sha256).hexdigest()


@cache
def owner_engine() -> Engine:
    """For migrations and `doctor` alone: the login that owns the tables."""
    return _engine(lambda: make_url(current_settings().database_url))


@cache
def runtime_engine() -> Engine:
    """For everything else: the login that owns nothing and cannot bypass row-level security."""
    return _engine(runtime_address)


def runtime_address() -> URL:
    """Where that login finds the database."""
    return _runtime_url(current_settings().database_url, runtime_password())


def _engine(address: Callable[[], URL]) -> Engine:
    """A pool of connections in this process; a forked worker starts with a pool of its own.

    Each new connection asks where the database is, so that what the engine knows of statements serves whichever it is.
    An error of the database names the statement and never its values.
    """
    engine = create_engine("postgresql+psycopg://", pool_size=10, max_overflow=22, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Dialect, *_: Any) -> DBAPIConnection:
        positional, named = dialect.create_connect_args(address())
        return dialect.connect(*positional, **named)

    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    return engine


@lru_cache
def _runtime_url(database_url: str, password: str) -> URL:
    return make_url(database_url).set(username=RUNTIME_ROLE, password=password)
