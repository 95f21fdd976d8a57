"""What happens to requisitions by the clock?"""

from uuid import UUID

from marketplace.buyers.requisitions.actions import expire_hold
from marketplace.buyers.requisitions.queries import expired_holds
from marketplace.foundation import clock
from marketplace.foundation.periodic import one_by_one
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work


def expire_holds() -> int:
    """Withdraw what was held as long as it may be and never ordered; each in a unit of work of its own.

    Returns how many requisitions those were.
    """
    with unit_of_work(platform("find expired requisitions"), read_only=True):
        expired = expired_holds(clock.now())
    return one_by_one("expire holds", expired, _expire)


def _expire(expired: tuple[UUID, UUID]) -> int:
    organisation_id, requisition_id = expired
    with unit_of_work(automatic(organisation_id)):
        expire_hold(requisition_id=requisition_id)
    return 1
