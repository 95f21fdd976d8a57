"""Whom and what does the demo know while it plays? The people as actors, the goods, and the order of events in time."""

import heapq
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from typing import NamedTuple
from uuid import UUID

from marketplace.demo import cast
from marketplace.foundation import clock
from marketplace.foundation.background import run_waiting
from marketplace.foundation.clock import clock_at
from marketplace.foundation.tenancy import Actor
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.permissions import permissions_of

PAPERS = frozenset({"documents"})


@dataclass
class Firm:
    """An organisation of the demo, with its people as actors by role."""

    id: UUID
    name: str
    domain: str
    actors: dict[str, Actor] = field(default_factory=dict)
    sites: list[UUID] = field(default_factory=list)

    def employ(self, person_id: UUID, name: str, roles: tuple[str, ...], side: str) -> None:
        """Let somebody act here; the first of a role keeps it, a second one is `role 2`."""
        actor = Actor(
            organisation_id=self.id,
            person_id=person_id,
            permissions=permissions_of(list(roles)),
            person_name=name,
            organisation_name=self.name,
            side=side,
        )
        for role in roles:
            self.actors[role if role not in self.actors else f"{role} 2"] = actor


@dataclass
class BuyingFirm(Firm):
    """A group that buys; `methods` are what it pays with, by the token of the test card or account."""

    needs: tuple[str, ...] = ()
    centres: list[UUID] = field(default_factory=list)
    methods: dict[str, UUID] = field(default_factory=dict)


class Ware(NamedTuple):
    """A product as the demo knows it: how many are in a pack, and what one costs."""

    product_id: UUID
    sku: str
    pack: int
    price: Decimal


@dataclass
class SellingFirm(Firm):
    """A supplier, with its goods and its manner."""

    manner: cast.Supplier = cast.SUPPLIERS[0]
    goods: list[Ware] = field(default_factory=list)

    @property
    def plenty(self) -> list[Ware]:
        """What is ordered day by day: neither the last two, which are scarce, nor those offered for a time."""
        return self.goods[:-4]

    @property
    def for_a_time(self) -> list[Ware]:
        """Three that have a first or a last day."""
        return self.goods[-4:-1]


@dataclass
class World:
    """All of it, and what is still to happen."""

    chance: random.Random
    operator: Firm
    buyers: list[BuyingFirm] = field(default_factory=list)
    sellers: dict[UUID, SellingFirm] = field(default_factory=dict)
    _ahead: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _ticket: Iterator[int] = field(default_factory=count)

    def plan(self, at: datetime, happening: Callable[..., object], *arguments: object) -> None:
        """Let something happen at that instant."""
        act: Callable[[], object] = partial(happening, *arguments)
        heapq.heappush(self._ahead, (at, next(self._ticket), act))

    def plan_in(self, hours: float, happening: Callable[..., object], *arguments: object) -> None:
        """Let something happen so many hours from now."""
        self.plan(clock.now() + timedelta(hours=hours), happening, *arguments)

    def play(self, until: datetime, report: Callable[[datetime], None]) -> None:
        """Let happen what is planned up to `until`, in its order, each at its own time; news is delivered at once."""
        while self._ahead and self._ahead[0][0] <= until:
            at, _, happening = heapq.heappop(self._ahead)
            with clock_at(at):
                happening()
                settle()
            report(at)


@contextmanager
def at_work(actor: Actor) -> Iterator[None]:
    """A unit of work of that person."""
    with unit_of_work(actor):
        yield


def settle() -> None:
    """Deliver the news and run what it causes, as workers would, but leave the paper to them."""
    while run_waiting(but=PAPERS):
        pass
