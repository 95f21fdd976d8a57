"""How does one knock at the doors of stock, and what does it mean when they refuse?

Every change of stock goes through a door of the database (migrations 0013, 0081 and 0083), which takes a whole
order's lines in one statement, all or none of them, and decides by itself whether the organisation that knocks may
do so.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from marketplace.foundation.db import session
from marketplace.foundation.errors import Conflict
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.presentation import write_number

explain("stock_product", _l("One of these products cannot be reserved or booked by you."))
explain("stock_is_kept", _l("These goods are kept for a requisition or an order that still needs them."))
explain("stock_quantity", _l("This is no quantity that can be booked."), field="quantity")
explain("stock_bin_closed", _l("There is no such bin, or it is closed."), field="bin")
explain("stock_lies_there", _l("It lies there already."), field="bin")
explain(
    "stock_number_is_missing",
    _l("This product bears batch or serial numbers: say which ones these are."),
    field="numbers",
)
explain(
    "stock_bears_no_number",
    _l("No numbers are kept of this product; they can be while none of it is on hand."),
    field="numbers",
)
explain("stock_batch_expiry", _l("This batch is known with another expiry date."), field="expires_on")
explain("stock_in_several_places", _l("It lies in several places: count one of them at a time."))
explain(
    "stock_is_on_hand",
    _l("While some of it is on hand this stays: nobody has written down the numbers of what lies there."),
    field="tracking",
)
explain(
    "stock_count_unapproved",
    _l("This difference is worth more than your limit: count it on a sheet, which a second person approves."),
)
explain("ck_stock_holdings_holds_what_is_there", _l("Less than that lies there now. Please count again."))


class StockRefusal(Conflict):
    """Stock does not allow this because of one product, which the sentence names."""

    beside: ClassVar[str] = "quantity"

    def __init__(self, message: object, *, product: dict[str, Any]) -> None:
        super().__init__(message, field=self.beside)
        self.product_id = UUID(product["product_id"])
        known = product["available"]
        self.available = None if known is None else Decimal(str(known))


class OutOfStock(StockRefusal):
    """Less of a product is available than is wanted; nothing was reserved or shipped."""


class NotThere(StockRefusal):
    """Less of a product lies in that bin, or of that batch, than is to be taken from there."""


class ReservationLost(StockRefusal):
    """A product is no longer reserved: its time ran out, or it was released."""


class StillPromised(StockRefusal):
    """A count is lower than what buyers have been promised."""

    beside = "counted"


LISTS = {
    "ids": "uuid[]",
    "amounts": "numeric[]",
    "counts": "numeric[]",
    "changes": "numeric[]",
    "bins": "uuid[]",
    "lots": "uuid[]",
    "numbers": "text[]",
    "expiries": "date[]",
}


def knock(door: str, **arguments: Any) -> None:
    """Let that door do what its arguments, by name, say. Raises a StockRefusal, or IntegrityError."""
    given = ", ".join(f"{name} => {_cast(name)}" for name in arguments)
    with naming_the_product():
        session().execute(text(f"select doors.{door}({given})"), arguments)


@contextmanager
def naming_the_product() -> Iterator[None]:
    """A refusal of the doors inside that is about one product says so. Raises a StockRefusal, or IntegrityError."""
    try:
        yield
    except IntegrityError as error:
        refuse = REFUSALS.get(constraint_of(error))
        if refuse is None:
            raise
        raise refuse(json.loads(_detail(error))) from None


def now() -> dict[str, datetime]:
    """The argument of doors that write down when."""
    return {"moment": clock.now()}


def today() -> dict[str, Any]:
    """The arguments of doors that look at what has expired, too."""
    return {"moment": clock.now(), "today": clock.today()}


def _cast(name: str) -> str:
    return f"cast(:{name} as {LISTS[name]})" if name in LISTS else f":{name}"


def _detail(error: IntegrityError) -> str:
    return str(error.orig.diag.message_detail) if isinstance(error.orig, PostgresError) else "{}"


def _out_of_stock(product: dict[str, Any]) -> StockRefusal:
    if product["available"] is None:
        sentence = _l("There is not enough of “%(name)s” (%(sku)s) now.", **_figures(product))
    else:
        sentence = _l("Only %(available)s of “%(name)s” (%(sku)s) can be had now.", **_figures(product))
    return OutOfStock(sentence, product=product)


def _not_there(product: dict[str, Any]) -> StockRefusal:
    sentence = _l("Less than that of “%(name)s” (%(sku)s) lies there, or may be taken.", **_figures(product))
    return NotThere(sentence, product=product)


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
    figures = {name: product[name] for name in ("available", "reserved") if product[name] is not None}
    return {**product, **{name: LazyString(write_number, Decimal(str(n))) for name, n in figures.items()}}


REFUSALS: dict[str, Callable[[dict[str, Any]], StockRefusal]] = {
    "stock_is_short": _out_of_stock,
    "stock_is_not_there": _not_there,
    "stock_reservation_lost": _reservation_lost,
    "stock_is_promised": _still_promised,
}
