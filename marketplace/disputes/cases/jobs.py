"""What happens in disputes by itself? Their clocks run out."""

from uuid import UUID

from marketplace.disputes.cases.execution import let_time_run_out
from marketplace.disputes.cases.queries import overdue
from marketplace.foundation.periodic import one_by_one
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work


def run_clocks() -> int:
    """Move each dispute whose time has run out, each in a unit of work of its own; returns how many were moved.

    For the schedule, every minute.
    """
    with unit_of_work(platform("dispute clocks"), read_only=True):
        due = overdue()
    return one_by_one("dispute clocks", due, _move)


def _move(dispute_id: UUID) -> int:
    with unit_of_work(platform("dispute clocks")):
        return let_time_run_out(dispute_id=dispute_id)
