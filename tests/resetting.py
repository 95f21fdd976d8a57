"""How does a database become again what it was, in less time than another copy of it takes?

Which rows are newer than its making, PostgreSQL says itself; the tables where there are some, or fewer than there were,
are filled anew. Where more than rows is different (a table, a function, statistics), or somebody else still speaks to
it, the answer is that it cannot.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from psycopg import Connection, sql

TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
)
CATALOGUE = (
    "pg_class",
    "pg_attribute",
    "pg_constraint",
    "pg_policy",
    "pg_proc",
    "pg_trigger",
    "pg_statistic",
    "pg_namespace",
)
"""Whatever a test does to the database itself leaves a newer row, or one less, in one of these."""
SEQUENCES = """
SELECT format('setval(%L, %s, %L)', format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value),
    last_value IS NOT NULL) FROM pg_sequences ORDER BY 1
"""
SPEAKING = """
SELECT pid, state FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
PRESENT = "SELECT cast(pg_current_xact_id() AS xid)::text"


class Original(NamedTuple):
    """What stood in a database when it was made: how many rows where, which, and how its sequences are set back."""

    sizes: Mapping[str, int]
    rows: Mapping[str, bytes]
    sequences: str
    question: sql.Composed


def original(connection: Connection) -> Original:
    """What stands there now."""
    tables = [str(table) for (table,) in connection.execute(TABLES)]
    question = _question(tables)
    sizes = {name: size for name, size, _ in connection.execute(question, {"since": since(connection)})}
    rows = {table: _rows(connection, table) for table in tables if sizes[table]}
    settings = [setting for (setting,) in connection.execute(SEQUENCES)]
    return Original(sizes, rows, f"SELECT {', '.join(settings)}", question)


def since(connection: Connection) -> str:
    """The transaction after which every row is newer than what stands there now."""
    return str(connection.execute(PRESENT).fetchone()[0])  # type: ignore[index]


def reset(connection: Connection, first: Original, made_by: str, ours: Collection[int]) -> str | None:
    """Make the database what it was; the answer is the transaction after which every row is newer than that.

    None where it cannot be done. `ours` are the processes of the server that serve us.
    """
    if any(state != "idle" or pid not in ours for pid, state in connection.execute(SPEAKING)):
        return None
    found = connection.execute(first.question, {"since": made_by}, prepare=True)
    changed = {name for name, size, is_newer in found if is_newer or size != first.sizes[name]}
    return None if changed.intersection(CATALOGUE) else _refilled(connection, first, changed)


def _refilled(connection: Connection, first: Original, tables: Collection[str]) -> str:
    """No trigger fires, and nothing is looked up: what stood there was right."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        empty = [sql.SQL("DELETE FROM {}").format(_named(table)) for table in tables]
        connection.execute(sql.SQL("; ").join([*empty, sql.SQL(first.sequences)]))
        for table in first.rows.keys() & tables:
            with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN BINARY").format(_named(table))) as copy:
                copy.write(first.rows[table])
        return since(connection)


def _question(tables: Collection[str]) -> sql.Composed:
    """How many rows each table has, and whether one of them is newer than a transaction."""
    counted = [_counted(table, _named(table)) for table in tables]
    counted += [_counted(table, sql.Identifier("pg_catalog", table)) for table in CATALOGUE]
    return sql.SQL(" UNION ALL ").join(counted)


def _counted(name: str, table: sql.Composable) -> sql.Composed:
    return sql.SQL(
        "SELECT {}, count(*), coalesce(bool_or(age(xmin) < age(cast(%(since)s AS xid))), false) FROM {}"
    ).format(name, table)


def _named(table: str) -> sql.Identifier:
    return sql.Identifier("public", table)


def _rows(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT BINARY").format(_named(table))) as copy:
        return b"".join(copy)
