"""What happens to items later? What looks alike is asked about; offers that no news has brought here are taken up."""

from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.items.linking import link_offers
from marketplace.sellers.items.queries import offers_without_item
from marketplace.sellers.items.suggesting import suggest_alike

BATCH = 1000
# So many offers are compared at once, and so often before others have their turn.
COMPARED, TURNS = 200, 10


def compare_offers() -> int:
    """Ask about what looks like offers that are new or called anew, some at a time; returns how many were compared."""
    compared = 0
    for _ in range(TURNS):
        with unit_of_work(platform("compare offers")):
            some = suggest_alike(COMPARED)
        compared += some
        if some < COMPARED:
            break
    return compared


def take_up_offers() -> int:
    """Find the items of published offers that stand under none, a thousand at a time; returns how many there were."""
    taken = 0
    while True:
        with unit_of_work(platform("take up offers without item")):
            some = offers_without_item(BATCH)
            link_offers(some)
        taken += len(some)
        if len(some) < BATCH:
            return taken
