"""What can be done with a requisition, from the cart to its orders?

Submitting happens as a whole or not at all: prices are found again and frozen, stock is reserved, the budget holds
the amount and approval is asked for, in one transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from marketplace.buyers.approvals.actions import Subject, start_run, void_run
from marketplace.buyers.approvals.lifecycle import RunState
from marketplace.buyers.approvals.models import ApprovalRun
from marketplace.buyers.approvals.queries import policy, run
from marketplace.buyers.budgets.actions import commit_budget, release_commitment
from marketplace.buyers.budgets.queries import cost_centre
from marketplace.buyers.policies.actions import Reason
from marketplace.buyers.requisitions.lifecycle import REQUISITION, RequisitionState
from marketplace.buyers.requisitions.models import Requisition, RequisitionLine
from marketplace.buyers.requisitions.offers import Offer, held_at_most, offers, problem, wanted_by, write
from marketplace.buyers.requisitions.policing import kept_reasons, obey
from marketplace.buyers.requisitions.queries import line, lines_of, my_cart, requisition
from marketplace.contracts.prices.pricing import Wanted
from marketplace.events.buyers import (
    RequisitionApproved,
    RequisitionOrdered,
    RequisitionRejected,
    RequisitionSubmitted,
    RequisitionWithdrawn,
)
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, new_id, session
from marketplace.foundation.errors import Forbidden, Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import WrongState
from marketplace.foundation.money import Money
from marketplace.foundation.numbering import next_number
from marketplace.foundation.quantity import checked_quantity
from marketplace.foundation.tenancy import acting_as, automatic, current_actor
from marketplace.identity.organisations.queries import organisation, site
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.queries import product
from marketplace.sellers.stock.actions import StockLine, release_reservation, reserve_stock

S = RequisitionState
HOLD_HAS_EXPIRED = "expired"
NO_REASONS: Mapping[UUID, Reason] = {}


class NotReady(Invalid):
    """Something that a requisition needs has not been said yet."""


class NotYours(Forbidden):
    """Somebody else's cart or requisition."""


def add_to_cart(*, product_id: UUID, quantity: Decimal) -> RequisitionLine:
    """Put so much more of a product into one's cart. Raises NotFound, WrongQuantity, NotForYou."""
    checked_quantity(quantity, product(product_id).unit_code)
    cart = _cart()
    lines = list(lines_of(cart.id))
    known = next((row for row in lines if row.product_id == product_id), None)
    if known is not None:
        return change_line(line_id=known.id, quantity=known.quantity + quantity)
    added = _new_line(cart, product_id, quantity, position=len(lines) + 1)
    found = _offers(cart, [*lines, added])
    found[product_id].check(buyer_id=cart.organisation_id, currency=cart.total.currency)
    _write(cart, [*lines, added], found)
    return added


def change_line(*, line_id: UUID, quantity: Decimal) -> RequisitionLine:
    """Ask for another quantity of a line in one's cart. Raises WrongQuantity, NotFound, LineRefused."""
    changed = line(line_id)
    checked_quantity(quantity, changed.unit_code)
    cart = _own_draft(changed.requisition_id)
    lines = lines_of(cart.id)
    wanted = [Wanted(r.product_id, quantity if r is changed else r.quantity) for r in lines]
    found = offers(buyer_id=cart.organisation_id, wanted=wanted, on=clock.today())
    offer = found.get(changed.product_id)
    if offer is not None:
        offer.check(buyer_id=cart.organisation_id, currency=cart.total.currency)
    elif refusal := problem(changed, None, cart.total.currency):
        raise refusal
    changed.quantity = quantity
    _write(cart, lines, found)
    return changed


def remove_line(*, line_id: UUID) -> None:
    """Take a line out of one's cart."""
    removed = line(line_id)
    cart = _own_draft(removed.requisition_id)
    session().delete(removed)
    session().flush()
    lines = lines_of(cart.id)
    for position, row in enumerate(lines, start=1):
        row.position = position
    _write(cart, lines, _offers(cart, lines))


def put_into_cart(*, wanted: Sequence[Wanted]) -> None:
    """Let one's cart ask for so much of each of these products, which it may have already. Raises LineRefused.

    Done twice, it is done once.
    """
    cart, quantities = _cart(), {one.product_id: one.quantity for one in wanted}
    lines = list(lines_of(cart.id))
    known = {row.product_id for row in lines}
    new = [one for one in quantities if one not in known]
    lines += [
        _new_line(cart, one, quantities[one], position=len(lines) + n) for n, one in enumerate(new, start=1)
    ]
    for row in lines:
        row.quantity = quantities.get(row.product_id, row.quantity)
    _write_if_had(cart, lines, quantities)


def take_instead(*, lines: Collection[UUID], wanted: Sequence[Wanted]) -> None:
    """Put these products in the place of those lines of one's cart. Raises LineRefused."""
    cart, quantities = _cart(), {one.product_id: one.quantity for one in wanted}
    present = lines_of(cart.id)
    for row in present:
        if row.id in lines and row.product_id not in quantities:
            session().delete(row)
    kept = [row for row in present if row.id not in lines or row.product_id in quantities]
    known = {row.product_id for row in kept}
    added = [_new_line(cart, one, quantities[one], position=0) for one in quantities if one not in known]
    for position, row in enumerate([*kept, *added], start=1):
        row.position, row.quantity = position, quantities.get(row.product_id, row.quantity)
    session().flush()
    _write_if_had(cart, [*kept, *added], quantities)


def describe_requisition(
    *,
    cost_centre_id: UUID | None = None,
    site_id: UUID | None = None,
    needed_on: date | None = None,
    note: str | None = None,
    reasons: Mapping[UUID, Reason] = NO_REASONS,
) -> Requisition:
    """Say whom one's cart is for, where it goes, when it is needed, and why in spite of which buying rules.

    Raises NotFound, Invalid.
    """
    cart = _cart()
    if cost_centre_id is not None and not cost_centre(cost_centre_id).is_active:
        raise Invalid(_l("This cost centre is closed."), field="cost_centre_id")
    if site_id is not None:
        site(site_id)
    cart.cost_centre_id, cart.site_id = cost_centre_id, site_id
    cart.needed_on, cart.note, cart.reasons = needed_on, note or "", kept_reasons(reasons)
    session().flush()
    return cart


def submit_requisition(*, requisition_id: UUID) -> Requisition:
    """Hand a cart in: freeze prices, obey the buying rules, reserve stock, commit the budget, ask for approval.

    What is held is held as long as the organisation says.

    Raises NotReady, LineRefused, PolicyRefused, RuleChanged, ReasonNeeded, OutOfStock, BudgetExceeded, NobodyMayDecide;
    then nothing of it has happened.
    """
    cart = _own_draft(requisition_id)
    lines = lines_of(cart.id)
    centre_id = _checked(cart, lines)
    _freeze(cart, lines)
    kept = [StockLine(row.product_id, row.quantity) for row in lines]
    reserve_stock(holder_id=cart.id, lines=kept, expires_at=cart.held_until)
    commit_budget(cost_centre_id=centre_id, document_id=cart.id, amount=cart.total, on=clock.today())
    asked = start_run(subject=_subject(cart, centre_id, lines))
    cart.approval_run_id = asked.id
    session().flush()
    if asked.status == RunState.GRANTED:
        _approve(cart, asked)
    return cart


def describe_and_submit(**said: Any) -> Requisition:
    """Say whom one's cart is for, as `describe_requisition` takes it, and hand it in at once."""
    return submit_requisition(requisition_id=describe_requisition(**said).id)


def withdraw_requisition(*, requisition_id: UUID, reason: str | None = None) -> Requisition:
    """Take back what is not ordered yet, and release what it holds. Raises NotYours, WrongState."""
    row = fetch(Requisition, requisition_id, lock=True)
    actor = current_actor()
    if row.requester_id != actor.person_id and not actor.permits(Permission.RULE_WRITE):
        raise NotYours(_l("Only the requester or a procurement lead takes this back."))
    _withdraw(row, reason or "")
    return row


def copy_requisition(*, requisition_id: UUID) -> list[str]:
    """Put the lines of a requisition into one's own cart, at today's prices; approval begins anew.

    Returns the names of products that cannot be had like that any more and were left out.
    """
    source = requisition(requisition_id)
    if source.status == S.DRAFT:
        raise WrongState(_l("A cart cannot be copied; submit it first."))
    cart = _cart()
    present = list(lines_of(cart.id))
    asked_for = {row.product_id for row in present}
    copies = [row for row in lines_of(source.id) if row.product_id not in asked_for]
    found = _offers(cart, [*present, *copies])
    left_out = [r for r in copies if problem(r, found.get(r.product_id), cart.total.currency)]
    added = [
        _new_line(cart, row.product_id, row.quantity, position=len(present) + n)
        for n, row in enumerate((row for row in copies if row not in left_out), start=1)
    ]
    if not present:
        cart.copied_from_id, cart.note = source.id, source.note
        cart.cost_centre_id, cart.site_id = source.cost_centre_id, source.site_id
    _write(cart, [*present, *added], found)
    return [row.name for row in left_out]


def approve_requisition(*, requisition_id: UUID, run_id: UUID) -> None:
    """Follow a granted approval; what has gone another way, or is held no longer, stays as it is."""
    row = fetch(Requisition, requisition_id, lock=True)
    if row.status == S.SUBMITTED and row.approval_run_id == run_id and row.is_held:
        _approve(row, run(run_id))


def reject_requisition(*, requisition_id: UUID, run_id: UUID, comment: str) -> None:
    """Follow a refused approval and release what is held; what has gone another way stays as it is."""
    row = fetch(Requisition, requisition_id, lock=True)
    if row.status == S.SUBMITTED and row.approval_run_id == run_id:
        REQUISITION.move(row, S.REJECTED, news=RequisitionRejected(**_about(row), comment=comment))
        _release(row)


def expire_hold(*, requisition_id: UUID) -> None:
    """Withdraw a requisition whose hold has run out, on behalf of its organisation."""
    row = fetch(Requisition, requisition_id, lock=True)
    if row.status in (S.SUBMITTED, S.APPROVED) and row.held_until and row.held_until <= clock.now():
        _withdraw(row, HOLD_HAS_EXPIRED)


def mark_ordered(*, requisition_id: UUID, order_numbers: Sequence[str]) -> None:
    """Say that the orders of an approved requisition are placed. Raises WrongState, NotYourMove."""
    row = fetch(Requisition, requisition_id, lock=True)
    news = RequisitionOrdered(**_about(row), order_numbers=list(order_numbers))
    REQUISITION.move(row, S.ORDERED, news=news)
    session().flush()


def _cart() -> Requisition:
    """The acting person's cart, locked; begun where there is none. Two tabs begin the same one."""
    actor = current_actor()
    if my_cart() is None:
        begun = insert(Requisition).values(
            id=new_id(),
            organisation_id=actor.organisation,
            requester_id=actor.person,
            number="",
            note="",
            status=S.DRAFT,
            version=1,
            total_amount=Decimal(0),
            total_currency=organisation(actor.organisation).currency,
            started_at=clock.now(),
        )
        session().execute(begun.on_conflict_do_nothing())
    found = my_cart()
    if found is None:
        raise NotYours(_l("A cart is made by the one who fills it."))
    return fetch(Requisition, found.id, lock=True)


def _own_draft(requisition_id: UUID) -> Requisition:
    row = fetch(Requisition, requisition_id, lock=True)
    if row.status != S.DRAFT:
        raise WrongState(
            _l("This is “%(state)s” now and stays as it is.", state=REQUISITION.state(row).label)
        )
    if row.requester_id != current_actor().person:
        raise NotYours(_l("A cart is changed only by the one who fills it."))
    return row


def _new_line(cart: Requisition, product_id: UUID, quantity: Decimal, *, position: int) -> RequisitionLine:
    return RequisitionLine(
        organisation_id=cart.organisation_id,
        requisition_id=cart.id,
        product_id=product_id,
        quantity=quantity,
        position=position,
    )


def _offers(cart: Requisition, lines: Sequence[RequisitionLine]) -> dict[UUID, Offer]:
    return offers(buyer_id=cart.organisation_id, wanted=wanted_by(lines), on=clock.today())


def _write(cart: Requisition, lines: Sequence[RequisitionLine], found: dict[UUID, Offer]) -> None:
    """Bring lines and total up to date; a line that cannot be had any more keeps what it last said."""
    for row in lines:
        if row.product_id in found:
            write(row, found[row.product_id])
    cart.total = Money.total((row.line_total for row in lines), cart.total.currency)
    session().add_all(lines)
    session().flush()


def _write_if_had(cart: Requisition, lines: Sequence[RequisitionLine], checked: Collection[UUID]) -> None:
    """The same, where these products of them can be had as they are asked for. Raises LineRefused."""
    found = _offers(cart, lines)
    for row in lines:
        refusal = problem(row, found.get(row.product_id), cart.total.currency)
        if refusal and row.product_id in checked:
            raise refusal
    _write(cart, lines, found)


def _checked(cart: Requisition, lines: Sequence[RequisitionLine]) -> UUID:
    """The cost centre of a cart that says all it must. Raises NotReady."""
    if not lines:
        raise NotReady(_l("The cart is empty."))
    if cart.cost_centre_id is None or not cost_centre(cart.cost_centre_id).is_active:
        raise NotReady(_l("Which cost centre is it for?"), field="cost_centre_id")
    if cart.site_id is None or not site(cart.site_id).is_active:
        raise NotReady(_l("Where shall it be delivered?"), field="site_id")
    if cart.needed_on is None:
        raise NotReady(_l("When do you need it?"), field="needed_on")
    if cart.needed_on < clock.today():
        raise NotReady(_l("The day on which you need it is over."), field="needed_on")
    return cart.cost_centre_id


def _freeze(cart: Requisition, lines: Sequence[RequisitionLine]) -> None:
    """Write today's prices, give the number, submit; the database answers with the hash of the content."""
    _write_if_had(cart, lines, {row.product_id for row in lines})
    cart.number = next_number(cart.organisation_id, "REQ")
    cart.submitted_at, cart.priced_on = clock.now(), clock.today()
    cart.held_until = held_at_most(timedelta(days=policy().hold_days), lines)
    obey(cart, lines)
    news = RequisitionSubmitted(**_about(cart), total=cart.total.amount, currency=cart.total.currency)
    REQUISITION.move(cart, S.SUBMITTED, news=news)
    session().flush()
    session().refresh(cart)


def _subject(cart: Requisition, centre_id: UUID, lines: Sequence[RequisitionLine]) -> Subject:
    return Subject(
        kind="requisition",
        document_id=cart.id,
        number=cart.number,
        document_hash=cart.content_hash or "",
        amount=cart.total,
        requester_id=cart.requester_id,
        cost_centre_id=centre_id,
        cpv_codes=[row.cpv_code for row in lines],
    )


def _approve(row: Requisition, granted: ApprovalRun) -> None:
    is_automatic = not any(rule["is_asked"] for rule in granted.explanation)
    with acting_as(automatic(row.organisation_id)):
        news = RequisitionApproved(**_about(row), is_automatic=is_automatic)
        REQUISITION.move(row, S.APPROVED, news=news)
        session().flush()


def _withdraw(row: Requisition, reason: str) -> None:
    REQUISITION.move(row, S.WITHDRAWN, news=RequisitionWithdrawn(**_about(row), reason=reason))
    session().flush()
    void_run(document_id=row.id)
    _release(row)


def _release(row: Requisition) -> None:
    session().flush()
    release_reservation(holder_id=row.id)
    release_commitment(document_id=row.id)


def _about(row: Requisition) -> dict[str, Any]:
    """What all news of a requisition says."""
    return {
        "subject_id": row.id,
        "organisation_id": row.organisation_id,
        "number": row.number,
        "requester_id": row.requester_id,
    }
