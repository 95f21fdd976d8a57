"""Do the goods that are fetched most lie where one comes by first?

From the shipments of the last three months: how often somebody walked to each place. Where goods that are seldom
fetched lie before goods that often are, the two are proposed to change places.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from marketplace.foundation import clock
from marketplace.foundation.db import session

PERIOD = timedelta(days=90)
MOST, COMPARED, COSTLY = 10, 200, 30


class Spot(NamedTuple):
    """A place along the way through a warehouse (the first is 1), what lies there, and how often it was fetched."""

    place: int
    bin_id: UUID
    bin: str
    product_id: UUID
    sku: str
    name: str
    fetched: int

    @property
    def passed(self) -> int:
        """How many places were passed in all, from the first to this one at each fetch."""
        return self.place * self.fetched


class Swap(NamedTuple):
    """Two goods that had better change places; `saved` is how many places fewer one would have walked."""

    near: Spot
    far: Spot
    saved: int


SPOTS = text("""
    select dense_rank() over (order by b.path, b.id), b.id, b.code, p.id, p.sku, p.name, coalesce(max(m.fetched), 0)
    from bins b join stock_holdings h on h.bin_id = b.id and h.on_hand > 0 join products p on p.id = h.product_id
    left join (
        select product_id, bin_id, count(distinct cause_id) as fetched from stock_movements
        where kind = 'shipment' and moved_at >= :since group by product_id, bin_id
    ) m on m.product_id = p.id and m.bin_id = b.id
    where b.warehouse_id = :warehouse and not b.is_goods_in
    group by b.id, p.id order by 1, p.sku
""")


def since() -> date:
    """The first day of the three months."""
    return clock.today() - PERIOD


def spots_of(warehouse_id: UUID) -> list[Spot]:
    """What lies where in a warehouse of one's own, along the way; what is still at goods-in has no place yet."""
    values = {"warehouse": warehouse_id, "since": clock.beginning_of(since())}
    return [Spot(*row) for row in session().execute(SPOTS, values)]


def walked(spots: Sequence[Spot]) -> int:
    """How many places were passed in all, counting each fetch from the door to its place."""
    return sum(spot.passed for spot in spots)


def costly(spots: Sequence[Spot]) -> list[Spot]:
    """The places that most of the way was for."""
    return sorted((spot for spot in spots if spot.fetched), key=lambda spot: -spot.passed)[:COSTLY]


def swaps(spots: Sequence[Spot]) -> list[Swap]:
    """The changes of place that save most, the best first; each place is in one of them at most."""
    often = sorted(spots, key=lambda spot: (-spot.fetched, -spot.place))[:COMPARED]
    seldom = sorted(spots, key=lambda spot: (spot.fetched, spot.place))[:COMPARED]
    found, used = [], set[int]()
    for swap in sorted(_gains(often, seldom), key=lambda swap: -swap.saved):
        if used.isdisjoint({swap.near.place, swap.far.place}):
            found.append(swap)
            used |= {swap.near.place, swap.far.place}
    return found[:MOST]


def _gains(often: Sequence[Spot], seldom: Sequence[Spot]) -> Iterator[Swap]:
    """Every change of place between these that saves something."""
    for far in often:
        for near in seldom:
            if near.place < far.place and near.fetched < far.fetched:
                yield Swap(near, far, (far.place - near.place) * (far.fetched - near.fetched))
