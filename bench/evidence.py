"""How do we know that it is the same work? The statements of a request and the rows of an order are counted."""

from collections.abc import Callable

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.market import Buyer
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import begin_sign_in
from marketplace.identity.access.queries import COOKIE

WRITTEN = (
    "number_series",
    "purchase_orders",
    "purchase_order_lines",
    "order_versions",
    "call_offs",
    "stock_reservations",
    "budget_entries",
    "budget_commitments",
    "requisitions",
    "news",
    "pending_news",
)
Rows = dict[str, int]


class OtherRows(Exception):
    """Two ways of placing an order have not written the same number of rows."""


def browser_of(portal: Flask, buyer: Buyer) -> FlaskClient:
    """A browser in this process, in which that buyer's requester is signed in."""
    with unit_of_work(platform("measure")):
        token = begin_sign_in(person_id=buyer.requester.person, browser="bench", address="127.0.0.1")
    browser = portal.test_client()
    with browser.session_transaction() as cookie:
        cookie[COOKIE] = token
    return browser


def statements_of(request: Callable[[], object]) -> int:
    """How many SQL statements are sent by `request`, which is made in this process."""
    sent: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        request()
    finally:
        event.remove(Engine, "before_cursor_execute", keep)
    return len(sent)


def rows_written(url: str, order: Callable[[], object]) -> Rows:
    """How many rows of each table have come by `order`."""
    before = _rows(url)
    order()
    return {table: rows - before[table] for table, rows in _rows(url).items()}


def require_same(written: dict[str, Rows]) -> None:
    """Raises OtherRows where the ways of ordering, by name, have not written the same."""
    (first, expected), *others = written.items()
    for name, rows in others:
        if rows != expected:
            raise OtherRows(f"{first}: {expected}\n{name}: {rows}")


def _rows(url: str) -> Rows:
    counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in WRITTEN)
    with psycopg.connect(url) as connection:
        return dict(connection.execute(counts).fetchall())
