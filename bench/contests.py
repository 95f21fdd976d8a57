"""What is measured? Placing an order and looking at pages: by the portal, by bare Flask, and by bare SQL."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

import psycopg
from flask import Flask

from bench.clients import Operation, Runner, SoldOut, Visitor
from bench.evidence import browser_of, require_same, rows_written, statements_of
from bench.goods import KINDS, WORDS_TYPED
from bench.market import LINES, PASSWORD, Buyer
from bench.ordering import PLACE, WRITTEN_BY_TRIGGERS, connect, place
from bench.reading import Answer, Reader
from bench.requisitions import copies

READY = 250
"""How many approved requisitions each buyer has when a round begins."""
SAMPLE = 500
"""Products that are looked at in turn."""


class Stand:
    """Where the races are run: a filled database, its buyers, and the portal and bare Flask on their ports."""

    def __init__(self, url: str, buyers: Sequence[Buyer], app: Flask, ports: tuple[int, int]) -> None:
        self.url, self.buyers, self.app = url, buyers, app
        self.portal, self.ceiling = ports
        self._signed_in = [Visitor(self.portal) for _ in buyers]
        for visitor, buyer in zip(self._signed_in, buyers, strict=True):
            visitor.sign_in(buyer.email, PASSWORD)

    def buyer(self, client: int) -> Buyer:
        """For whom that client acts."""
        return self.buyers[client % len(self.buyers)]

    def visitor(self, client: int) -> Visitor:
        """That client's browser, signed in to the portal."""
        return Visitor(self.portal, self._signed_in[client % len(self.buyers)])


@dataclass(frozen=True)
class Contest:
    """One thing and the ways of doing it; the figures of all are compared with those of `reference`."""

    title: str
    runners: list[Runner]
    reference: Runner


class Page(NamedTuple):
    """A page of the portal, the route of bare Flask and the SQL that read the same, and what is asked for in turn."""

    title: str
    address: str
    route: str
    read: Callable[[Reader, UUID, Any], Answer]
    statements: int
    asked: Sequence[object]


class Basket:
    """The approved requisitions of one buyer, each of which can be ordered once."""

    def __init__(self, url: str, buyer: Buyer) -> None:
        self._url, self._buyer = url, buyer
        self._ready: deque[UUID] = deque()

    def fill(self) -> None:
        """Have as many as a round may need."""
        self._ready.extend(copies(self._url, self._buyer.pattern_id, READY - len(self._ready)))

    def take(self) -> UUID:
        """One of them. Raises SoldOut."""
        try:
            return self._ready.popleft()
        except IndexError:
            raise SoldOut from None


def ordering(stand: Stand) -> Contest:
    """Placing orders. Raises OtherRows where one of the ways does not do what the portal does."""
    baskets = [Basket(stand.url, buyer) for buyer in stand.buyers]

    def fill() -> None:
        for basket in baskets:
            basket.fill()

    def by_portal(client: int) -> Operation:
        visitor, basket = stand.visitor(client), baskets[client % len(baskets)]
        return lambda: visitor.post(f"/orders/place/{basket.take()}")

    def by_flask(client: int) -> Operation:
        visitor, basket = Visitor(stand.ceiling), baskets[client % len(baskets)]
        return lambda: visitor.post(f"/place/{basket.take()}")

    def by_sql(client: int, **manner: bool) -> Operation:
        connection = connect(stand.url, is_guarded=manner.get("is_guarded", True))
        return lambda: place(connection, baskets[client % len(baskets)].take(), **manner)

    fill()
    browser = browser_of(stand.app, stand.buyers[0])
    count = statements_of(lambda: browser.post(f"/orders/place/{baskets[0].take()}"))
    unguarded = len(PLACE) + len(WRITTEN_BY_TRIGGERS)
    runners = [
        Runner("the portal", by_portal, fill, count),
        Runner("bare Flask, the same SQL", by_flask, fill, len(PLACE)),
        Runner("bare SQL", by_sql, fill, len(PLACE)),
        Runner("bare SQL in one round trip", partial(by_sql, is_one_trip=True), fill, len(PLACE)),
        Runner(
            "… without triggers and foreign keys",
            partial(by_sql, is_one_trip=True, is_guarded=False),
            fill,
            unguarded,
        ),
    ]
    require_same({runner.name: rows_written(stand.url, runner.start(0)) for runner in runners})
    return Contest(f"Placing an order of {LINES} lines", runners, runners[2])


def pages(stand: Stand) -> list[Contest]:
    """Looking at the catalogue."""
    divisions = sorted({cpv[:2] for _, cpv in KINDS})
    with psycopg.connect(stand.url) as connection:
        sample = f"SELECT id FROM products ORDER BY md5(id::text) LIMIT {SAMPLE}"
        product_ids = [row[0] for row in connection.execute(sample).fetchall()]
    found = (
        Page("List of a category", "/shop/?category={}", "category", Reader.category, 2, divisions),
        Page("Search", "/shop/?q={}", "search", Reader.search, 2, WORDS_TYPED),
        Page("Product page", "/shop/{}", "product", Reader.product, 1, product_ids),
    )
    return [_contest(stand, page) for page in found]


def nothing(stand: Stand) -> Contest:
    """What a request costs that asks for nothing."""
    browser = stand.app.test_client()
    runners = [
        Runner(
            "the portal",
            partial(_visit, stand.portal),
            statements=statements_of(lambda: browser.get("/health")),
        ),
        Runner("bare Flask", partial(_visit, stand.ceiling), statements=0),
    ]
    return Contest("Nothing (the address /health)", runners, runners[1])


def _visit(port: int, _client: int) -> Operation:
    visitor = Visitor(port)
    return lambda: visitor.get("/health")


def _contest(stand: Stand, page: Page) -> Contest:
    def by_portal(client: int) -> Operation:
        visitor, asked = stand.visitor(client), _in_turn(page, client)
        return lambda: visitor.get(page.address.format(quote(str(next(asked)))))

    def by_flask(client: int) -> Operation:
        visitor, asked = Visitor(stand.ceiling), _in_turn(page, client)
        start = f"/{stand.buyer(client).requester.organisation}/{page.route}"
        return lambda: visitor.get(f"{start}/{quote(str(next(asked)))}")

    def by_sql(client: int) -> Operation:
        reader, asked = Reader(stand.url), _in_turn(page, client)
        buyer_id = stand.buyer(client).requester.organisation
        return lambda: page.read(reader, buyer_id, next(asked))

    browser = browser_of(stand.app, stand.buyers[0])
    count = statements_of(lambda: browser.get(page.address.format(quote(str(page.asked[0])))))
    runners = [
        Runner("the portal", by_portal, statements=count),
        Runner("bare Flask, the same SQL", by_flask, statements=page.statements),
        Runner("bare SQL", by_sql, statements=page.statements),
    ]
    return Contest(page.title, runners, runners[2])


def _in_turn(page: Page, client: int) -> Iterator[Any]:
    """What is asked for, again and again; each client begins elsewhere."""
    return cycle([*page.asked[client:], *page.asked[:client]])
