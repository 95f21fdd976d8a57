"""What happens to standing requisitions by the clock? What is due is made, as whoever needs it would."""

from marketplace.buyers.schedules.actions import pause_orphan
from marketplace.buyers.schedules.calling_off import call_off
from marketplace.buyers.schedules.queries import Due, standings_due
from marketplace.foundation import clock
from marketplace.foundation.language import speaking
from marketplace.foundation.periodic import one_by_one
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work


def call_off_where_due() -> int:
    """Make one due day of each, in a unit of work of its own; returns of how many.

    Of one that has another day due, that is made when this is next done.
    """
    with unit_of_work(platform("find standing requisitions that are due"), read_only=True):
        due = standings_due(clock.today())
    return one_by_one("call off standing requisitions", due, call_off_one)


def call_off_one(due: Due) -> int:
    """Make what is due of one, as its requester; 1, or 0 where somebody else has or nobody may."""
    if due.requester is None:
        with unit_of_work(automatic(due.organisation_id)):
            pause_orphan(standing_id=due.standing_id)
        return 0
    with speaking(due.language), unit_of_work(due.requester):
        return int(call_off(standing_id=due.standing_id))
