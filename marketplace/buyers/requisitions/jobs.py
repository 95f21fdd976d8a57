"""What happens to requisitions by the clock?"""

from marketplace.buyers.requisitions.actions import expire_hold
from marketplace.buyers.requisitions.queries import expired_holds
from marketplace.foundation import clock
from marketplace.foundation.background import job
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work


@job()
def expire_holds() -> None:
    """Withdraw what was held for seven days and never ordered; each in a unit of work of its own."""
    with unit_of_work(platform("find expired requisitions"), read_only=True):
        expired = expired_holds(clock.now())
    for organisation_id, requisition_id in expired:
        with unit_of_work(automatic(organisation_id)):
            expire_hold(requisition_id=requisition_id)
