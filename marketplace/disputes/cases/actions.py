"""What can be done in a dispute before it is settled? Opened, replied to, stated, discussed, proved, withdrawn."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.orders import queries as orders
from marketplace.buyers.orders.lifecycle import AGREED
from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.receiving import queries as receiving
from marketplace.disputes.cases import queries
from marketplace.disputes.cases.clocks import agreed_days, deadline
from marketplace.disputes.cases.course import close, keep_alive, move_on, named
from marketplace.disputes.cases.facts import dispute_clauses
from marketplace.disputes.cases.files import Exhibit, checked
from marketplace.disputes.cases.lifecycle import DISPUTE, UNSETTLED, DisputeState
from marketplace.disputes.cases.models import (
    Contribution,
    ContributionKind,
    Dispute,
    DisputeLine,
    DisputeReason,
    Evidence,
    Outcome,
)
from marketplace.disputes.cases.opening import ContestedLine, chosen_lines, claim_of, contested_amount
from marketplace.events.disputes import DisputeOpened
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, new_id, save, session
from marketplace.foundation.errors import Conflict
from marketplace.foundation.files import StoredFile, store_file
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.numbering import next_number
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.permissions import Permission

S, K = DisputeState, ContributionKind
STEPS: dict[tuple[ContributionKind, DisputeState], DisputeState] = {
    (K.REPLY, S.OPENED): S.CLAIM,
    (K.REPLY, S.ESCALATED): S.CLAIM,
    (K.CLAIM, S.CLAIM): S.ANSWER,
    (K.ANSWER, S.ANSWER): S.NEGOTIATION,
}
UNANSWERED = frozenset({S.OPENED, S.ESCALATED})


class TooLate(Conflict):
    """The time for this step has passed."""


def open_dispute(
    *,
    order_id: UUID,
    lines: Sequence[ContestedLine],
    reason: DisputeReason,
    body: str,
    amount: Decimal | None = None,
    files: Sequence[Exhibit] = (),
    receipt_id: UUID | None = None,
    request_id: UUID | None = None,
) -> Dispute:
    """Contest, as its buyer, so much of an order; from the moment this is kept the seller's clock runs.

    Without an `amount` it is what the quantities cost. The same `request_id` gives the same dispute. Raises Invalid,
    WrongQuantity, NotFound, WrongState, NotYourMove.
    """
    order = orders.order_for_update(order_id)
    request_id = request_id or new_id()
    earlier = queries.dispute_of_request(request_id)
    if earlier is not None:
        return earlier
    _check_may_open(order)
    chosen = chosen_lines(orders.lines_of(order_id), lines)
    contested = contested_amount(order, chosen, amount)
    row = _written(
        order, Dispute(reason=reason, contested=contested, receipt_id=receipt_id, request_id=request_id)
    )
    session().add_all([_line(row, line, quantity) for line, quantity in chosen])
    session().flush()
    _say(row, K.OPENING, body)
    _file(row, files)
    announce(_opened(row, [line.id for line, _quantity in chosen]))
    return row


def open_dispute_from_receipt(*, receipt_id: UUID) -> Dispute:
    """Contest what was counted damaged and missing in a receipt, with its pictures: one click, prefilled.

    A receipt that is disputed already gives that dispute. Raises Invalid where nothing was wrong; see `open_dispute`.
    """
    receipt = receiving.receipt(receipt_id)
    order = orders.order_for_update(receipt.order_id)
    earlier = queries.dispute_of_receipt(receipt_id)
    if earlier is not None:
        return earlier
    claim = claim_of(receipt, receiving.lines_of(receipt_id), orders.lines_of(order.id))
    row = open_dispute(
        order_id=order.id,
        lines=claim.lines,
        reason=claim.reason,
        body=f"{claim.body}\n{receipt.note}".strip(),
        amount=claim.amount.amount,
        receipt_id=receipt_id,
    )
    for photo in receiving.photos_of(receipt_id):
        _show(row, fetch(StoredFile, photo.file_id))
    return row


def contribute(
    *, dispute_id: UUID, kind: ContributionKind, body: str, files: Sequence[Exhibit] = ()
) -> Contribution:
    """Say something in the joint room: the reply, a statement or a message; files go with it as evidence.

    A step's contribution moves the dispute on. Raises TooLate, WrongState, NotYourMove, Invalid.
    """
    row = held(dispute_id)
    target = STEPS.get((kind, row.status))
    if target is None and kind != K.MESSAGE:
        raise TooLate(_l("The time for this has passed. Please write it in the joint room instead."))
    if target is not None and not DISPUTE.can(row, target):
        raise NotYourMove(_l("You are not allowed to do this."))
    if target is None:
        _check_may_write(row)
    said = _say(row, kind, body)
    _file(row, files)
    if target is not None:
        move_on(row, target)
    else:
        keep_alive(row)
    return said


def file_evidence(*, dispute_id: UUID, files: Sequence[Exhibit]) -> list[Evidence]:
    """Show files to everybody in the room; they can never be taken back. Raises Invalid, NotYourMove."""
    row = held(dispute_id)
    _check_is_side(row)
    filed = _file(row, files)
    keep_alive(row)
    return filed


def withdraw_dispute(*, dispute_id: UUID, reason: str) -> Dispute:
    """Take the dispute back, as the side that opened it: the contested money is the seller's. Raises NotYourMove."""
    row = queries.dispute_for_update(dispute_id)
    if not DISPUTE.can(row, S.WITHDRAWN):
        _refuse_ended(row)
        raise NotYourMove(_l("Only the side that opened the dispute can take it back."))
    _say(row, K.WITHDRAWAL, reason)
    close(
        row,
        S.WITHDRAWN,
        Outcome.WITHDRAWN,
        returned=Decimal(0),
        is_founded=False,
        order_line_ids=[line.order_line_id for line in queries.lines_of(row.id)],
    )
    return row


def held(dispute_id: UUID) -> Dispute:
    """The dispute, held until the transaction ends, where it still takes something. Raises WrongState, TooLate.

    One whose clock has run out takes nothing more before the clock has moved it: whoever comes a minute late does not
    profit from a clock that comes two minutes late.
    """
    row = queries.dispute_for_update(dispute_id)
    _refuse_ended(row)
    if row.due_at is not None and row.due_at <= clock.now():
        raise TooLate(_l("The time for this has just run out; the dispute moves on within a minute."))
    return row


def _check_may_open(order: PurchaseOrder) -> None:
    actor = current_actor()
    if order.buyer_id != actor.organisation_id or not actor.permits(Permission.DISPUTE_WRITE):
        raise NotYourMove(_l("You are not allowed to do this."))
    if order.status not in AGREED:
        raise WrongState(_l("An order can be disputed once both parties have agreed on it."))


def _written(order: PurchaseOrder, row: Dispute) -> Dispute:
    clauses = dispute_clauses(order.agreement_id) if order.agreement_id else {}
    row.number = next_number(order.buyer_id, "DI")
    row.order_id, row.order_number = order.id, order.number
    row.buyer_id, row.seller_id, row.opener_id = order.buyer_id, order.seller_id, order.buyer_id
    row.opened_by = current_actor().person_name
    row.days = agreed_days(clauses)
    row.opened_at = row.moved_at = clock.now()
    row.due_at = deadline(DISPUTE.initial, row.days, row.opened_at)
    return save(row)


def _line(row: Dispute, line: PurchaseOrderLine, quantity: Decimal | None) -> DisputeLine:
    return DisputeLine(
        dispute_id=row.id,
        **row.sides,
        order_line_id=line.id,
        position=line.position,
        sku=line.sku,
        name=line.name,
        unit_code=line.unit_code,
        ordered=line.quantity,
        unit_price=line.unit_price,
        quantity=quantity,
    )


def _say(row: Dispute, kind: ContributionKind, body: str) -> Contribution:
    actor = current_actor()
    return save(
        Contribution(
            dispute_id=row.id,
            **row.sides,
            author_id=actor.organisation,
            person_id=actor.person,
            author_name=actor.person_name,
            kind=kind,
            body=body,
        )
    )


def _file(row: Dispute, files: Sequence[Exhibit]) -> list[Evidence]:
    here = current_actor().organisation
    other = row.seller_id if here == row.buyer_id else row.buyer_id
    return [
        _show(
            row,
            store_file(
                exhibit.content,
                name=exhibit.name,
                media_type=exhibit.media_type,
                owner_id=here,
                counterparty_id=other,
                person_id=current_actor().person,
            ),
        )
        for exhibit in checked(list(files))
    ]


def _show(row: Dispute, file: StoredFile) -> Evidence:
    actor = current_actor()
    return save(
        Evidence(
            dispute_id=row.id,
            **row.sides,
            author_id=actor.organisation,
            person_id=actor.person,
            author_name=actor.person_name,
            file_id=file.id,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
        )
    )


def _opened(row: Dispute, line_ids: list[UUID]) -> DisputeOpened:
    return DisputeOpened(
        **named(row),
        opened_by_id=row.opener_id,
        reason=row.reason,
        amount=row.contested.amount,
        currency=row.contested.currency,
        order_line_ids=line_ids,
    )


def _refuse_ended(row: Dispute) -> None:
    if row.status not in UNSETTLED:
        raise WrongState(
            _l("This is “%(state)s” now, so that is no longer possible.", state=DISPUTE.state(row).label)
        )


def _check_is_side(row: Dispute) -> None:
    actor = current_actor()
    if actor.organisation_id not in row.sides.values() or not actor.permits(Permission.DISPUTE_WRITE):
        raise NotYourMove(_l("You are not allowed to do this."))


def _check_may_write(row: Dispute) -> None:
    """Sides write at any time, but the one that owes its reply gives that first; the mediator writes in mediation."""
    who = queries.standing(row)
    if who.is_mediator and current_actor().permits(Permission.DISPUTE_MEDIATE):
        return
    _check_is_side(row)
    if who.is_respondent and row.status in UNANSWERED:
        raise NotYourMove(_l("Please give your side's reply first."))
