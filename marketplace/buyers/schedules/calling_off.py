"""What becomes of the days that are due? Each is made once, as its requester would, or it is written down why not.

A day is due so many days before it as its requester has said. What a machine that stood still has let pass is not made
up for: of the days that are over, only the latest is made, and that only where none is due that is still ahead.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import takewhile
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from marketplace.buyers.budgets.actions import BudgetExceeded
from marketplace.buyers.requisitions.drawing import Needed, draw_up_requisition
from marketplace.buyers.requisitions.models import Requisition
from marketplace.buyers.requisitions.offers import LineRefused, offers, wanted_by
from marketplace.buyers.schedules.actions import about, note_run, plan_next
from marketplace.buyers.schedules.lifecycle import StandingState
from marketplace.buyers.schedules.models import Outcome, StandingLine, StandingRequisition
from marketplace.buyers.schedules.queries import days_ahead, lines_of, standing_for_update
from marketplace.buyers.schedules.recurrence import Day
from marketplace.events.schedules import (
    StandingRequisitionCalledOff,
    StandingRequisitionMissed,
    StandingRequisitionRefused,
)
from marketplace.foundation import clock
from marketplace.foundation.constraints import refusal_of
from marketplace.foundation.db import session
from marketplace.foundation.errors import Conflict, Refusal
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import Event, announce
from marketplace.foundation.presentation import write_money
from marketplace.foundation.tenancy import acting_as, automatic
from marketplace.identity.organisations.queries import site
from marketplace.sellers.stock.doors import OutOfStock


class PriceAboveBound(Conflict):
    """A product costs more than whoever needs it has said it may."""


OUTCOMES: tuple[tuple[type[Refusal], Outcome], ...] = (
    (PriceAboveBound, Outcome.TOO_DEAR),
    (LineRefused, Outcome.UNAVAILABLE),
    (OutOfStock, Outcome.UNAVAILABLE),
    (BudgetExceeded, Outcome.NO_BUDGET),
)


def call_off(*, standing_id: UUID) -> bool:
    """Make what is due first, as its requester; whether anything was due. Whoever comes second finds nothing to do."""
    row = standing_for_update(standing_id)
    if row.status != StandingState.RUNNING:
        return False
    missed, due = _due(row)
    if missed:
        _miss(row, missed)
    if due:
        _call_off(row, due[0])
    plan_next(row)
    return bool(missed or due)


def _due(row: StandingRequisition) -> tuple[list[Day], list[Day]]:
    """The days that nothing is made of any more, and those that are to be made."""
    today = clock.today()
    horizon = today + timedelta(days=row.lead_days)
    due = list(takewhile(lambda day: day.on <= horizon, days_ahead(row)))
    gone = [day for day in due if day.on < today]
    ahead = due[len(gone) :]
    return (gone, ahead) if ahead else (gone[:-1], gone[-1:])


def _miss(row: StandingRequisition, missed: Sequence[Day]) -> None:
    for day in missed:
        note_run(row, day.on, Outcome.MISSED)
    news = StandingRequisitionMissed(
        **about(row), days=len(missed), first_on=missed[0].on, last_on=missed[-1].on
    )
    _tell(row, news)


def _call_off(row: StandingRequisition, day: Day) -> None:
    try:
        with session().begin_nested():
            made = _draw_up(row, day)
    except Refusal as refused:
        refusal = refused
    except IntegrityError as error:
        refusal = refusal_of(error)
    else:
        note_run(row, day.on, Outcome.MADE, requisition_id=made.id)
        announce(StandingRequisitionCalledOff(**about(row), day=day.on, requisition_number=made.number))
        return
    outcome = next((found for kind, found in OUTCOMES if isinstance(refusal, kind)), Outcome.REFUSED)
    note_run(row, day.on, outcome, detail=str(refusal))
    _tell(row, StandingRequisitionRefused(**about(row), day=day.on, reason=str(refusal)))


def _draw_up(row: StandingRequisition, day: Day) -> Requisition:
    lines = lines_of(row.id)
    if row.price_bound is not None:
        _check_prices(row, lines, row.price_bound)
    country = site(row.site_id).country
    return draw_up_requisition(
        needed=[Needed(line.product_id, line.sku, line.name, line.quantity) for line in lines],
        cost_centre_id=row.cost_centre_id,
        site_id=row.site_id,
        needed_on=max(day.on, clock.working_day_from(clock.today(), country)),
        note=row.note,
    )


def _check_prices(row: StandingRequisition, lines: Sequence[StandingLine], bound: Decimal) -> None:
    found = offers(buyer_id=row.organisation_id, wanted=wanted_by(lines), on=clock.today())
    for line in (line for line in lines if line.product_id in found):
        price = found[line.product_id].price.unit_price
        if price.amount > line.unit_price.amount * (1 + bound / 100):
            raise PriceAboveBound(
                _l(
                    "“%(name)s” costs %(now)s, and did %(then)s.",
                    name=line.name,
                    now=write_money(price),
                    then=write_money(line.unit_price),
                )
            )


def _tell(row: StandingRequisition, event: Event) -> None:
    """Announce what nobody in person has done, so that its requester is told."""
    with acting_as(automatic(row.organisation_id)):
        announce(event)
