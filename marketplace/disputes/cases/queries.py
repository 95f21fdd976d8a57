"""What can be asked about disputes?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_

from marketplace.disputes.cases.lifecycle import DISPUTE, UNSETTLED, DisputeState
from marketplace.disputes.cases.models import (
    Contribution,
    Dispute,
    DisputeLine,
    Evidence,
    FactSheet,
    Proposal,
    ProposalAnswer,
)
from marketplace.events.disputes import DisputeMoved
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import EVENTS, Entry, News
from marketplace.foundation.paging import SIZE, Page, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation_names


class ListedDispute(NamedTuple):
    """A dispute as a list shows it, with the name of the other side (of both, for the operator)."""

    dispute: Dispute
    counterpart: str


def dispute(dispute_id: UUID) -> Dispute:
    """That dispute, for both sides and the operator once called. Raises NotFound."""
    return fetch(Dispute, dispute_id)


def dispute_for_update(dispute_id: UUID) -> Dispute:
    """The same, held until the transaction ends: whoever does anything in a dispute holds it first."""
    return fetch(Dispute, dispute_id, lock=True)


def dispute_of_request(request_id: UUID) -> Dispute | None:
    """The dispute that this click of the actor's organisation has opened already, if it has."""
    mine = Dispute.opener_id == current_actor().organisation
    return session().scalars(select(Dispute).where(Dispute.request_id == request_id, mine)).one_or_none()


def dispute_of_receipt(receipt_id: UUID) -> Dispute | None:
    """The dispute about that receipt, unless it was withdrawn."""
    statement = select(Dispute).where(
        Dispute.receipt_id == receipt_id, Dispute.status != DisputeState.WITHDRAWN
    )
    return session().scalars(statement).one_or_none()


def disputes_of_order(order_id: UUID) -> Sequence[Dispute]:
    """The disputes about an order, newest first."""
    statement = select(Dispute).where(Dispute.order_id == order_id)
    return session().scalars(statement.order_by(Dispute.id.desc())).all()


def lines_of(dispute_id: UUID) -> Sequence[DisputeLine]:
    """The order lines that it is about, by position; none for who is not in the room."""
    statement = select(DisputeLine).where(DisputeLine.dispute_id == dispute_id)
    return session().scalars(statement.order_by(DisputeLine.position)).all()


def contributions_of(dispute_id: UUID) -> Sequence[Contribution]:
    """What was said in the joint room, oldest first."""
    statement = select(Contribution).where(Contribution.dispute_id == dispute_id)
    return session().scalars(statement.order_by(Contribution.position)).all()


def evidence_of(dispute_id: UUID) -> Sequence[Evidence]:
    """The files that were shown, oldest first."""
    statement = select(Evidence).where(Evidence.dispute_id == dispute_id)
    return session().scalars(statement.order_by(Evidence.added_at, Evidence.id)).all()


def evidence(evidence_id: UUID) -> Evidence:
    """That file, for who is in the room. Raises NotFound."""
    return fetch(Evidence, evidence_id)


def proposals_of(dispute_id: UUID) -> Sequence[Proposal]:
    """What was offered, newest first."""
    statement = select(Proposal).where(Proposal.dispute_id == dispute_id)
    return session().scalars(statement.order_by(Proposal.number.desc())).all()


def answers_of(dispute_id: UUID) -> Sequence[ProposalAnswer]:
    """Who has signed or declined what, oldest first."""
    statement = select(ProposalAnswer).where(ProposalAnswer.dispute_id == dispute_id)
    return session().scalars(statement.order_by(ProposalAnswer.answered_at, ProposalAnswer.id)).all()


def newest_proposal(dispute_id: UUID) -> Proposal | None:
    """The only proposal that can be signed."""
    return next(iter(proposals_of(dispute_id)), None)


def fact_sheet(dispute_id: UUID) -> FactSheet | None:
    """What the house knew when it last looked; None until the worker has drawn it up."""
    statement = select(FactSheet).where(FactSheet.dispute_id == dispute_id)
    return session().scalars(statement.order_by(FactSheet.version.desc()).limit(1)).one_or_none()


def overdue(limit: int = 500) -> list[UUID]:
    """The disputes whose clock has run out, longest first; for the platform."""
    statement = select(Dispute.id).where(Dispute.due_at <= clock.now()).order_by(Dispute.due_at, Dispute.id)
    return list(session().scalars(statement.limit(limit)))


def unsettled_on_order(order_id: UUID) -> list[UUID]:
    """The disputes about an order that are not settled or ended; for the platform."""
    statement = select(Dispute.id).where(Dispute.order_id == order_id, Dispute.status.in_(UNSETTLED))
    return list(session().scalars(statement.order_by(Dispute.id)))


def being_carried_out(order_id: UUID) -> list[UUID]:
    """The disputes about an order that are settled, and whose money is not confirmed yet; for the platform."""
    statement = select(Dispute.id).where(Dispute.order_id == order_id, Dispute.status == DisputeState.SETTLED)
    return list(session().scalars(statement.order_by(Dispute.id)))


def disputes(view: str) -> Page[ListedDispute]:
    """One page of the actor's disputes, three statements at most.

    "open" has the next deadline first, "closed" the newest; on the operator's side "mine" are the open ones that the
    acting person mediates.
    """
    mine = _mine()
    if view == "closed":
        page = newest_first(mine.where(Dispute.due_at.is_(None)), Dispute)
    else:
        page = _by_deadline(mine.where(*_conditions(view)))
    names = organisation_names({row.buyer_id for row in page.rows} | {row.seller_id for row in page.rows})
    rows = [ListedDispute(row, _counterpart(row, names)) for row in page.rows]
    return Page(rows, after=page.after, before=page.before)


def counts() -> dict[str, int]:
    """How many disputes each view has, in one statement."""
    is_open = Dispute.due_at.is_not(None)
    me = current_actor().person_id
    counted = _mine().with_only_columns(
        func.count().filter(is_open),
        func.count().filter(~is_open),
        func.count().filter(is_open, Dispute.mediator_person_id == me),
    )
    row = session().execute(counted).one()
    return {"open": row[0], "closed": row[1], "mine": row[2]}


def timeline(dispute_id: UUID) -> list[Entry]:
    """The story of a dispute, newest first, with each step of the procedure by its name."""
    known = select(News).where(News.subject_id == dispute_id).order_by(News.position.desc())
    return [_entry(news) for news in session().scalars(known)]


@dataclass(frozen=True)
class Standing:
    """Who the actor is in a dispute."""

    is_opener: bool
    is_respondent: bool
    is_mediator: bool

    @property
    def is_side(self) -> bool:
        """Whether they act for one of the two sides."""
        return self.is_opener or self.is_respondent

    @property
    def is_in_the_room(self) -> bool:
        """Whether they may read what is said."""
        return self.is_side or self.is_mediator


def standing(row: Dispute) -> Standing:
    """What the present actor is in this dispute; the mediator is in the room once both sides have accepted."""
    actor = current_actor()
    here = actor.organisation_id
    is_named = row.mediator_person_id is not None and row.mediator_person_id == actor.person_id
    return Standing(
        is_opener=here == row.opener_id,
        is_respondent=here == row.respondent_id,
        is_mediator=here == row.mediator_id and is_named and row.mediation_ends_at is not None,
    )


def _mine() -> Select[Dispute]:
    here = current_actor().organisation
    return select(Dispute).where(
        or_(Dispute.buyer_id == here, Dispute.seller_id == here, Dispute.mediator_id == here)
    )


def _conditions(view: str) -> list[ColumnElement[bool]]:
    is_open = Dispute.due_at.is_not(None)
    return [is_open, Dispute.mediator_person_id == current_actor().person_id] if view == "mine" else [is_open]


def _counterpart(row: Dispute, names: dict[UUID, str]) -> str:
    others = {row.opener_id, row.respondent_id} - {current_actor().organisation_id}
    ordered = [side for side in (row.opener_id, row.respondent_id) if side in others]
    return " / ".join(names.get(side, "") for side in ordered)


def _by_deadline(statement: Select[Dispute]) -> Page[Dispute]:
    """One page by deadline, from the request's `after` on ("2026-03-01T10:00:00+00:00_<id>")."""
    after = request.args.get("after") if has_request_context() else None
    if after:
        statement = statement.where(tuple_(Dispute.due_at, Dispute.id) > tuple_(*_cursor(after)))
    rows = session().scalars(statement.order_by(Dispute.due_at, Dispute.id).limit(SIZE + 1)).all()
    shown = rows[:SIZE]
    edge = f"{shown[-1].due_at:%Y-%m-%dT%H:%M:%S.%f%z}_{shown[-1].id}" if len(rows) > SIZE else None
    return Page(shown, after=edge)


def _cursor(after: str) -> tuple[datetime, UUID]:
    instant, _, row_id = after.partition("_")
    try:
        return datetime.strptime(instant, "%Y-%m-%dT%H:%M:%S.%f%z"), UUID(row_id)
    except ValueError:
        raise Invalid(_l("This page does not exist; start again from the first one.")) from None


def _entry(news: News) -> Entry:
    kind, event = EVENTS[news.name], news.event
    label, tone = kind.headline, kind.tone
    if isinstance(event, DisputeMoved):
        label, tone, _meaning = DISPUTE.states[DisputeState(event.state)]
    return Entry(news.happened_at, str(label), news.person_name, "", tone)


def names_of(rows: Collection[Dispute]) -> dict[UUID, str]:
    """The names of everybody whom these disputes name, in one statement."""
    ids = {party for row in rows for party in (row.buyer_id, row.seller_id, row.mediator_id) if party}
    return organisation_names(ids)
