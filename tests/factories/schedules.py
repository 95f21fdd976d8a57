"""Who needs something again and again in a test?"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.buyers.requisitions.actions import remove_line
from marketplace.buyers.requisitions.queries import lines_of
from marketplace.buyers.schedules.actions import begin_standing
from marketplace.buyers.schedules.jobs import call_off_where_due
from marketplace.buyers.schedules.models import StandingRun
from marketplace.buyers.schedules.recurrence import Frequency, Pattern
from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from tests.cast import Cast, Party
from tests.factories.requisitions import Wanted, a_cart

TUESDAYS = Pattern(Frequency.WEEKLY, weekdays=("TU",), times=20)


def a_standing(
    party: Party,
    wanted: Wanted,
    *,
    pattern: Pattern = TUESDAYS,
    cost_centre_id: UUID | None = None,
    role: str = "requester",
    lead_days: int = 2,
    price_bound: Decimal | None = None,
    **others: Any,
) -> UUID:
    """What a colleague puts into the cart, from today on, again and again; its id. The cart is empty then."""
    cart = a_cart(party, wanted, cost_centre_id=cost_centre_id, role=role)
    assert cart.cost_centre_id is not None
    said = {
        "title": "Gloves",
        "site_id": party.sites[0],
        "note": "For the workshop",
        "starts_on": clock.today(),
    }
    with party.at_work(role):
        lines = lines_of(cart.id)
        begun = begin_standing(
            lines=lines,
            pattern=pattern,
            cost_centre_id=cart.cost_centre_id,
            lead_days=lead_days,
            price_bound=price_bound,
            **{**said, **others},
        )
        for line in lines:
            remove_line(line_id=line.id)
        return begun.id


def swept(market: Cast, *, on: date) -> int:
    """Do on that day, at noon, what the schedule does; of how many something was due."""
    with clock_at(datetime.combine(on, datetime.min.time(), tzinfo=clock.now().tzinfo) + timedelta(hours=11)):
        done = call_off_where_due()
        market.run_jobs()
    return done


def runs(party: Party, standing_id: UUID) -> dict[date, str]:
    """What became of each day."""
    with party.automatically() as work:
        kept = select(StandingRun).where(StandingRun.standing_id == standing_id).order_by(StandingRun.day)
        return {run.day: str(run.outcome) for run in work.scalars(kept)}
