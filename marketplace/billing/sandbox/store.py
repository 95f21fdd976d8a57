"""What does the sandbox remember, and what does one request see of it?"""

import json
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from marketplace.billing.sandbox.errors import Json

Clock = Callable[[], float]

# An object's body is the JSON that Stripe would show, plus members beginning with "_" that are never shown.
SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body))
);
CREATE INDEX IF NOT EXISTS objects_of_kind ON objects (kind, account, seq);
CREATE INDEX IF NOT EXISTS objects_of_customer ON objects (json_extract(body, '$.customer'), kind);
CREATE INDEX IF NOT EXISTS objects_of_charge ON objects (json_extract(body, '$.charge'), kind);
CREATE INDEX IF NOT EXISTS objects_of_intent ON objects (json_extract(body, '$.payment_intent'), kind);
CREATE INDEX IF NOT EXISTS objects_of_source ON objects (json_extract(body, '$.source_transaction'), kind);
CREATE INDEX IF NOT EXISTS money ON objects (
    account,
    json_extract(body, '$.currency'),
    json_extract(body, '$.available_on'),
    json_extract(body, '$.net')
) WHERE kind = 'balance_transaction';
CREATE TABLE IF NOT EXISTS agenda (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    due_at INTEGER NOT NULL,
    deed TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS agenda_by_time ON agenda (due_at, seq);
CREATE TABLE IF NOT EXISTS replays (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE INDEX IF NOT EXISTS replays_by_age ON replays (created);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'lost')),
    copies INTEGER NOT NULL,
    created INTEGER NOT NULL,
    held_until INTEGER NOT NULL,
    retry_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, seq);
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
TABLES = ("objects", "agenda", "replays", "deliveries", "facts")


class Transaction:
    """One transaction on the store; `now` is the test clock's second at which it began."""

    def __init__(self, connection: sqlite3.Connection, wall_seconds: float) -> None:
        self.connection = connection
        self.now = int(wall_seconds) + int(self.fact("clock_offset", 0))

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """Every row of the statement."""
        return self.connection.execute(statement, values).fetchall()

    def run(self, statement: str, *values: Any) -> int:
        """Run a statement that writes; the number of rows it touched."""
        return self.connection.execute(statement, values).rowcount

    def add(self, kind: str, account: str, body: Json) -> None:
        """Remember a new object under `body["id"]`."""
        self.run(
            "INSERT INTO objects (id, kind, account, body) VALUES (?, ?, ?, ?)",
            body["id"],
            kind,
            account,
            json.dumps(body),
        )

    def save(self, body: Json) -> None:
        """Replace the body of a remembered object."""
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(body), body["id"])

    def get(self, identity: str, kind: str, account: str) -> Json | None:
        """The object of this kind in this account, or None."""
        found = self.rows(
            "SELECT body FROM objects WHERE id = ? AND kind = ? AND account = ?", identity, kind, account
        )
        return json.loads(found[0]["body"]) if found else None

    def by_id(self, identity: str) -> Json | None:
        """The object of whatever kind and account, or None."""
        found = self.rows("SELECT body FROM objects WHERE id = ?", identity)
        return json.loads(found[0]["body"]) if found else None

    def bodies(
        self,
        kind: str,
        account: str,
        conditions: Sequence[tuple[str, Any]] = (),
        *,
        limit: int,
        is_ascending: bool,
    ) -> list[Json]:
        """Bodies of one kind in one account; each condition is SQL with one placeholder, and its value."""
        where = "".join(f" AND {condition}" for condition, _ in conditions)
        statement = (
            f"SELECT body FROM objects WHERE kind = ? AND account = ?{where}"
            f" ORDER BY seq {'ASC' if is_ascending else 'DESC'} LIMIT ?"
        )
        values = [value for _, value in conditions]
        return [json.loads(row["body"]) for row in self.rows(statement, kind, account, *values, limit)]

    def schedule(self, due_at: int, deed: str, subject: str, account: str) -> None:
        """Note that `deed` is to be done to object `subject` when the test clock reaches `due_at`."""
        self.run(
            "INSERT INTO agenda (due_at, deed, subject, account) VALUES (?, ?, ?, ?)",
            due_at,
            deed,
            subject,
            account,
        )

    def fact(self, name: str, default: Any) -> Any:
        """A named value of the sandbox itself, or the default."""
        found = self.rows("SELECT value FROM facts WHERE name = ?", name)
        return json.loads(found[0]["value"]) if found else default

    def set_facts(self, facts: Mapping[str, Any]) -> None:
        """Remember named values of the sandbox itself."""
        for name, value in facts.items():
            self.run("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, json.dumps(value))


class Store:
    """The sandbox's memory: one SQLite file, one writer at a time, any number of readers beside it.

    A transaction is on the disk before its answer leaves (WAL, synchronous FULL), so a process killed at any
    moment has either kept the whole of a request or nothing of it.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._clock = clock
        self._turn = threading.Lock()
        self._is_closed = False
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._writer = self._connect()
        self._writer.executescript(f"BEGIN;{SCHEMA}COMMIT;")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction alone with the store: kept whole, or (on any exception) not at all."""
        with self._turn:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._writer, self._clock())
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One unchanging view of the store."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._connect()
        connection.execute("BEGIN")
        try:
            yield Transaction(connection, self._clock())
        finally:
            connection.execute("ROLLBACK")
            self._put_away(connection)

    def _put_away(self, connection: sqlite3.Connection) -> None:
        if self._is_closed:
            connection.close()
        else:
            self._idle.put(connection)

    def forget(self) -> None:
        """Empty the sandbox: every object, answer, delivery and switch."""
        with self.writing() as work:
            for table in TABLES:
                work.run(f"DELETE FROM {table}")

    def close(self) -> None:
        """Close the file, after the transaction that may be under way."""
        self._is_closed = True
        with self._turn:
            self._writer.close()
        while not self._idle.empty():
            self._idle.get_nowait().close()
