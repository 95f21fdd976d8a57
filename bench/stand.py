"""Where are the races run? A filled database, its buyers, and the portal and bare Flask on their ports."""

from collections import deque
from collections.abc import Sequence
from uuid import UUID

import psycopg
from flask import Flask
from flask.testing import FlaskClient

from bench.clients import SoldOut, Visitor
from bench.evidence import browser_of
from bench.market import PASSWORD, Buyer
from bench.requisitions import copies

READY = 250
"""How many approved requisitions each buyer has when a round begins."""
SAMPLE = 500
"""Products that are looked at in turn."""


class Stand:
    """Everything that a race needs; clients share the buyers, and each buyer has signed in once."""

    def __init__(self, url: str, buyers: Sequence[Buyer], app: Flask, ports: tuple[int, int]) -> None:
        self.url, self._buyers, self._app = url, buyers, app
        self.portal, self.ceiling = ports
        self._baskets = [Basket(url, buyer) for buyer in buyers]
        self._signed_in = [Visitor(self.portal) for _ in buyers]
        for visitor, buyer in zip(self._signed_in, buyers, strict=True):
            visitor.sign_in(buyer.email, PASSWORD)

    def visitor(self, client: int) -> Visitor:
        """A browser of that client, signed in to the portal."""
        return Visitor(self.portal, self._signed_in[client % len(self._buyers)])

    def buyer_id(self, client: int) -> UUID:
        """The organisation for which that client acts."""
        return self._buyers[client % len(self._buyers)].requester.organisation

    def basket(self, client: int) -> "Basket":
        """The requisitions that are that client's to order."""
        return self._baskets[client % len(self._buyers)]

    def fill_baskets(self) -> None:
        """Have enough for a round."""
        for basket in self._baskets:
            basket.fill()

    def browser(self) -> FlaskClient:
        """A browser of the first client whose portal is in this process, where its statements can be counted."""
        return browser_of(self._app, self._buyers[0])

    def some_products(self) -> list[UUID]:
        """Any of them, the same ones whenever asked."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT id FROM products ORDER BY md5(id::text) LIMIT %s", [SAMPLE])
            return [row[0] for row in found.fetchall()]


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
