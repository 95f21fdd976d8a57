"""What happens to approvals by the clock?"""

from marketplace.buyers.approvals.actions import escalate_step
from marketplace.buyers.approvals.queries import overdue_steps
from marketplace.foundation import clock
from marketplace.foundation.background import job
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work


@job()
def escalate_overdue() -> None:
    """Ask the procurement leads too wherever a deadline has passed; each step in a unit of work of its own."""
    with unit_of_work(platform("find overdue approvals"), read_only=True):
        overdue = overdue_steps(clock.now())
    for organisation_id, step_id in overdue:
        with unit_of_work(automatic(organisation_id)):
            escalate_step(step_id=step_id)
