"""What can be promised, and from which day on?

The seller says how much of it a buyer is told; of its own goods it is told everything.
"""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.sellers.stock.lifecycle import ArrivalState
from marketplace.sellers.stock.models import Arrival, StockPolicy


class Promise(NamedTuple):
    """What is told of so much of a product: how much there is now, whether it suffices, and from when on it will.

    What the seller does not tell is None; so is `from_on` where nothing that is expected suffices.
    """

    product_id: UUID
    quantity: Decimal | None
    is_now: bool | None
    from_on: date | None


class Outlook(NamedTuple):
    """So much can be promised from that day on."""

    from_on: date
    quantity: Decimal


PROMISED = text(
    "select product_id, quantity, is_now, from_on from doors.promised_stock("
    "cast(:ids as uuid[]), cast(:amounts as numeric[]), :moment, :today)"
)
OUTLOOK = text("select from_on, quantity from doors.stock_outlook(:product, :moment, :today)")


def promises(wanted: Mapping[UUID, Decimal]) -> dict[UUID, Promise]:
    """What is told of these quantities by product, in the product's unit, in one statement.

    Products that are not stocked, or that this actor may not see, are left out.
    """
    asked = {"ids": list(wanted), "amounts": list(wanted.values())}
    rows = session().execute(PROMISED, {**asked, "moment": clock.now(), "today": clock.today()})
    return {row.product_id: Promise(*row) for row in rows}


def available(product_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """How much of each can be ordered now, where that is told, in one statement."""
    told = promises(dict.fromkeys(product_ids, Decimal(1)))
    return {row.product_id: row.quantity for row in told.values() if row.quantity is not None}


def outlook(product_id: UUID) -> list[Outlook]:
    """How much of a product of one's own can be promised, day by day where that changes."""
    asked = {"product": product_id, "moment": clock.now(), "today": clock.today()}
    return [Outlook(*row) for row in session().execute(OUTLOOK, asked)]


def expected(product_id: UUID) -> list[Arrival]:
    """What is still expected of a product, by its day."""
    coming = select(Arrival).where(Arrival.product_id == product_id, Arrival.status == ArrivalState.EXPECTED)
    return list(session().scalars(coming.order_by(Arrival.expected_on, Arrival.id)))


def stock_policy() -> StockPolicy | None:
    """What the actor's organisation tells of its stock; None: it has not said."""
    return session().scalars(select(StockPolicy)).one_or_none()
