"""Which products move most?

ABC classes: ranked by what was shipped of them in a year, at today's price, those that make the first 80 % of the value
are A, those up to 95 % are B, all others C. Values in different currencies are ranked apart.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import text

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.paging import SIZE, Page
from marketplace.foundation.tenancy import current_actor

PERIOD = timedelta(days=365)
CLASSES = (("A", Decimal("0.80")), ("B", Decimal("0.95")), ("C", Decimal("1.00")))


class Turnover(NamedTuple):
    """How much of a product was shipped in the period, and how often; `before` is the share of all ranked above it."""

    place: int
    product_id: UUID
    sku: str
    name: str
    unit_code: str
    quantity: Decimal
    shipments: int
    value: Decimal
    currency: str
    before: Decimal

    @property
    def letter(self) -> str:
        """Its class."""
        if not self.value:
            return CLASSES[-1][0]
        return next(letter for letter, upto in CLASSES if self.before < upto)


RANKED = """
    select row_number() over (order by r.value desc, r.sku) as place, r.id, r.sku, r.name, r.unit_code, r.quantity,
        r.shipments, r.value, r.currency,
        coalesce((sum(r.value) over (partition by r.currency order by r.value desc, r.sku) - r.value)
            / nullif(sum(r.value) over (partition by r.currency), 0), 0) as before
    from (
        select p.id, p.sku, p.name, p.unit_code, p.price_currency as currency, coalesce(m.quantity, 0) as quantity,
            coalesce(m.shipments, 0) as shipments, coalesce(m.quantity, 0) * p.price_amount as value
        from products p left join (
            select product_id, -sum(on_hand_change) as quantity, count(distinct cause_id) as shipments
            from stock_movements
            where organisation_id = :here and kind = 'shipment' and moved_at >= :since group by product_id
        ) m on m.product_id = p.id
        where p.organisation_id = :here and p.is_stocked
    ) r
"""
ONE_PAGE = text(f"select * from ({RANKED}) ranked where place > :after order by place limit :size")
ALL = text(RANKED)


def since() -> date:
    """The first day of the period."""
    return clock.today() - PERIOD


def turnover() -> Page[Turnover]:
    """One page of one's own stocked products, what moves most first."""
    asked = request.args.get("after", type=int) if has_request_context() else None
    values = {"after": asked or 0, "size": SIZE + 1, **_period()}
    rows = [Turnover(*row) for row in session().execute(ONE_PAGE, values)]
    return Page(rows[:SIZE], after=str(rows[SIZE - 1].place) if len(rows) > SIZE else None)


def products_of_class(letter: str) -> set[UUID]:
    """One's own products of that class."""
    rows = (Turnover(*row) for row in session().execute(ALL, _period()))
    return {row.product_id for row in rows if row.letter == letter}


def _period() -> dict[str, object]:
    return {"here": current_actor().organisation, "since": clock.beginning_of(since())}
