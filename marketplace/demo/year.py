"""What happens in a year of the demo market? People need things, time limits run out, months are scored."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from marketplace.billing.payments.sweeps import poll_open_attempts
from marketplace.buyers.approvals.jobs import escalate_overdue, lapse_questions, remind_where_due
from marketplace.buyers.requisitions.jobs import expire_holds
from marketplace.demo.agreeing import plan_agreements
from marketplace.demo.course import drawn
from marketplace.demo.desks import plan_desks
from marketplace.demo.paying import let_banks_take
from marketplace.demo.policing import plan_policies
from marketplace.demo.scenes import plan_scenes
from marketplace.demo.trade import Trade, wanted
from marketplace.demo.world import BuyingFirm, SellingFirm, World
from marketplace.disputes.cases.jobs import run_clocks
from marketplace.foundation import clock
from marketplace.sellers.catalogue.jobs import turn_offers
from marketplace.sellers.scorecards.actions import last_complete_month
from marketplace.sellers.scorecards.jobs import draw_up_for
from marketplace.sellers.stock.jobs import expire_reservations

CLOCKS = (
    expire_reservations,
    expire_holds,
    lapse_questions,
    remind_where_due,
    escalate_overdue,
    run_clocks,
)
A_DEBIT = 3
"""Days between two looks at what banks have done."""
SLOW_BANKS = 3
"""Days: a debit of the year's last days is still under way when a visitor comes."""


def plan_year(world: World, *, start: datetime, end: datetime, orders: int) -> None:
    """Plan a year of needs spread over the working days, everything that is to be seen, and the clocks."""
    plan_agreements(world, end)
    plan_policies(world, start=start, end=end)
    for number in range(orders):
        moment = start + (end - start) * ((number + 0.5) / orders)
        hour = timedelta(hours=world.chance.uniform(-4, 4))
        world.plan(_working(moment) + hour, need, world, number)
    plan_scenes(world, end)
    plan_desks(world, end)
    for days in range((end - start).days):
        evening = start + timedelta(days=days, hours=20)
        world.plan(evening, turn_offers)
        if clock.is_working_day(evening.date()):
            world.plan(evening, run_the_clocks)
        if days % A_DEBIT == 0:
            world.plan(evening, poll_open_attempts)
    for months in range(12):
        first = (end.replace(day=1, hour=5) - timedelta(days=30 * months)).replace(day=1)
        if start < first <= end:
            world.plan(first, evaluate, world)
    world.plan(end - timedelta(days=2), let_banks_take, SLOW_BANKS)


def need(world: World, number: int) -> None:
    """One of the groups needs something of one or two suppliers; how that goes, chance decides."""
    buyer = world.buyers[number % len(world.buyers)]
    sellers = _asked(world, buyer, number // len(world.buyers))
    course = drawn(world.chance, sellers[0].manner)
    chosen: list[tuple[UUID, Decimal]] = []
    for seller in sellers:
        chosen += wanted(world.chance, seller, course.worth // len(sellers), world.chance.randint(1, 3))
    requester = "requester" if number % 2 else "requester 2"
    Trade(world, buyer, requester, tuple(chosen), course).begin()


def run_the_clocks() -> None:
    """What the schedule does all day long is done once a working day, for hardly a time limit ends on another one."""
    for run in CLOCKS:
        run()


def evaluate(world: World) -> None:
    """At the beginning of a month, the scorecards of the last one are drawn up."""
    for buyer in world.buyers:
        draw_up_for(buyer.id, last_complete_month())


def _asked(world: World, buyer: BuyingFirm, turn: int) -> list[SellingFirm]:
    """Suppliers of a kind of goods that the buyer needs, each kind in its turn; of whatever kind where none is."""
    kind = buyer.needs[turn % len(buyer.needs)]
    everybody = list(world.sellers.values())
    of_kind = [seller for seller in everybody if seller.manner.kind == kind] or everybody
    return world.chance.sample(of_kind, k=1 if world.chance.random() < 0.75 else 2)


def _working(moment: datetime) -> datetime:
    """That day at ten, or the next working day."""
    day = moment.replace(hour=10, minute=0, second=0, microsecond=0)
    while not clock.is_working_day(day.date()):
        day += timedelta(days=1)
    return day
