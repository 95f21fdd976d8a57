"""What do buyer and seller see of an order, and what can each of them press?"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.budgets.queries import commitment_of
from marketplace.buyers.orders import actions, queries
from marketplace.buyers.orders.forms import (
    AcceptForm,
    CancelForm,
    ConfirmForm,
    ProposeForm,
    ReasonForm,
    WishForm,
)
from marketplace.buyers.orders.lifecycle import ORDER, OrderState
from marketplace.buyers.orders.models import OrderVersion, PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.orders.terms import Terms, changes
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import stored_file
from marketplace.foundation.forms import Form
from marketplace.foundation.language import lazy_text as _l, plural_text, text as _
from marketplace.foundation.lifecycle import WrongState
from marketplace.foundation.money import Money
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires, send_file_of
from marketplace.identity.organisations.queries import organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.fulfilment.lifecycle import SHIPMENT
from marketplace.sellers.fulfilment.queries import shipments_of

blueprint = Blueprint("orders", __name__, url_prefix="/orders")
READ, PLACE = Permission.ORDER_READ, Permission.ORDER_PLACE
CONFIRM, CANCEL = Permission.ORDER_CONFIRM, Permission.ORDER_CANCEL
NAVIGATION = (
    Entrance("buy", _l("Orders"), "buyers.orders.index", READ, "clipboard-list", ("buyer",)),
    Entrance("sell", _l("Orders received"), "buyers.orders.received", READ, "inbox", ("supplier",)),
)


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """What the actor's organisation has ordered."""
    return _list("buyer_id")


@blueprint.get("/received")
@requires(READ)
def received() -> Response:
    """What others have ordered of the actor's organisation."""
    return _list("seller_id")


@blueprint.post("/place/<uuid:requisition_id>")
@requires(PLACE)
def place(requisition_id: UUID) -> BaseResponse:
    """Turn an approved requisition into its orders; a second click lands on the same ones."""
    placed = actions.place_orders(requisition_id=requisition_id)
    numbers = ", ".join(order.number for order in placed)
    flash(
        plural_text("Order placed: %(numbers)s", "Orders placed: %(numbers)s", len(placed), numbers=numbers),
        "good",
    )
    if len(placed) == 1:
        return back_to(url_for(".show", order_id=placed[0].id))
    return back_to(url_for(".index"))


@blueprint.get("/<uuid:order_id>")
@requires(READ)
def show(order_id: UUID) -> Response:
    """The order: how far it is, whose move it is, what was agreed and what has happened."""
    return _show(queries.order(order_id))


@blueprint.post("/<uuid:order_id>/confirm")
@requires(CONFIRM)
def confirm(order_id: UUID) -> BaseResponse:
    """Accept the order as it is, for a day."""
    order = queries.order(order_id)
    form = ConfirmForm.of(order, queries.lines_of(order_id))
    if attempt(form, actions.confirm_order, order_id=order_id) is None:
        return _show(order, confirm_form=form)
    return _done(order_id, _("The order is confirmed."))


@blueprint.route("/<uuid:order_id>/refuse", methods=["GET", "POST"])
@requires(CONFIRM)
def refuse(order_id: UUID) -> BaseResponse:
    """Say that it will not be delivered, once its consequences have been read."""
    form = ReasonForm()
    if attempt(form, actions.refuse_order, order_id=order_id) is None:
        return _ask(order_id, OrderState.REFUSED, form)
    return _done(order_id, _("The order is refused; the buyer is told why."))


@blueprint.route("/<uuid:order_id>/propose", methods=["GET", "POST"])
@requires(CONFIRM)
def propose(order_id: UUID) -> BaseResponse:
    """Offer other quantities, prices or days."""
    order, lines = queries.order(order_id), queries.lines_of(order_id)
    form = ProposeForm.of(order, lines)
    if attempt(form, actions.propose_change, order_id=order_id) is None:
        pairs = list(zip(lines, form.lines.entries, strict=False))
        return page("buyers/orders/propose.html", order=order, pairs=pairs, form=form)
    return _done(order_id, _("The change is proposed; the order waits for the buyer's answer."))


@blueprint.post("/<uuid:order_id>/accept")
@requires(PLACE)
def accept(order_id: UUID) -> BaseResponse:
    """Agree to the proposal that was read."""
    form = AcceptForm()
    if attempt(form, actions.accept_change, order_id=order_id) is None:
        return _show(queries.order(order_id), accept_form=form)
    return _done(order_id, _("The change is accepted and the order confirmed."))


@blueprint.post("/<uuid:order_id>/decline")
@requires(PLACE)
def decline(order_id: UUID) -> BaseResponse:
    """Say no to the proposal."""
    form = ReasonForm()
    if attempt(form, actions.decline_change, order_id=order_id) is None:
        return _show(queries.order(order_id), reason_form=form)
    return _done(order_id, _("The change is declined; the order stands as it was placed."))


@blueprint.route("/<uuid:order_id>/cancel", methods=["GET", "POST"])
@requires(CANCEL)
def cancel(order_id: UUID) -> BaseResponse:
    """Take the order back, once its consequences have been read."""
    form = CancelForm()
    if attempt(form, actions.cancel_order, order_id=order_id) is None:
        return _ask(order_id, OrderState.CANCELLED, form)
    return _done(order_id, _("The order is cancelled."))


@blueprint.get("/<uuid:order_id>/versions/<int:number>")
@requires(READ)
def version(order_id: UUID, number: int) -> Response:
    """What one version says, and what it changes of the one before."""
    shown = queries.version(order_id, number)
    terms = Terms.from_json(shown.snapshot)
    base = queries.version(order_id, shown.base_version) if shown.base_version else None
    found = changes(Terms.from_json(base.snapshot), terms) if base else []
    order = queries.order(order_id)
    return page("buyers/orders/version.html", order=order, version=shown, terms=terms, changes=found)


@blueprint.get("/<uuid:order_id>/papers")
@requires(READ)
def papers(order_id: UUID) -> Response:
    """The part of the page that waits for the worker's PDF, and then shows it."""
    documents = queries.documents_of(order_id)
    return page("buyers/orders/_papers.html", order=queries.order(order_id), documents=documents)


@blueprint.get("/<uuid:order_id>/documents/<int:number>.pdf")
@requires(READ)
def document(order_id: UUID, number: int) -> BaseResponse:
    """The PDF of one version, as it was filed."""
    filed = queries.document(order_id, number)
    if filed is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return send_file_of(stored_file(filed.file_id))


def _list(side: queries.Side) -> Response:
    form = WishForm.asked(side, queries.counterparts(side))
    return page(
        "buyers/orders/index.html",
        shown=queries.orders(side, form.wish),
        form=form,
        lifecycle=ORDER,
        side=side,
        is_filtered=form.wish != queries.Wish(),
        today=clock.today(),
    )


def _show(order: PurchaseOrder, **forms: Form) -> Response:
    lines, versions = queries.lines_of(order.id), queries.versions_of(order.id)
    return page(
        "buyers/orders/show.html",
        order=order,
        lines=lines,
        versions=list(reversed(versions)),
        in_force=queries.versions_in_force(order, versions),
        documents=queries.documents_of(order.id),
        entries=queries.timeline(order.id),
        shipments=shipments_of(order.id),
        parcels=SHIPMENT,
        late_since=queries.late_since(order, lines, clock.today()),
        **_standing(order),
        **_proposal(order, lines, versions),
        **(_untyped(order, lines) | forms),
    )


def _untyped(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> dict[str, Form]:
    """The forms of the page, with nothing typed into them."""
    return {
        "confirm_form": ConfirmForm.of(order, lines, formdata=None),
        "reason_form": ReasonForm(formdata=None),
        "accept_form": AcceptForm(formdata=None),
    }


def _standing(order: PurchaseOrder) -> dict[str, Any]:
    return {
        "lifecycle": ORDER,
        "names": organisation_names({order.buyer_id, order.seller_id}),
        "can": {target.value: ORDER.can(order, target) for target in OrderState},
        "is_buyer": order.buyer_id == current_actor().organisation_id,
        "today": clock.today(),
    }


def _proposal(
    order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], versions: Sequence[OrderVersion]
) -> dict[str, Any]:
    proposal = next((row for row in versions if row.version == order.proposed_version), None)
    offered = Terms.from_json(proposal.snapshot) if proposal else None
    return {
        "proposal": proposal,
        "changes": changes(Terms.of(order, lines), offered) if offered else [],
        "is_above_approval": offered is not None and offered.total > order.approved_total,
    }


def _ask(order_id: UUID, target: OrderState, form: Form) -> Response:
    order = queries.order(order_id)
    if not ORDER.can(order, target):
        raise WrongState(
            _l("This is “%(state)s” now, so that is no longer possible.", state=ORDER.state(order).label)
        )
    held = commitment_of(order_id) if target == OrderState.CANCELLED else None
    return page(
        f"buyers/orders/{target.value}.html",
        order=order,
        lines=queries.lines_of(order_id),
        form=form,
        held=Money(held.committed, held.currency) if held else None,
        **_standing(order),
    )


def _done(order_id: UUID, sentence: str) -> BaseResponse:
    flash(sentence, "good")
    return back_to(url_for(".show", order_id=order_id))
