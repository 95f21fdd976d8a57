"""Are the levels of stock what their movements say? For the platform's own check; the healthy answer is no row."""

from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from marketplace.foundation.db import session


class StockFinding(NamedTuple):
    """A level that is not the sum of its rows: what it says, and what they say."""

    product_id: UUID
    on_hand: Decimal
    moved_on_hand: Decimal
    reserved: Decimal
    moved_reserved: Decimal
    held_back: Decimal
    moved_held_back: Decimal
    kept: Decimal


class PlaceFinding(NamedTuple):
    """A bin, or a batch as a whole (then without a bin), that holds something else than its movements say."""

    product_id: UUID
    bin_id: UUID | None
    batch_id: UUID | None
    on_hand: Decimal
    moved: Decimal


OF_PRODUCTS = """
    select coalesce(l.product_id, m.product_id, r.product_id), coalesce(l.on_hand, 0), coalesce(m.on_hand, 0),
        coalesce(l.reserved, 0), coalesce(m.reserved, 0), coalesce(l.held, 0), coalesce(m.held, 0), coalesce(r.kept, 0)
    from stock_levels l
    full join (
        select product_id, sum(on_hand_change) as on_hand, sum(reserved_change) as reserved, sum(held_change) as held
        from stock_movements group by product_id
    ) m on m.product_id = l.product_id
    full join (
        select product_id, sum(quantity) as kept from stock_reservations where status = 'open' group by product_id
    ) r on r.product_id = coalesce(l.product_id, m.product_id)
    where (coalesce(l.on_hand, 0), coalesce(l.reserved, 0), coalesce(l.held, 0), coalesce(l.reserved, 0))
        <> (coalesce(m.on_hand, 0), coalesce(m.reserved, 0), coalesce(m.held, 0), coalesce(r.kept, 0))
"""
OF_BINS = """
    select coalesce(h.product_id, m.product_id), coalesce(h.bin_id, m.bin_id), coalesce(h.batch_id, m.batch_id),
        coalesce(h.on_hand, 0), coalesce(m.on_hand, 0)
    from stock_holdings h
    full join (
        select product_id, bin_id, batch_id, sum(on_hand_change) as on_hand, sum(held_change) as held
        from stock_movements where bin_id is not null group by product_id, bin_id, batch_id
    ) m on m.product_id = h.product_id and m.bin_id = h.bin_id
        and coalesce(m.batch_id, m.bin_id) = coalesce(h.batch_id, h.bin_id)
    where (coalesce(h.on_hand, 0), coalesce(h.held, 0)) <> (coalesce(m.on_hand, 0), coalesce(m.held, 0))
"""
OF_BATCHES = """
    select b.product_id, null::uuid, b.id, b.on_hand, coalesce(m.on_hand, 0)
    from stock_batches b
    left join (
        select batch_id, sum(on_hand_change) as on_hand from stock_movements
        where batch_id is not null group by batch_id
    ) m on m.batch_id = b.id
    where b.on_hand <> coalesce(m.on_hand, 0)
"""


def stock_findings() -> list[StockFinding]:
    """Every product whose level disagrees with its movements or its open reservations."""
    return [StockFinding(*row) for row in session().execute(text(OF_PRODUCTS))]


def place_findings() -> list[PlaceFinding]:
    """Every bin and every batch that disagrees with its movements."""
    questions = (OF_BINS, OF_BATCHES)
    return [PlaceFinding(*row) for question in questions for row in session().execute(text(question))]
