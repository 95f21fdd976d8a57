"""What happens to approvals by the clock?"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from marketplace.buyers.approvals.deadlines import escalate_step, remind
from marketplace.buyers.approvals.queries import (
    overdue_steps,
    questions_without_answer,
    steps_to_remind_of,
)
from marketplace.buyers.approvals.questioning import lapse
from marketplace.foundation import clock
from marketplace.foundation.periodic import one_by_one
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work


def remind_where_due() -> int:
    """Remind those who have not decided in half of their time; returns of how many steps."""
    return _each("remind of approvals", steps_to_remind_of, lambda step_id: remind(step_id=step_id))


def escalate_overdue() -> int:
    """Ask the procurement leads too wherever a deadline has passed; returns at how many steps."""
    return _each("escalate approvals", overdue_steps, lambda step_id: escalate_step(step_id=step_id))


def lapse_questions() -> int:
    """Let the clocks run again where no answer came in time; returns how many."""
    return _each(
        "lapse questions", questions_without_answer, lambda question_id: lapse(question_id=question_id)
    )


def _each(
    title: str, found: Callable[[datetime], list[tuple[UUID, UUID]]], do: Callable[[UUID], None]
) -> int:
    """Do that with each of what is found, in a unit of work of its own."""
    with unit_of_work(platform(f"find where to {title}"), read_only=True):
        waiting = found(clock.now())

    def one(waits: tuple[UUID, UUID]) -> int:
        organisation_id, identity = waits
        with unit_of_work(automatic(organisation_id)):
            do(identity)
        return 1

    return one_by_one(title, waiting, one)
