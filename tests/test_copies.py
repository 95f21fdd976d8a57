"""Is a database that served one test, for the next, as if nothing had happened?"""

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from marketplace.foundation import background
from marketplace.foundation.db import owner_engine
from tests.copies import Database, present
from tests.databases import cast, clone
from tests.factories.orders import placed_orders, some_products
from tests.resetting import TABLES

SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1"


def content(database: Database) -> dict[str, list[str]]:
    """All rows of all tables, as text, and where the sequences stand."""
    rows = {"sequences": [str(row) for row in database.speaker.execute(SEQUENCES)]}
    for (table,) in database.speaker.execute(TABLES).fetchall():
        statement = sql.SQL("SELECT cast(t AS text) FROM {} t ORDER BY 1").format(sql.Identifier(table))
        rows[table] = [row for (row,) in database.speaker.execute(statement)]
    return rows


def do(statement: str) -> None:
    with owner_engine().begin() as connection:
        connection.execute(text(statement))


def test_what_was_written_changed_and_deleted_is_gone_for_the_next() -> None:
    with clone(), background.in_this_process():
        served, before = present(), content(present())
        do("UPDATE people SET name = 'Somebody else'")
        do("DELETE FROM mails")
        market = cast()
        placed_orders(market.acme, dict.fromkeys(some_products(market.bolt, 2), "2"))
        after = content(served)
    assert {"people", "mails", "products", "purchase_orders", "sequences"} <= {
        table for table, rows in after.items() if rows != before[table]
    }
    with clone():
        assert present() is served
        assert content(served) == before


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE people DISABLE TRIGGER ALL",
        "ALTER TABLE people ALTER COLUMN name DROP NOT NULL",
        "ALTER TABLE people NO FORCE ROW LEVEL SECURITY",
        "CREATE TABLE left_over (id int)",
        "CREATE FUNCTION left_over() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION news_is_pending() CASCADE",
        "ANALYZE people",
    ],
)
def test_a_database_that_is_no_longer_built_as_it_was_serves_nobody(change: str) -> None:
    with clone():
        served = present()
        do(change)
    with clone():
        assert present() is not served


def test_a_database_that_another_process_still_speaks_to_serves_nobody() -> None:
    with clone():
        served = present()
        do("UPDATE people SET name = 'Somebody else'")
        other = psycopg.connect(served.address)
    with clone():
        assert present() is not served
    other.close()


def test_a_database_with_a_transaction_that_is_still_open_serves_nobody() -> None:
    with clone():
        served = present()
        do("UPDATE people SET name = 'Somebody else'")
        connection = owner_engine().connect()
        connection.execute(text("SELECT"))
    with clone():
        assert present() is not served
    connection.invalidate()
    connection.close()
