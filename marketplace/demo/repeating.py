"""What do people of the demo need again and again? One thing still runs, one is paused, one is over."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from marketplace.buyers.requisitions.actions import add_to_cart, remove_line
from marketplace.buyers.requisitions.queries import lines_of
from marketplace.buyers.schedules.actions import begin_standing, pause_standing, skip_day
from marketplace.buyers.schedules.jobs import call_off_where_due
from marketplace.buyers.schedules.models import StandingRun
from marketplace.buyers.schedules.queries import days_ahead
from marketplace.buyers.schedules.recurrence import Frequency, Pattern
from marketplace.demo.course import Course
from marketplace.demo.trade import Trade
from marketplace.demo.world import BuyingFirm, SellingFirm, World, at_work
from marketplace.foundation import clock
from marketplace.foundation.db import session

EVENING = 20.2


class Need(NamedTuple):
    """Begun so many days before the end of the year; paused so many days before it, or with its second day skipped."""

    begun: int
    title: str
    pattern: Pattern
    ware: int
    paused: int = 0
    is_second_skipped: bool = False


NEEDS = (
    Need(62, "Consommables de l'atelier", Pattern(Frequency.WEEKLY, 2, ("TU",), times=40), 0),
    Need(
        55,
        "Fournitures du magasin",
        Pattern(Frequency.MONTH_WEEKDAY, 1, ("MO",), nth=1, times=18),
        1,
        paused=9,
    ),
    Need(
        48,
        "Chantier de Villeurbanne",
        Pattern(Frequency.WEEKLY, 1, ("TH",), times=4),
        2,
        is_second_skipped=True,
    ),
)


def plan_repeating(world: World, end: datetime, buyer: BuyingFirm, seller: SellingFirm) -> None:
    """Plan the three, and the evenings on which what is due is made and ordered."""
    for need in NEEDS:
        world.plan(end - timedelta(days=need.begun), _begin, world, end, buyer, seller, need)
    first = (end - timedelta(days=NEEDS[0].begun)).replace(hour=0, minute=0)
    for days in range(NEEDS[0].begun):
        world.plan(first + timedelta(days=days, hours=EVENING), _make_what_is_due, world, buyer)


def _begin(world: World, end: datetime, buyer: BuyingFirm, seller: SellingFirm, need: Need) -> None:
    """Out of a cart, which is empty again then."""
    ware = seller.goods[need.ware]
    with at_work(buyer.actors["requester"]):
        cart_id = add_to_cart(product_id=ware.product_id, quantity=Decimal(ware.pack)).requisition_id
        lines = lines_of(cart_id)
        begun = begin_standing(
            lines=lines,
            title=need.title,
            cost_centre_id=buyer.centres[0],
            site_id=buyer.sites[0],
            pattern=need.pattern,
            starts_on=clock.today(),
            lead_days=6,
            price_bound=Decimal(8),
            note=None,
        )
        for line in lines:
            remove_line(line_id=line.id)
        if need.is_second_skipped:
            _, second, *_rest = days_ahead(begun)
            skip_day(standing_id=begun.id, day=second.on)
    if need.paused:
        world.plan(end - timedelta(days=need.paused), _pause, buyer, begun.id)


def _pause(buyer: BuyingFirm, standing_id: UUID) -> None:
    with at_work(buyer.actors["procurement_lead"]):
        pause_standing(standing_id=standing_id, reason="Inventaire : rien avant le mois prochain.")


def _make_what_is_due(world: World, buyer: BuyingFirm) -> None:
    """What the schedule does each minute; what was made then goes the way of every requisition."""
    call_off_where_due()
    with at_work(buyer.actors["requester"]):
        today = select(StandingRun).where(StandingRun.noted_at == clock.now())
        made = [run.requisition_id for run in session().scalars(today) if run.requisition_id]
    for requisition_id in made:
        Trade(world, buyer, "requester", (), Course()).follow(requisition_id)
