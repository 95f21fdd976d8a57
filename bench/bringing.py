"""What does bringing in catalogues cost, next to the bare COPY of the rows that came of it?

Into tables with the same columns, checks and indexes; without triggers, foreign keys, policies, news or validation.
"""

import tempfile
from dataclasses import dataclass
from time import perf_counter

import psycopg
from psycopg import sql

COPIED = ("products", "stock_levels", "stock_movements", "search_vocabulary", "search_terms")
"""What an import writes, row for row, the search index included."""
CHUNK = 1 << 20


@dataclass(frozen=True)
class Bringing:
    """How many offers were brought in, in how many seconds, and in how many their rows alone are copied."""

    offers: int
    seconds: float
    copied_seconds: float

    def __str__(self) -> str:
        return (
            f"Bringing in {self.offers:,} offers by file, checked, indexed and with their stock: {self.seconds:.1f} s;"
            f" the bare COPY of the same rows: {self.copied_seconds:.1f} s;"
            f" ratio {self.seconds / self.copied_seconds:.2f}"
        )


def brought(url: str, *, offers: int, seconds: float) -> Bringing:
    """The comparison for catalogues that were brought in within `seconds`; what is copied goes away again."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA bare")
        copied = sum(_copied(connection, table) for table in COPIED)
        connection.execute("DROP SCHEMA bare CASCADE")
    return Bringing(offers, seconds, copied)


def _copied(connection: psycopg.Connection, table: str) -> float:
    """How many seconds the COPY of that table's rows into an empty one like it takes."""
    own, bare = sql.Identifier("public", table), sql.Identifier("bare", table)
    with tempfile.TemporaryFile() as file, connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(own)) as rows:
            for chunk in rows:
                file.write(chunk)
        connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(bare, own))
        file.seek(0)
        started_at = perf_counter()
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(bare)) as rows:
            while chunk := file.read(CHUNK):
                rows.write(chunk)
        return perf_counter() - started_at
