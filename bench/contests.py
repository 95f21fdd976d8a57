"""What is measured? Placing an order and looking at pages: by the portal, by bare Flask, and by bare SQL."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

from flask.testing import FlaskClient

from bench.clients import Operation, Runner, Visitor
from bench.evidence import require_same, rows_written, statements_of
from bench.market import LINES
from bench.ordering import PLACE, WRITTEN_BY_TRIGGERS, connect, place
from bench.reading import Answer, Reader
from bench.stand import Stand
from marketplace.demo.articles import KINDS, WORDS_TYPED

PORTAL, FLASK, SQL = "the portal", "bare Flask, the same SQL", "bare SQL"
ONE_TRIP, UNGUARDED = "bare SQL in one round trip", "… without triggers, foreign keys"
COUNTED = 12
"""So many pages of a kind are asked for their statements."""


@dataclass(frozen=True)
class Contest:
    """One thing, and the ways of doing it: the portal first, then that of bare Flask, then those of bare SQL."""

    title: str
    runners: list[Runner]


class Page(NamedTuple):
    """A page of the portal; the route of bare Flask and the SQL that read the same; what is asked for in turn."""

    title: str
    address: str
    route: str
    read: Callable[[Reader, UUID, Any], Answer]
    statements: int
    asked: Sequence[object]


def contests(stand: Stand) -> list[Contest]:
    """All that is measured. Raises OtherRows where one way of ordering does not write what the others do."""
    return [_ordering(stand), *pages(stand), _asking_for_nothing(stand)]


def pages(stand: Stand) -> list[Contest]:
    """Those of looking at pages."""
    divisions = sorted({cpv_code[:2] for _, cpv_code in KINDS})
    looked_at = (
        Page("List of a category", "/shop/?category={}", "category", Reader.category, 2, divisions),
        Page("Search", "/shop/?q={}", "search", Reader.search, 2, WORDS_TYPED),
        Page("Product page", "/shop/{}", "product", Reader.product, 1, stand.some_products()),
    )
    return [_looking(stand, page) for page in looked_at]


def _ordering(stand: Stand) -> Contest:
    def by_portal(client: int) -> Operation:
        visitor, basket = stand.visitor(client), stand.basket(client)
        return lambda: visitor.post(f"/orders/place/{basket.take()}")

    def by_flask(client: int) -> Operation:
        visitor, basket = Visitor(stand.ceiling), stand.basket(client)
        return lambda: visitor.post(f"/place/{basket.take()}")

    def by_sql(client: int, *, is_guarded: bool = True, is_one_trip: bool = False) -> Operation:
        connection, basket = connect(stand.url, is_guarded=is_guarded), stand.basket(client)
        return lambda: place(connection, basket.take(), is_guarded=is_guarded, is_one_trip=is_one_trip)

    stand.fill_baskets()
    browser, basket = stand.browser(), stand.basket(0)
    count = statements_of(lambda: browser.post(f"/orders/place/{basket.take()}"))
    few, more = len(PLACE), len(PLACE) + len(WRITTEN_BY_TRIGGERS)
    runners = [
        Runner(PORTAL, by_portal, count, stand.fill_baskets),
        Runner(FLASK, by_flask, few, stand.fill_baskets),
        Runner(SQL, by_sql, few, stand.fill_baskets),
        Runner(ONE_TRIP, partial(by_sql, is_one_trip=True), few, stand.fill_baskets),
        Runner(UNGUARDED, partial(by_sql, is_one_trip=True, is_guarded=False), more, stand.fill_baskets),
    ]
    require_same({runner.name: rows_written(stand.url, runner.start(0)) for runner in runners})
    return Contest(f"Placing an order of {LINES} lines", runners)


def _looking(stand: Stand, page: Page) -> Contest:
    def by_portal(client: int) -> Operation:
        visitor, asked = stand.visitor(client), _in_turn(page, client)
        return lambda: visitor.get(page.address.format(quote(str(next(asked)))))

    def by_flask(client: int) -> Operation:
        visitor, asked = Visitor(stand.ceiling), _in_turn(page, client)
        start = f"/{stand.buyer_id(client)}/{page.route}"
        return lambda: visitor.get(f"{start}/{quote(str(next(asked)))}")

    def by_sql(client: int) -> Operation:
        reader, asked, buyer_id = Reader(stand.url), _in_turn(page, client), stand.buyer_id(client)
        return lambda: page.read(reader, buyer_id, next(asked))

    runners = [
        Runner(PORTAL, by_portal, _statements(stand.browser(), page)),
        Runner(FLASK, by_flask, page.statements),
        Runner(SQL, by_sql, page.statements),
    ]
    return Contest(page.title, runners)


def _statements(browser: FlaskClient, page: Page) -> str:
    """How many the page takes: one number, or the least and the most where that depends on what is asked for."""

    def look(asked: object) -> None:
        browser.get(page.address.format(quote(str(asked))))

    counts = {statements_of(partial(look, asked)) for asked in page.asked[:COUNTED]}
    return "–".join(map(str, sorted({min(counts), max(counts)})))


def _asking_for_nothing(stand: Stand) -> Contest:
    """What every request costs: the address /health, which reads nothing."""

    def visit(port: int, _client: int) -> Operation:
        visitor = Visitor(port)
        return lambda: visitor.get("/health")

    browser = stand.browser()
    count = statements_of(lambda: browser.get("/health"))
    runners = [
        Runner(PORTAL, partial(visit, stand.portal), count),
        Runner("bare Flask", partial(visit, stand.ceiling), 0),
    ]
    return Contest("A request for nothing (/health)", runners)


def _in_turn(page: Page, client: int) -> Iterator[Any]:
    """What is asked for, again and again; each client begins elsewhere."""
    return cycle([*page.asked[client:], *page.asked[:client]])
