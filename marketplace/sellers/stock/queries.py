"""What can be asked about stock?"""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Row, func, or_, select, text

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.paging import Page, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.people.models import Person
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock.lifecycle import ReservationState
from marketplace.sellers.stock.models import Reservation, StockLevel, StockMovement


def available(product_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What can be ordered of each now, in the product's unit, in one statement.

    Products that are not stocked, or that this actor may not see, are left out.
    """
    rows = session().execute(
        text("select product_id, quantity from doors.available_stock(cast(:ids as uuid[]), :moment)"),
        {"ids": list(product_ids), "moment": clock.now()},
    )
    return {row.product_id: row.quantity for row in rows}


class StockFinding(NamedTuple):
    """A level that is not the sum of its rows: what it says, and what they say."""

    product_id: UUID
    on_hand: Decimal
    moved_on_hand: Decimal
    reserved: Decimal
    moved_reserved: Decimal
    held: Decimal


def stock_findings() -> list[StockFinding]:
    """Every level that disagrees with its movements or its open reservations; for the platform's own check."""
    rows = session().execute(
        text(
            "select coalesce(l.product_id, m.product_id, r.product_id), coalesce(l.on_hand, 0),"
            " coalesce(m.on_hand, 0), coalesce(l.reserved, 0), coalesce(m.reserved, 0), coalesce(r.held, 0)"
            " from stock_levels l"
            " full join (select product_id, sum(on_hand_change) as on_hand, sum(reserved_change) as reserved"
            "   from stock_movements group by product_id) m on m.product_id = l.product_id"
            " full join (select product_id, sum(quantity) as held from stock_reservations"
            "   where status = 'open' group by product_id) r on r.product_id = coalesce(l.product_id, m.product_id)"
            " where coalesce(l.on_hand, 0) <> coalesce(m.on_hand, 0)"
            " or coalesce(l.reserved, 0) <> coalesce(m.reserved, 0)"
            " or coalesce(l.reserved, 0) <> coalesce(r.held, 0)"
        )
    )
    return [StockFinding(*row) for row in rows]
