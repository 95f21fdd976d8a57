"""What can be asked about requisitions?"""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.buyers.requisitions.models import Requisition, RequisitionLine
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor

LAST_PAID = text("SELECT product_id, unit_price FROM last_paid(:here, :product_ids)")
S = RequisitionState
HELD = (S.SUBMITTED, S.APPROVED)


def requisition(requisition_id: UUID) -> Requisition:
    """That requisition. Raises NotFound."""
    return fetch(Requisition, requisition_id)


def submitted(requisition_id: UUID) -> Requisition:
    """That requisition, where it is no cart any more. Raises NotFound."""
    row = requisition(requisition_id)
    if row.status == S.DRAFT:
        raise NotFound(_l("There is nothing here that you may see."))
    return row


def requisition_for_order(requisition_id: UUID) -> Requisition:
    """That requisition, locked until the transaction ends. Raises NotFound."""
    return fetch(Requisition, requisition_id, lock=True)


def lines_of(requisition_id: UUID) -> Sequence[RequisitionLine]:
    """Its lines, in their order."""
    statement = select(RequisitionLine).where(RequisitionLine.requisition_id == requisition_id)
    return session().scalars(statement.order_by(RequisitionLine.position, RequisitionLine.id)).all()


def line(line_id: UUID) -> RequisitionLine:
    """That line. Raises NotFound."""
    return fetch(RequisitionLine, line_id)


def my_cart() -> Requisition | None:
    """The acting person's cart; None where they have put nothing in yet."""
    actor = current_actor()
    statement = select(Requisition).where(
        Requisition.organisation_id == actor.organisation,
        Requisition.requester_id == actor.person,
        Requisition.status == S.DRAFT,
        Requisition.is_cart,
    )
    return session().scalars(statement).one_or_none()


def requisitions(*, states: Collection[RequisitionState], requester_id: UUID | None) -> Select[Requisition]:
    """The organisation's requisitions in these states, of one requester or (None) of everybody, to be paged."""
    statement = select(Requisition).where(Requisition.status.in_(states))
    return statement.where(Requisition.requester_id == requester_id) if requester_id else statement


def counts_by_state(requester_id: UUID | None) -> dict[str, int]:
    """How many requisitions there are in each state, of one requester or (None) of everybody."""
    statement = select(Requisition.status, func.count()).group_by(Requisition.status)
    if requester_id:
        statement = statement.where(Requisition.requester_id == requester_id)
    return {row[0]: row[1] for row in session().execute(statement)}


def line_counts(ids: Collection[UUID]) -> dict[UUID, int]:
    """How many lines each of them has, in one statement."""
    statement = (
        select(RequisitionLine.requisition_id, func.count())
        .where(RequisitionLine.requisition_id.in_(ids))
        .group_by(RequisitionLine.requisition_id)
    )
    return {row[0]: row[1] for row in session().execute(statement)}


def numbers_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of these requisitions, in one statement."""
    rows = session().execute(select(Requisition.id, Requisition.number).where(Requisition.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def last_bought(since: datetime, limit: int, *, without_contract: bool = False) -> dict[UUID, Decimal]:
    """What the organisation has ordered since then, the newest first: the last quantity by product.

    Of the lines `without_contract` only, those that no agreement priced.
    """
    conditions = [Requisition.status == S.ORDERED, Requisition.submitted_at >= since]
    if without_contract:
        conditions.append(RequisitionLine.agreement_id.is_(None))
    newest = (
        select(RequisitionLine.product_id, RequisitionLine.quantity, Requisition.submitted_at)
        .join(Requisition, Requisition.id == RequisitionLine.requisition_id)
        .where(*conditions)
        .ext(distinct_on(RequisitionLine.product_id))
        .order_by(RequisitionLine.product_id, Requisition.submitted_at.desc())
        .subquery()
    )
    statement = select(newest.c.product_id, newest.c.quantity).order_by(newest.c.submitted_at.desc())
    return {row[0]: row[1] for row in session().execute(statement.limit(limit))}


def last_paid(product_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What the organisation last ordered a unit of each of these for, in its own currency and today's unit of sale."""
    values = {"here": current_actor().organisation, "product_ids": list(product_ids)}
    return {row.product_id: row.unit_price for row in session().execute(LAST_PAID, values)}


def expired_holds(moment: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """Requisitions whose hold has run out, as (organisation, requisition); for the platform's clock."""
    statement = select(Requisition.organisation_id, Requisition.id).where(
        Requisition.status.in_(HELD), Requisition.held_until <= moment
    )
    return [
        (row[0], row[1]) for row in session().execute(statement.order_by(Requisition.held_until).limit(limit))
    ]
