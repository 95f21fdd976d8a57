"""What can somebody do with what they need again and again?

It is bought in its requester's name. So nobody else begins, changes or lets it go on, and no other day is skipped;
a procurement lead may stop it.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.buyers.budgets.queries import cost_centre
from marketplace.buyers.requisitions.models import RequisitionLine
from marketplace.buyers.requisitions.offers import AskedLine, offers, problem, wanted_by
from marketplace.buyers.schedules.lifecycle import STANDING, StandingState
from marketplace.buyers.schedules.models import Outcome, StandingLine, StandingRequisition, StandingRun
from marketplace.buyers.schedules.queries import days_ahead, standing_for_update
from marketplace.buyers.schedules.recurrence import NoSuchRule, Pattern, check
from marketplace.events.schedules import (
    StandingRequisitionBegun,
    StandingRequisitionChanged,
    StandingRequisitionEnded,
    StandingRequisitionOrphaned,
    StandingRequisitionPaused,
    StandingRequisitionResumed,
    StandingRequisitionSkipped,
)
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, new_id, save, session
from marketplace.foundation.errors import Conflict, Forbidden, Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import WrongState
from marketplace.foundation.money import Money
from marketplace.foundation.numbering import next_number
from marketplace.foundation.outbox import announce
from marketplace.foundation.quantity import checked_quantity
from marketplace.foundation.tenancy import acting_as, automatic, current_actor
from marketplace.identity.organisations.queries import organisation, site
from marketplace.permissions import Permission

S = StandingState
NOBODY = "nobody"


class NotYours(Forbidden):
    """Somebody else's standing requisition."""


class NothingAhead(Conflict):
    """A day that is not one of those still to come."""


def begin_standing(
    *,
    lines: Sequence[RequisitionLine],
    title: str,
    cost_centre_id: UUID,
    site_id: UUID,
    pattern: Pattern,
    starts_on: date,
    lead_days: int,
    price_bound: Decimal | None,
    note: str | None,
) -> StandingRequisition:
    """Ask for these lines again and again, at the prices of the day. Raises Invalid, LineRefused, NoSuchRule."""
    actor = current_actor()
    _check_place(cost_centre_id, site_id)
    _check_days(pattern, starts_on)
    row = StandingRequisition(
        id=new_id(),
        organisation_id=actor.organisation,
        number=next_number(actor.organisation, "STR"),
        requester_id=actor.person,
        title=title,
        cost_centre_id=cost_centre_id,
        site_id=site_id,
        note=note or "",
        rule=pattern.rule,
        starts_on=starts_on,
        lead_days=lead_days,
        price_bound=price_bound,
        counts_from=starts_on,
    )
    save(row)
    _add_lines(row, lines)
    plan_next(row)
    announce(StandingRequisitionBegun(**about(row)))
    return row


def change_standing(
    *,
    standing_id: UUID,
    title: str,
    cost_centre_id: UUID,
    site_id: UUID,
    pattern: Pattern,
    starts_on: date,
    lead_days: int,
    price_bound: Decimal | None,
    note: str | None,
) -> StandingRequisition:
    """Need it otherwise from today on. Raises NotYours, WrongState, Invalid, NoSuchRule."""
    row = _own(standing_id)
    _check_place(cost_centre_id, site_id)
    if starts_on == row.starts_on:
        check(pattern, starts_on)
    else:
        _check_days(pattern, starts_on)
    row.title, row.note = title, note or ""
    row.cost_centre_id, row.site_id = cost_centre_id, site_id
    row.rule, row.starts_on = pattern.rule, starts_on
    row.lead_days, row.price_bound = lead_days, price_bound
    row.counts_from = max(starts_on, clock.today())
    session().flush()
    if next(days_ahead(row), None) is None:
        raise NoSuchRule(_l("No day of the rule is still ahead."), field="ends_on")
    plan_next(row)
    announce(StandingRequisitionChanged(**about(row)))
    return row


def change_quantity(*, line_id: UUID, quantity: Decimal) -> StandingRequisition:
    """Need another quantity of a line each time; today's price is kept. Raises NotYours, WrongQuantity, LineRefused."""
    line = fetch(StandingLine, line_id)
    row = _own(line.standing_id)
    checked_quantity(quantity, line.unit_code)
    line.quantity = quantity
    line.unit_price = _priced([line])[line.product_id]
    session().flush()
    announce(StandingRequisitionChanged(**about(row)))
    return row


def pause_standing(*, standing_id: UUID, reason: str | None = None) -> StandingRequisition:
    """Ask for nothing until somebody lets it go on. Raises NotYours, WrongState."""
    row = _to_be_stopped(standing_id)
    _pause(row, reason or "")
    return row


def pause_orphan(*, standing_id: UUID) -> None:
    """Pause what has lost its requester, and tell the procurement leads, on behalf of the organisation."""
    row = standing_for_update(standing_id)
    if row.status == S.RUNNING:
        _pause(row, NOBODY)
        announce(StandingRequisitionOrphaned(**about(row)))


def resume_standing(*, standing_id: UUID) -> StandingRequisition:
    """Let it go on from today; what would have been in between is not made. Raises NotYours, WrongState."""
    row = _own(standing_id)
    STANDING.move(row, S.RUNNING, news=StandingRequisitionResumed(**about(row)))
    row.counts_from = max(row.counts_from, clock.today())
    plan_next(row)
    return row


def end_standing(*, standing_id: UUID) -> StandingRequisition:
    """Ask for nothing any more. Raises NotYours, WrongState."""
    row = _to_be_stopped(standing_id)
    end(row)
    return row


def skip_day(*, standing_id: UUID, day: date) -> StandingRun:
    """Need nothing on one of the days ahead. Raises NotYours, WrongState, NothingAhead."""
    row = _own(standing_id)
    if not any(ahead.on == day for ahead in days_ahead(row)):
        raise NothingAhead(_l("That is no day on which it is still needed."))
    run = note_run(row, day, Outcome.SKIPPED)
    plan_next(row)
    announce(StandingRequisitionSkipped(**about(row), day=day))
    return run


def end(row: StandingRequisition) -> None:
    """Let it be over."""
    STANDING.move(row, S.ENDED, news=StandingRequisitionEnded(**about(row)))
    row.next_on = None
    session().flush()


def plan_next(row: StandingRequisition) -> None:
    """Know the next day on which it is needed; where there is none it is over."""
    session().flush()
    ahead = next(days_ahead(row), None)
    row.next_on = ahead.on if ahead else None
    session().flush()
    if ahead is None:
        with acting_as(automatic(row.organisation_id)):
            end(row)


def note_run(
    row: StandingRequisition,
    day: date,
    outcome: Outcome,
    *,
    requisition_id: UUID | None = None,
    detail: str = "",
) -> StandingRun:
    """Write down what became of that day: once, whoever tries."""
    return save(
        StandingRun(
            organisation_id=row.organisation_id,
            standing_id=row.id,
            day=day,
            outcome=outcome,
            requisition_id=requisition_id,
            detail=detail,
        )
    )


def about(row: StandingRequisition) -> dict[str, Any]:
    """What all news of a standing requisition says."""
    return {
        "subject_id": row.id,
        "organisation_id": row.organisation_id,
        "number": row.number,
        "title": row.title,
        "requester_id": row.requester_id,
    }


def may_change(row: StandingRequisition) -> bool:
    """Whether the present actor is the one in whose name it is bought, and it is not over."""
    return row.requester_id == current_actor().person_id and row.status != S.ENDED


def may_stop(row: StandingRequisition) -> bool:
    """Whether the present actor may pause or end it."""
    return row.status != S.ENDED and (may_change(row) or current_actor().permits(Permission.RULE_WRITE))


def _pause(row: StandingRequisition, reason: str) -> None:
    STANDING.move(row, S.PAUSED, news=StandingRequisitionPaused(**about(row), reason=reason))
    session().flush()


def _own(standing_id: UUID) -> StandingRequisition:
    row = standing_for_update(standing_id)
    if row.requester_id != current_actor().person_id:
        raise NotYours(
            _l(
                "Only the one who needs it changes it, skips a day or lets it go on: it is bought in their name."
            )
        )
    _check_not_over(row)
    return row


def _to_be_stopped(standing_id: UUID) -> StandingRequisition:
    row = standing_for_update(standing_id)
    _check_not_over(row)
    if not may_stop(row):
        raise NotYours(_l("Only the one who needs it, or a procurement lead, stops it."))
    return row


def _check_not_over(row: StandingRequisition) -> None:
    if row.status == S.ENDED:
        raise WrongState(_l("It is over and stays as it is."))


def _check_place(cost_centre_id: UUID, site_id: UUID) -> None:
    if not cost_centre(cost_centre_id).is_active:
        raise Invalid(_l("This cost centre is closed."), field="cost_centre_id")
    if not site(site_id).is_active:
        raise Invalid(_l("This site is closed."), field="site_id")


def _check_days(pattern: Pattern, starts_on: date) -> None:
    if starts_on < clock.today():
        raise Invalid(_l("The first day is over."), field="starts_on")
    check(pattern, starts_on)


def _add_lines(row: StandingRequisition, lines: Sequence[RequisitionLine]) -> None:
    if not lines:
        raise Invalid(_l("The cart is empty."))
    prices = _priced(lines)
    session().add_all(
        StandingLine(
            organisation_id=row.organisation_id,
            standing_id=row.id,
            position=position,
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            unit_code=line.unit_code,
            quantity=line.quantity,
            unit_price=prices[line.product_id],
        )
        for position, line in enumerate(lines, start=1)
    )


def _priced(lines: Sequence[AskedLine]) -> dict[UUID, Money]:
    """What one unit of each costs today. Raises LineRefused."""
    buyer_id = current_actor().organisation
    currency = organisation(buyer_id).currency
    found = offers(buyer_id=buyer_id, wanted=wanted_by(lines), on=clock.today())
    for line in lines:
        if refusal := problem(line, found.get(line.product_id), currency):
            raise refusal
    return {product_id: offer.price.unit_price for product_id, offer in found.items()}
