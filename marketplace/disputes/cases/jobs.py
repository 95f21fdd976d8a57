"""What happens in disputes by itself? Their clocks run out."""

import structlog

from marketplace.disputes.cases.execution import let_time_run_out
from marketplace.disputes.cases.queries import overdue
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work

log = structlog.get_logger()


def run_clocks() -> int:
    """Move each dispute whose time has run out, each in a unit of work of its own; returns how many were moved.

    For the schedule, every minute. One that fails is logged and tried again, and holds up no other.
    """
    with unit_of_work(platform("dispute clocks"), read_only=True):
        due = overdue()
    moved = 0
    for dispute_id in due:
        try:
            with unit_of_work(platform("dispute clocks")):
                moved += let_time_run_out(dispute_id=dispute_id)
        except Exception:  # one dispute's failure must not stop the clocks of the others
            log.exception("clock failed", dispute=str(dispute_id))
    return moved
