"""What can be done with stock?

Every change goes through a door of the database (migration 0013), which takes a whole order's lines in one
statement, all or none of them, and decides by itself whether the organisation that knocks may do so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import LazyString
from psycopg import Error as PostgresError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.constraints import constraint_of, explain
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import Conflict
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.presentation import write_number
from marketplace.foundation.quantity import checked_quantity
from marketplace.sellers.catalogue.models import Product

explain("stock_product", _l("One of these products cannot be reserved or booked by you."))
explain("stock_quantity", _l("This is no quantity that can be booked."), field="quantity")


@dataclass(frozen=True)
class StockLine:
    """So much of one product, in the product's own unit."""

    product_id: UUID
    quantity: Decimal


class StockRefusal(Conflict):
    """Stock does not allow this because of one product, which the sentence names."""

    beside: ClassVar[str] = "quantity"

    def __init__(self, message: object, *, product: dict[str, Any]) -> None:
        super().__init__(message, field=self.beside)
        self.product_id = UUID(product["product_id"])
        self.available = Decimal(str(product["available"]))


class OutOfStock(StockRefusal):
    """Less of a product is available than is wanted; nothing was reserved or shipped."""


class ReservationLost(StockRefusal):
    """A product is no longer reserved: its time ran out, or it was released."""


class StillPromised(StockRefusal):
    """A count is lower than what buyers have been promised."""

    beside = "counted"


def receive_stock(*, product_id: UUID, quantity: Decimal, reason: str = "", is_return: bool = False) -> None:
    """Book goods into one's own warehouse: from production or purchase, or back from a buyer.

    Raises NotFound, WrongQuantity.
    """
    checked_quantity(quantity, _unit_of(product_id))
    _knock(
        "receive_stock(:product, :quantity, :is_return, :reason, :moment)",
        product=product_id,
        quantity=quantity,
        is_return=is_return,
        reason=reason or "",
    )


def count_stock(*, product_id: UUID, counted: Decimal, reason: str) -> None:
    """Write what was counted; the difference becomes an adjustment with its reason.

    Raises NotFound, WrongQuantity, StillPromised.
    """
    if counted:
        checked_quantity(counted, _unit_of(product_id), field="counted")
    _count({product_id: counted}, reason=reason, is_file=False)


def count_from_file(*, counts: Mapping[UUID, Decimal], reason: str) -> None:
    """Write what a file says lies in one's own warehouse, by product, in one statement.

    Where it says less than buyers are promised, the level goes down to what is promised, and the movement says so.
    """
    _count(counts, reason=reason, is_file=True)


def shelve_stock(*, product_id: UUID, bin: str | None) -> None:
    """Write in which bin a product of one's own lies; pick lists follow the order of the bins."""
    _knock("shelve_stock(:product, :bin)", product=product_id, bin=bin or "")


def reserve_stock(*, holder_id: UUID, lines: Sequence[StockLine], expires_at: datetime | None) -> None:
    """Keep goods for the actor's document `holder_id`, all lines or none; what has expired is free again.

    Products that are not stocked pass through. Raises OutOfStock, which names the product.
    """
    _knock(
        "reserve_stock(:holder, :products, :quantities, :expires_at, :moment)",
        holder=holder_id,
        expires_at=expires_at,
        **_arrays(lines),
    )


def change_reservation(*, holder_id: UUID, lines: Sequence[StockLine]) -> None:
    """Keep exactly these from now on, as the buyer has agreed; products left out are let go. Raises OutOfStock."""
    _knock("change_reservation(:holder, :products, :quantities, :moment)", holder=holder_id, **_arrays(lines))


def hand_over_reservation(*, holder_id: UUID, new_holder_id: UUID, product_ids: Sequence[UUID]) -> None:
    """Keep these products for another document of the same buyer: the order instead of its requisition.

    From then on they do not expire. Raises ReservationLost for a product that is no longer kept.
    """
    _knock(
        "hand_over_reservation(:holder, :new_holder, :products)",
        holder=holder_id,
        new_holder=new_holder_id,
        products=list(product_ids),
    )


def release_reservation(*, holder_id: UUID) -> None:
    """Let go of all that is kept for the document: as its buyer, or as the seller of what was ordered."""
    _knock("release_reservation(:holder, :moment)", holder=holder_id)


def consume_reservation(*, holder_id: UUID, lines: Sequence[StockLine], reason: str = "") -> None:
    """Take what is shipped off one's own shelves; what was not reserved for the document comes from what is free.

    Raises OutOfStock, or ReservationLost where the buyer has let go of it.
    """
    _knock(
        "consume_reservation(:holder, :products, :quantities, :reason, :moment)",
        holder=holder_id,
        reason=reason,
        **_arrays(lines),
    )


def _count(counts: Mapping[UUID, Decimal], *, reason: str, is_file: bool) -> None:
    _knock(
        "count_stock(:products, :quantities, :is_file, :reason, :moment)",
        products=list(counts),
        quantities=list(counts.values()),
        is_file=is_file,
        reason=reason,
    )


def _unit_of(product_id: UUID) -> str:
    return fetch(Product, product_id).unit_code


def _arrays(lines: Sequence[StockLine]) -> dict[str, Any]:
    return {
        "products": [line.product_id for line in lines],
        "quantities": [line.quantity for line in lines],
    }


def _knock(door: str, **arguments: Any) -> None:
    for name, kind in KINDS.items():
        door = door.replace(f":{name}", f"cast(:{name} as {kind})")
    try:
        session().execute(text(f"select doors.{door}"), {**arguments, "moment": clock.now()})
    except IntegrityError as error:
        refuse = REFUSALS.get(constraint_of(error))
        if refuse is None:
            raise
        raise refuse(json.loads(_detail(error))) from None


def _detail(error: IntegrityError) -> str:
    return str(error.orig.diag.message_detail) if isinstance(error.orig, PostgresError) else "{}"


KINDS = {"products": "uuid[]", "quantities": "numeric[]", "expires_at": "timestamptz"}


def _out_of_stock(product: dict[str, Any]) -> StockRefusal:
    sentence = _l("Only %(available)s of “%(name)s” (%(sku)s) can be had now.", **_figures(product))
    return OutOfStock(sentence, product=product)


def _reservation_lost(product: dict[str, Any]) -> StockRefusal:
    sentence = _l("“%(name)s” (%(sku)s) is no longer reserved.", **_figures(product))
    return ReservationLost(sentence, product=product)


def _still_promised(product: dict[str, Any]) -> StockRefusal:
    sentence = _l(
        "%(reserved)s of “%(name)s” (%(sku)s) are promised to buyers: the count cannot be lower.",
        **_figures(product),
    )
    return StillPromised(sentence, product=product)


def _figures(product: dict[str, Any]) -> dict[str, Any]:
    return {
        **product,
        "available": LazyString(write_number, Decimal(str(product["available"]))),
        "reserved": LazyString(write_number, Decimal(str(product["reserved"]))),
    }


REFUSALS = {
    "stock_is_short": _out_of_stock,
    "stock_reservation_lost": _reservation_lost,
    "stock_is_promised": _still_promised,
}
