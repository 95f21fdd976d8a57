"""What happens to approvals by the clock?"""

from uuid import UUID

from marketplace.buyers.approvals.actions import escalate_step
from marketplace.buyers.approvals.queries import overdue_steps
from marketplace.foundation import clock
from marketplace.foundation.periodic import one_by_one
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work


def escalate_overdue() -> int:
    """Ask the procurement leads too wherever a deadline has passed; each step in a unit of work of its own.

    Returns how many steps those were.
    """
    with unit_of_work(platform("find overdue approvals"), read_only=True):
        overdue = overdue_steps(clock.now())
    return one_by_one("escalate approvals", overdue, _escalate)


def _escalate(overdue: tuple[UUID, UUID]) -> int:
    organisation_id, step_id = overdue
    with unit_of_work(automatic(organisation_id)):
        escalate_step(step_id=step_id)
    return 1
