"""What does bringing in a catalogue cost, next to the bare COPY of the rows that came of it?

One file, from the moment it is handed over until all of it is on the shelf, found and in stock, by as many workers as
`marketplace up` starts. COPY goes into empty tables with the same columns, checks, foreign keys and indexes; without
triggers, policies, news or validation.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter
from uuid import UUID

import psycopg
from psycopg import sql

from bench.market import founded, operated
from bench.surroundings import at_work, measured_place
from marketplace.app import create_app
from marketplace.commands.preflight import plain_url
from marketplace.commands.progress import step
from marketplace.demo.articles import catalogue
from marketplace.demo.large import ANYTHING, FILE
from marketplace.foundation.outbox import deliver_everything
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import automatic
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.catalogue.actions import prepare_import, start_import
from marketplace.sellers.catalogue.columns import Reading, guessed_columns

ONE_IN = 100
"""A table belongs to what is copied where the import wrote a row or more for so many offers: news and audit do not."""
COMING = """
SELECT EXISTS (SELECT FROM catalogue_imports WHERE finished_at IS NULL) OR EXISTS (SELECT FROM pending_news),
    (SELECT message FROM tasks WHERE state = 'failed' LIMIT 1), (SELECT max(last_error) FROM pending_news)
"""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
REFERRING = (
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass"
)
CHUNK = 1 << 20


class NotBroughtIn(Exception):
    """The file did not come in as it should; the message says why."""


@dataclass(frozen=True)
class Bringing:
    """How many offers were brought in, in how many seconds, and in how many their rows alone are copied."""

    offers: int
    workers: int
    seconds: float
    copied_seconds: float

    def __str__(self) -> str:
        return (
            f"Bringing in a file of {self.offers:,} offers, checked, indexed and with their stock, by {self.workers}"
            f" workers: {self.seconds:.1f} s; the bare COPY of the same rows: {self.copied_seconds:.1f} s;"
            f" ratio {self.seconds / self.copied_seconds:.2f}"
        )


def brought(offers: int) -> Bringing:
    """The comparison, in a place of its own. Raises CannotStart, NotBroughtIn."""
    with measured_place() as folder, create_app().test_request_context(), ExitStack() as undo:
        url = plain_url(current_settings().database_url)
        operated()
        supplier_id = founded("Supplier", "supplier", "sales_desk").organisation
        deliver_everything()
        content = catalogue(0, 1, offers)
        workers = at_work(folder, undo)
        before = table_sizes(url)
        with step("Bringing in a file"):
            seconds = _seconds(url, content, supplier_id)
        undo.close()
        with step("Copying what it wrote"):
            grown = table_sizes(url) - before
            tables = [table for table, rows in grown.items() if rows * ONE_IN >= offers]
            return Bringing(offers, workers, seconds, copied(url, tables))


def table_sizes(url: str) -> Counter[str]:
    """How many rows each table has."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = [table for (table,) in connection.execute(TABLES).fetchall()]
        return Counter({table: _size(connection, table) for table in tables})


def _size(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))
    ).fetchone()
    return int(row[0]) if row else 0


def copied(url: str, tables: Iterable[str]) -> float:
    """In how many seconds COPY brings the rows of these into empty tables like them, which go away again."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
        connection.execute("CREATE SCHEMA bare")
        seconds = sum(_copied(connection, table) for table in tables)
        connection.execute("DROP SCHEMA bare CASCADE")
    return seconds


def _seconds(url: str, content: bytes, supplier_id: UUID) -> float:
    """How long it takes until nothing of the file is still to come."""
    started_at = perf_counter()
    _hand_over(content, supplier_id)
    with psycopg.connect(url, autocommit=True) as connection:
        while row := connection.execute(COMING).fetchone():
            is_coming, *problems = row
            if any(problems):
                raise NotBroughtIn(next(filter(None, problems)))
            if not is_coming:
                break
            time.sleep(0.02)
    return perf_counter() - started_at


def _hand_over(content: bytes, supplier_id: UUID) -> None:
    """As the supplier's page does it."""
    with unit_of_work(automatic(supplier_id)):
        row = prepare_import(file_name=FILE, content=content)
        start_import(import_id=row.id, reading=Reading(guessed_columns(row.titles), "point", "EUR", ANYTHING))


def _copied(connection: psycopg.Connection, table: str) -> float:
    """How many seconds the COPY of that table's rows into an empty one like it takes."""
    own, bare = sql.Identifier("public", table), sql.Identifier("bare", table)
    with tempfile.TemporaryFile() as file, connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(own)) as rows:
            for chunk in rows:
                file.write(chunk)
        connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(bare, own))
        for (referring,) in connection.execute(REFERRING, [f"public.{table}"]).fetchall():
            connection.execute(sql.SQL("ALTER TABLE {} ADD {}").format(bare, sql.SQL(referring)))
        file.seek(0)
        started_at = perf_counter()
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(bare)) as rows:
            while chunk := file.read(CHUNK):
                rows.write(chunk)
        return perf_counter() - started_at
