"""How does a dispute move on: what is written, until when, and what is said of it?"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.disputes.cases.clocks import CLOCKS, deadline
from marketplace.disputes.cases.lifecycle import DISPUTE, DisputeState
from marketplace.disputes.cases.models import Dispute, Outcome
from marketplace.events.disputes import DisputeClosed, DisputeMoved
from marketplace.foundation import clock
from marketplace.foundation.db import session


def named(dispute: Dispute) -> dict[str, Any]:
    """What all news of a dispute says: which one, on which order, between whom."""
    return {
        "subject_id": dispute.id,
        "number": dispute.number,
        "order_id": dispute.order_id,
        "order_number": dispute.order_number,
        "mediator_id": dispute.mediator_id,
        **dispute.sides,
    }


def between_sides(dispute: Dispute) -> dict[str, Any]:
    """The same for news that tells what was offered: all the operator's people would read it, so they are left out."""
    return {**named(dispute), "mediator_id": None}


def move_on(
    dispute: Dispute, target: DisputeState, *, due_at: datetime | None = None, **columns: Any
) -> None:
    """Take the dispute to a state that has a clock, and start that (or let it run until `due_at`).

    `columns` are written with the step, where it may be taken. Raises WrongState, NotYourMove.
    """
    now = clock.now()
    runs_until = due_at or deadline(target, dispute.days, now)
    told = named(dispute) | {name: columns[name] for name in ("mediator_id",) if name in columns}
    DISPUTE.move(dispute, target, news=DisputeMoved(**told, state=target, due_at=runs_until))
    for name, value in columns.items():
        setattr(dispute, name, value)
    dispute.moved_at, dispute.due_at = now, runs_until
    session().flush()


def keep_alive(dispute: Dispute) -> None:
    """Somebody has contributed: an idle clock starts anew."""
    if CLOCKS[dispute.status].is_idle:
        dispute.due_at = deadline(dispute.status, dispute.days, clock.now())
        session().flush()


def close(
    dispute: Dispute,
    target: DisputeState,
    outcome: Outcome,
    *,
    returned: Decimal,
    is_founded: bool,
    order_line_ids: list[UUID],
) -> None:
    """End the dispute: `returned` of the contested money is the buyer's, the rest the seller's."""
    news = DisputeClosed(
        **named(dispute), outcome=outcome, is_founded=is_founded, order_line_ids=order_line_ids
    )
    DISPUTE.move(dispute, target, news=news)
    dispute.outcome, dispute.is_founded, dispute.returned_amount = outcome, is_founded, returned
    dispute.moved_at = dispute.closed_at = clock.now()
    dispute.due_at = None
    session().flush()
