"""What can be done with an order? Placed, answered, changed by agreement, cancelled; told of what was shipped."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.budgets.actions import change_commitment, hand_over_commitment, release_commitment
from marketplace.buyers.orders import queries
from marketplace.buyers.orders.announcements import named, order_confirmed, order_placed
from marketplace.buyers.orders.answers import (
    Promise,
    ProposedLine,
    check_promises,
    check_proposal,
    promised,
    proposed,
)
from marketplace.buyers.orders.lifecycle import ORDER, OrderState
from marketplace.buyers.orders.models import (
    OrderDocument,
    OrderVersion,
    PurchaseOrder,
    PurchaseOrderLine,
    VersionKind,
)
from marketplace.buyers.orders.placement import Placement, lines_by_seller, placement, present, version_of
from marketplace.buyers.orders.terms import Terms
from marketplace.buyers.requisitions.actions import mark_ordered
from marketplace.buyers.requisitions.lifecycle import REQUISITION, RequisitionState
from marketplace.buyers.requisitions.models import Requisition, RequisitionLine
from marketplace.buyers.requisitions.queries import lines_of as requisition_lines, requisition_for_order
from marketplace.contracts.agreements.actions import (
    CallOffLine,
    call_off,
    change_call_off,
    release_call_offs,
)
from marketplace.events.buyers import (
    OrderCancelled,
    OrderChangeDeclined,
    OrderChangeProposed,
    OrderFiled,
    OrderRefused,
)
from marketplace.events.disputes import ReplacementLine
from marketplace.events.sellers import ShippedLine
from marketplace.foundation import clock
from marketplace.foundation.db import Base, fetch_all, save, session
from marketplace.foundation.errors import Conflict
from marketplace.foundation.files import store_file
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.numbering import next_number
from marketplace.foundation.outbox import Event, announce
from marketplace.foundation.presentation import write_money
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.lifecycle import OrganisationState
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.organisations.queries import site
from marketplace.permissions import Permission
from marketplace.sellers.fulfilment.actions import close_fulfilment
from marketplace.sellers.stock.actions import (
    StockLine,
    change_reservation,
    hand_over_reservation,
    release_reservation,
)


class NotApproved(Conflict):
    """The requisition may not be ordered: it is not approved, or no longer."""


class SellerSuspended(Conflict):
    """The supplier may not trade at present."""


class AboveApproval(Conflict):
    """A change would cost more than what was approved."""


class AlreadyShipped(Conflict):
    """Goods have left, so the order can no longer be cancelled."""


class AnsweredMeanwhile(Conflict):
    """The seller has confirmed the order since the buyer looked at it."""


class AnotherProposal(Conflict):
    """The proposal that the buyer looked at is not the one that waits for an answer."""


def place_orders(*, requisition_id: UUID) -> list[PurchaseOrder]:
    """Turn an approved requisition into one order per supplier, all or none.

    A requisition that is ordered already gives the orders it has become: a second click changes nothing. Raises
    NotApproved, NotYourMove, SellerSuspended, CeilingExceeded, ReservationLost.
    """
    if not current_actor().permits(Permission.ORDER_PLACE):
        raise NotYourMove(_l("You are not allowed to do this."))
    requisition = requisition_for_order(requisition_id)
    if requisition.status == RequisitionState.ORDERED:
        return list(queries.orders_of_requisition(requisition.id))
    if requisition.status != RequisitionState.APPROVED:
        state = REQUISITION.state(requisition).label
        raise NotApproved(
            _l("Only an approved requisition can be ordered; this one is “%(state)s”.", state=state)
        )
    if not requisition.is_held:
        raise NotApproved(_l("The time for which price, stock and budget were held is over."))
    placed = _write_orders(requisition, requisition_lines(requisition.id))
    _take_over_what_is_held(requisition, placed)
    for order, lines in placed:
        announce(order_placed(order, Terms.of(order, lines)))
    mark_ordered(requisition_id=requisition.id, order_numbers=[order.number for order, _ in placed])
    return [order for order, _ in placed]


def confirm_order(
    *, order_id: UUID, confirmed_on: date | None = None, lines: Sequence[Promise] = ()
) -> PurchaseOrder:
    """Accept the order as it is, for a day, or for one day per line; without a day, for the day it was asked for.

    Raises Invalid for a day later than asked for: that is a change, which needs the buyer's yes. Raises WrongState,
    NotYourMove.
    """
    order = queries.order_for_update(order_id)
    rows = queries.lines_of(order_id)
    number = queries.next_version(order_id)
    agreed = promised(
        Terms.of(order, rows), lines, otherwise=confirmed_on or order.requested_on, number=number
    )
    ORDER.move(order, OrderState.CONFIRMED, news=order_confirmed(order, agreed))
    check_promises(agreed, clock.today())
    session().add(_version(order, agreed, VersionKind.CONFIRMED))
    _put_in_force(order, rows, agreed)
    return order


def refuse_order(*, order_id: UUID, reason: str) -> PurchaseOrder:
    """Say that the order will not be delivered, with the reason; a reaction releases what the buyer held."""
    order = queries.order_for_update(order_id)
    _move_on(order, OrderState.REFUSED, OrderRefused(**named(order), reason=reason))
    close_fulfilment(order_id=order_id)
    return order


def propose_change(
    *, order_id: UUID, lines: Sequence[ProposedLine], reason: str, confirmed_on: date | None = None
) -> PurchaseOrder:
    """Offer other quantities, prices or days, with the reason; nothing changes until the buyer has said yes.

    `confirmed_on` is the day of every line that names none. Raises Invalid, WrongState, NotYourMove.
    """
    order = queries.order_for_update(order_id)
    present = Terms.of(order, queries.lines_of(order_id))
    number = queries.next_version(order_id)
    offered = proposed(present, lines, otherwise=confirmed_on or order.requested_on, number=number)
    news = OrderChangeProposed(**named(order), version=number, reason=reason)
    ORDER.move(order, OrderState.CHANGE_PROPOSED, news=news)
    check_proposal(present, offered, clock.today())
    order.proposed_version = number
    session().add(_version(order, offered, VersionKind.CHANGE, reason=reason))
    session().flush()
    return order


def accept_change(*, order_id: UUID, version: int | None = None) -> PurchaseOrder:
    """Agree to the seller's proposal (to that `version`, where one is named).

    Ceilings, stock and budget follow, or nothing is changed. Raises AboveApproval, AnotherProposal, CeilingExceeded,
    OutOfStock, BudgetExceeded, WrongState, NotYourMove.
    """
    order = queries.order_for_update(order_id)
    agreed, rows = _proposal(order, version), queries.lines_of(order_id)
    ORDER.move(order, OrderState.CONFIRMED, news=order_confirmed(order, agreed))
    if agreed.total > order.approved_total:
        raise AboveApproval(_above_approval(order, agreed))
    order.proposed_version = None
    _put_in_force(order, rows, agreed)
    change_call_off(order_id=order.id, lines=_call_offs(rows))
    change_reservation(holder_id=order.id, lines=_stock_lines(rows))
    change_commitment(document_id=order.id, amount=order.total)
    return order


def decline_change(*, order_id: UUID, reason: str) -> PurchaseOrder:
    """Say no to the seller's proposal, with the reason: the order waits again, as it was placed, for an answer."""
    order = queries.order_for_update(order_id)
    declined = order.proposed_version or order.version
    _move_on(order, OrderState.PLACED, OrderChangeDeclined(**named(order), version=declined, reason=reason))
    return order


def cancel_order(*, order_id: UUID, reason: str, version: int | None = None) -> PurchaseOrder:
    """Take the order back before anything has left; ceilings, stock and budget are free again.

    `version` is the one in force whose consequences the buyer has read. Raises AnsweredMeanwhile, AlreadyShipped,
    WrongState, NotYourMove.
    """
    order = queries.order_for_update(order_id)
    if version is not None and version != order.version:
        raise AnsweredMeanwhile(_l("The supplier has answered meanwhile; please look at the order again."))
    _move_on(order, OrderState.CANCELLED, OrderCancelled(**named(order), reason=reason))
    if not close_fulfilment(order_id=order_id):
        raise AlreadyShipped(_l("Goods have left already, so the order can no longer be cancelled."))
    release_what_is_held(order_id=order_id)
    return order


def release_what_is_held(*, order_id: UUID) -> None:
    """Give back what an ended order holds, as its buyer: ceilings, stock, budget. Twice changes nothing."""
    release_call_offs(order_id=order_id)
    release_reservation(holder_id=order_id)
    release_commitment(document_id=order_id)


def mark_shipped(*, order_id: UUID, lines: Sequence[ShippedLine]) -> None:
    """Write what the seller's ship notice says, as the buyer; never more than is ordered."""
    order = queries.order_for_update(order_id)
    sent = {line.order_line_id: line.quantity for line in lines}
    for row in queries.lines_of(order_id):
        row.shipped = min(row.shipped + sent.get(row.id, Decimal(0)), row.quantity + row.replaced)
    if order.status == OrderState.CONFIRMED:
        ORDER.move(order, OrderState.SHIPPED)
    session().flush()


def expect_replacements(*, order_id: UUID, lines: Sequence[ReplacementLine]) -> None:
    """Await again, as the buyer, what a settlement sends again; never more than was ordered."""
    queries.order_for_update(order_id)
    again = {line.order_line_id: line.quantity for line in lines}
    for row in queries.lines_of(order_id):
        row.replaced = min(row.replaced + again.get(row.id, Decimal(0)), row.quantity)
    session().flush()


def file_document(*, order_id: UUID, version: int, content: bytes) -> OrderDocument:
    """File the PDF of a version for both parties, as the buyer; one that is filed already stays the only one."""
    order = queries.order_for_update(order_id)
    known = queries.document(order_id, version)
    if known is not None:
        return known
    file = store_file(
        content,
        name=f"{order.number}-v{version}.pdf",
        media_type="application/pdf",
        owner_id=order.buyer_id,
        counterparty_id=order.seller_id,
    )
    filed = save(
        OrderDocument(
            order_id=order.id, **order.parties, version=version, file_id=file.id, sha256=file.sha256
        )
    )
    if version == order.version:
        order.file_id = file.id
    announce(OrderFiled(**named(order), file_id=file.id))
    session().flush()
    return filed


def _write_orders(requisition: Requisition, lines: Sequence[RequisitionLine]) -> list[Placement]:
    by_seller = lines_by_seller(lines)
    _refuse_suspended(list(by_seller))
    ship_to, name = site(present(requisition.site_id)).address, current_actor().person_name
    placed = [
        placement(
            requisition,
            group,
            number=next_number(requisition.organisation_id, "PO"),
            ship_to=ship_to,
            placed_by=name,
        )
        for group in by_seller.values()
    ]
    _write_in_turn(
        [order for order, _ in placed],
        [row for _, rows in placed for row in rows],
        [_version(order, Terms.of(order, rows), VersionKind.PLACED) for order, rows in placed],
    )
    return placed


def _write_in_turn(*kinds: Sequence[Base]) -> None:
    """One statement for each kind of rows, those first that the others refer to."""
    for rows in kinds:
        session().add_all(rows)
        session().flush()


def _take_over_what_is_held(requisition: Requisition, placed: Sequence[Placement]) -> None:
    for order, rows in placed:
        call_off(order_id=order.id, lines=_call_offs(rows))
        hand_over_reservation(
            holder_id=requisition.id, new_holder_id=order.id, product_ids=[row.product_id for row in rows]
        )
    shares = [(order.id, order.total) for order, _ in placed]
    hand_over_commitment(document_id=requisition.id, shares=shares)


def _refuse_suspended(seller_ids: Sequence[UUID]) -> None:
    for seller in fetch_all(Organisation, seller_ids).values():
        if seller.status != OrganisationState.ADMITTED:
            raise SellerSuspended(_l("%(name)s may not trade at present.", name=seller.name))


def _version(order: PurchaseOrder, terms: Terms, kind: VersionKind, *, reason: str = "") -> OrderVersion:
    actor = current_actor()
    return version_of(
        order, terms, kind, author_id=actor.organisation, author_name=actor.person_name, reason=reason
    )


def _move_on(order: PurchaseOrder, target: OrderState, news: Event) -> None:
    """Bring the order to a state in which no proposal is open."""
    ORDER.move(order, target, news=news)
    order.proposed_version = None
    session().flush()


def _put_in_force(order: PurchaseOrder, rows: Sequence[PurchaseOrderLine], agreed: Terms) -> None:
    order.version, order.total = agreed.version, agreed.total
    order.confirmed_on, order.confirmed_at, order.file_id = agreed.confirmed_on, clock.now(), None
    for row, line in zip(rows, agreed.lines, strict=True):
        row.quantity, row.unit_price, row.line_total = line.quantity, line.unit_price, line.line_total
        row.promised_on = line.promised_on
    session().flush()


def _proposal(order: PurchaseOrder, version: int | None) -> Terms:
    if order.proposed_version is None:
        raise WrongState(_l("There is no proposal here that waits for an answer."))
    if version is not None and version != order.proposed_version:
        raise AnotherProposal(_l("The supplier has made another proposal; please look at it first."))
    return Terms.from_json(queries.version(order.id, order.proposed_version).snapshot)


def _above_approval(order: PurchaseOrder, agreed: Terms) -> object:
    return _l(
        "With this change the order would cost %(new)s, and %(approved)s was approved. Decline the change, and have"
        " the rest approved with a requisition of its own.",
        new=write_money(agreed.total),
        approved=write_money(order.approved_total),
    )


def _call_offs(rows: Sequence[PurchaseOrderLine]) -> list[CallOffLine]:
    return [
        CallOffLine(row.agreement_line_id, row.quantity, row.line_total)
        for row in rows
        if row.agreement_line_id is not None and row.quantity
    ]


def _stock_lines(rows: Sequence[PurchaseOrderLine]) -> list[StockLine]:
    return [StockLine(row.product_id, row.quantity) for row in rows if row.quantity]
