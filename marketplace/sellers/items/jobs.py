"""What happens to items later? Offers that no news has brought here are taken up."""

from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.items.linking import link_offers
from marketplace.sellers.items.queries import offers_without_item

BATCH = 1000


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
