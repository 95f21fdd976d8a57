"""How does a test come by completed lines and scorecards?"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.foundation import clock
from marketplace.foundation.db import new_id
from marketplace.sellers.scorecards.actions import last_complete_month, record_facts
from marketplace.sellers.scorecards.jobs import draw_up_for
from tests.cast import Cast, Party


def a_fact(buyer: Party, seller: Party, **others: Any) -> UUID:
    """One completed order line of last month, on time and in full unless said otherwise; its order line's id."""
    day: date = clock.today().replace(day=1) - timedelta(days=3)
    fact = {
        "buyer_id": buyer.id,
        "seller_id": seller.id,
        "order_line_id": new_id(),
        "order_id": None,
        "order_number": "OLD-1",
        "article": "Vis M8",
        "ordered": Decimal(10),
        "accepted": Decimal(10),
        "damaged": Decimal(0),
        "promised_on": day,
        "completed_on": day,
        "confirmed_after_hours": Decimal(3),
        **others,
    }
    with buyer.automatically():
        record_facts([fact])
    return UUID(str(fact["order_line_id"]))


def some_scorecards(market: Cast, buyer: Party, seller: Party, *, lines: int = 6) -> str:
    """Last month's scorecard of that seller, drawn up and rendered; the month."""
    for _ in range(lines):
        a_fact(buyer, seller)
    draw_up_for(buyer.id, last_complete_month())
    market.run_jobs()
    return last_complete_month()
