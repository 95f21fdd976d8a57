"""How does an empty database become the demo market? A year is played by the domain's own actions, under its clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from marketplace.demo import cast
from marketplace.demo.founding import found_buyer, found_market, found_supplier, open_shop
from marketplace.demo.paying import has_sandbox, open_accounts, quick_banks
from marketplace.demo.storing import plan_storing
from marketplace.demo.world import World, settle
from marketplace.demo.year import plan_year
from marketplace.foundation.background import enqueue, in_this_process, still_waiting
from marketplace.foundation.clock import clock_at
from marketplace.foundation.outbox import deliver_everything

ORDERS = 62
FEWEST_SUPPLIERS = 6
YEAR = timedelta(days=365)
Progress = Callable[[str, int, int], None]


def build_demo(*, seed: int = 1, scale: float = 1.0, progress: Progress) -> None:
    """Play a year that ends now; what is to be printed is left to the workers.

    `scale` is how much of it is left to chance: the suppliers and needs of which there are many. What a visitor must
    be able to see is always there.
    """
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with in_this_process(), quick_banks():
        with clock_at(end - YEAR - timedelta(days=7)):
            world = _found(seed, max(FEWEST_SUPPLIERS, round(len(cast.SUPPLIERS) * min(scale, 1))), progress)
        plan_year(world, start=end - YEAR, end=end, orders=round(ORDERS * scale))
        plan_storing(world, end=end)
        world.play(end, lambda at: progress("Playing a year", (at - end + YEAR).days, YEAR.days))
        deliver_everything()
        papers = still_waiting()
    for job, arguments in papers:
        enqueue(job, **arguments)


def _found(seed: int, suppliers: int, progress: Progress) -> World:
    world = found_market(seed)
    firms = len(cast.BUYERS) + suppliers
    for number, buyer in enumerate(cast.BUYERS, start=1):
        found_buyer(world, buyer)
        progress("Founding the market", number, firms)
    for number, supplier in enumerate(cast.SUPPLIERS[:suppliers], start=1):
        found_supplier(world, supplier, number)
        settle()
        progress("Founding the market", len(cast.BUYERS) + number, firms)
    for seller in world.sellers.values():
        open_shop(seller)
    settle()
    if has_sandbox():
        open_accounts(world)
        settle()
    return world
