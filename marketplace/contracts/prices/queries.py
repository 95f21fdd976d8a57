"""What do products cost a buyer?

One door of the database (migration 0086) finds every price that is stated, decides which wins and says why, for any
number of products and quantities in one statement.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from marketplace.contracts.prices.pricing import Price, Wanted
from marketplace.foundation.db import session
from marketplace.foundation.money import Money

ARGUMENTS = "cast(:products AS uuid[]), cast(:quantities AS numeric[]), cast(:buyer_id AS uuid), :day"
PRICES = text(
    "SELECT product_id, quantity, currency, unit_price, agreement_id, agreement_line_id, tree"
    f" FROM doors.prices({ARGUMENTS})"
)
BREAKS = text(f"SELECT place, quantity FROM doors.price_breaks({ARGUMENTS}) ORDER BY place, quantity")


def price_table(*, buyer_id: UUID, wanted: Sequence[Wanted], on: date) -> list[Price]:
    """What `buyer_id` pays on that day for each of `wanted`, in their order; one statement.

    A product that this actor may not see has no price and is left out.
    """
    if not wanted:
        return []
    rows = session().execute(PRICES, _arguments(buyer_id, wanted, on))
    return [
        Price(
            product_id=row.product_id,
            quantity=row.quantity,
            unit_price=Money(row.unit_price, row.currency),
            agreement_id=row.agreement_id,
            agreement_line_id=row.agreement_line_id,
            tree=row.tree,
        )
        for row in rows
    ]


def prices(*, buyer_id: UUID, wanted: Sequence[Wanted], on: date) -> dict[UUID, Price]:
    """The same by product, where each is wanted once."""
    return {price.product_id: price for price in price_table(buyer_id=buyer_id, wanted=wanted, on=on)}


def quantity_prices(*, buyer_id: UUID, wanted: Sequence[Wanted], on: date) -> dict[UUID, list[Price]]:
    """By product, what it costs from each quantity on at which the price of a unit may change; two statements."""
    steps = session().execute(BREAKS, _arguments(buyer_id, wanted, on)).all() if wanted else []
    asked = [Wanted(wanted[row.place - 1].product_id, row.quantity) for row in steps]
    found: dict[UUID, list[Price]] = defaultdict(list)
    for price in price_table(buyer_id=buyer_id, wanted=asked, on=on):
        found[price.product_id].append(price)
    return found


def cheaper_from(price: Price, steps: Mapping[UUID, Sequence[Price]]) -> Price | None:
    """The smallest larger quantity that costs less in total than the one that is priced; None where there is none."""
    larger = (step for step in steps.get(price.product_id, ()) if step.quantity > price.quantity)
    return next((step for step in larger if step.line_total < price.line_total), None)


def _arguments(buyer_id: UUID, wanted: Sequence[Wanted], on: date) -> dict[str, object]:
    return {
        "products": [item.product_id for item in wanted],
        "quantities": [Decimal(item.quantity) for item in wanted],
        "buyer_id": buyer_id,
        "day": on,
    }
