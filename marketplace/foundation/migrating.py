"""How does a database get into the shape that this version needs?

Alembic migrates as the owner; the roles that row-level security speaks of are made first. A database of a newer version
is left alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, InternalError, ProgrammingError

from marketplace.foundation.db import owner_engine, runtime_password
from marketplace.foundation.places import MIGRATIONS
from marketplace.foundation.tenancy import DOORS_ROLE, PLATFORM_ROLE, RUNTIME_ROLE, TENANT_ROLE

LOCK = 5_021_984
TRIES = 100
"""As often the roles are tried; each waits until whoever came first is done."""


class DatabaseTooNew(Exception):
    """The database was migrated by a newer version of the marketplace than this one."""


def migrate(target: str = "head") -> None:
    """Bring the database to this version; one caller at a time, the others wait. Raises DatabaseTooNew."""
    with _alone() as connection:
        make_roles(connection)
    with _alone() as connection:
        if is_current(connection):
            return
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, target)


def refuse_newer(connection: Connection) -> None:
    """Raises DatabaseTooNew where the database's version is none that we know."""
    known = {revision.revision for revision in scripts().walk_revisions()}
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
    if unknown:
        raise DatabaseTooNew(", ".join(sorted(unknown)))


def is_current(connection: Connection) -> bool:
    """Whether the database has exactly the shape that this version needs."""
    return set(MigrationContext.configure(connection).get_current_heads()) == set(scripts().get_heads())


def make_roles(connection: Connection) -> None:
    """The roles of the policies, and the runtime login that may take the tenant's or the platform's.

    Roles are the whole server's, and no lock of one database keeps another's marketplace from writing them meanwhile:
    PostgreSQL refuses whoever comes second, who then finds them written.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            with connection.begin_nested():
                _write_roles(connection)
            return
        except (InternalError, IntegrityError, ProgrammingError):
            if not tries_left:
                raise


def _write_roles(connection: Connection) -> None:
    for role in (TENANT_ROLE, PLATFORM_ROLE, DOORS_ROLE):
        _make_role(connection, role, "NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
    login = f"LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{runtime_password()}'"
    _make_role(connection, RUNTIME_ROLE, login)
    connection.execute(text(f"ALTER ROLE {RUNTIME_ROLE} PASSWORD '{runtime_password()}'"))
    for role in (TENANT_ROLE, PLATFORM_ROLE):
        connection.execute(text(f"GRANT {role} TO {RUNTIME_ROLE} WITH INHERIT FALSE, SET TRUE"))
    # A temporary table could stand in for one of ours. A database that was copied or restored has forgotten this.
    connection.execute(
        text(
            "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$"
        )
    )


def configuration() -> Config:
    """Alembic's, without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def scripts() -> ScriptDirectory:
    """The migrations that this version knows."""
    return ScriptDirectory.from_config(configuration())


@contextmanager
def _alone() -> Iterator[Connection]:
    """A transaction of the owner beside which no other caller's runs, in a database of no newer version."""
    with owner_engine().begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        refuse_newer(connection)
        yield connection


def _make_role(connection: Connection, role: str, attributes: str) -> None:
    connection.execute(
        text(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
            f" THEN CREATE ROLE {role} {attributes}; END IF; END $$"
        )
    )
