"""What does the person at the ramp see, and what do both parties see of a count?"""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.orders import queries as orders
from marketplace.buyers.orders.lifecycle import AGREED, ORDER
from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.receiving import actions, queries
from marketplace.buyers.receiving.counting import expected
from marketplace.buyers.receiving.forms import CountForm
from marketplace.foundation import clock
from marketplace.foundation.db import fetch
from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import stored_file
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires, send_file_of
from marketplace.identity.organisations.queries import organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.fulfilment.models import Shipment

blueprint = Blueprint("receiving", __name__, url_prefix="/receipts")
READ, COUNT = Permission.ORDER_READ, Permission.GOODS_RECEIVE
NAVIGATION = (
    Entrance("buy", _l("Deliveries"), "buyers.receiving.index", COUNT, "packages", ("buyer",)),
    Entrance("sell", _l("Receipts"), "buyers.receiving.counted", READ, "checklist", ("supplier",)),
)


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """What is under way to the actor's organisation."""
    return page(
        "buyers/receiving/index.html",
        shown=queries.deliveries(),
        lifecycle=ORDER,
        today=clock.today(),
        may_count=current_actor().permits(COUNT),
    )


@blueprint.get("/counted")
@requires(READ)
def counted() -> Response:
    """What has been counted, of the actor's organisation on either side."""
    return page("buyers/receiving/counted.html", shown=queries.receipts(), is_buyer=_is_buying())


@blueprint.route("/orders/<uuid:order_id>/count", methods=["GET", "POST"])
@requires(COUNT)
def count(order_id: UUID) -> BaseResponse:
    """Count a delivery of the order, of one shipment where the address names one."""
    order, lines = _countable(order_id), orders.lines_of(order_id)
    shipments = queries.uncounted_shipments([order_id]).get(order_id, [])
    form, chosen = _count_form(order, lines, shipments)
    receipt = attempt(form, actions.record_receipt, order_id=order_id)
    if receipt is None:
        context = {"order": order, "lines": {line.id: line for line in lines}, "shipments": shipments}
        names = organisation_names({order.seller_id})
        return page("buyers/receiving/count.html", form=form, chosen=chosen, names=names, **context)
    flash(_("Receipt %(number)s is recorded.", number=receipt.number), "good")
    return back_to(url_for(".show", receipt_id=receipt.id))


@blueprint.get("/orders/<uuid:order_id>")
@requires(READ)
def of_order(order_id: UUID) -> Response:
    """The receipts of an order, for both sides; a fragment where htmx asks for it."""
    order, found = orders.order(order_id), queries.receipts_of(order_id)
    is_part = "HX-Request" in request.headers
    template = f"buyers/receiving/{'_' if is_part else ''}of_order.html"
    wrong = queries.discrepant_lines([row.id for row in found])
    return page(template, order=order, receipts=found, wrong=wrong)


@blueprint.get("/<uuid:receipt_id>")
@requires(READ)
def show(receipt_id: UUID) -> Response:
    """One count, as both parties see it."""
    receipt = queries.receipt(receipt_id)
    return page(
        "buyers/receiving/show.html",
        receipt=receipt,
        lines=queries.lines_of(receipt_id),
        photos=queries.photos_of(receipt_id),
        names=organisation_names({receipt.buyer_id, receipt.seller_id}),
        shipment=fetch(Shipment, receipt.shipment_id) if receipt.shipment_id else None,
        is_buyer=receipt.buyer_id == current_actor().organisation_id,
    )


@blueprint.get("/<uuid:receipt_id>/photos/<uuid:photo_id>.jpg")
@requires(READ)
def photo(receipt_id: UUID, photo_id: UUID) -> BaseResponse:
    """A picture of what was wrong."""
    found = next((row for row in queries.photos_of(receipt_id) if row.id == photo_id), None)
    if found is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return send_file_of(stored_file(found.file_id), is_download=False)


def _countable(order_id: UUID) -> PurchaseOrder:
    order = orders.order(order_id)
    if order.buyer_id != current_actor().organisation_id:
        raise NotYourMove(_l("You are not allowed to do this."))
    if order.status not in AGREED:
        raise WrongState(_l("Goods are counted for orders that both parties have agreed on."))
    return order


def _count_form(
    order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], shipments: Sequence[Shipment]
) -> tuple[CountForm, Shipment | None]:
    asked = request.values.get("shipment_id", "")
    chosen = next((row for row in shipments if str(row.id) == asked), None)
    announced = queries.shipment_to_count(chosen.id, order.id) if chosen else None
    awaited = expected(lines, announced)
    shown = [line for line in lines if (awaited[line.id] if chosen else line.owed)]
    form = CountForm.of(
        shown,
        awaited,
        receipts_seen=queries.receipt_count(order.id),
        shipment_id=chosen.id if chosen else None,
    )
    return form, chosen


def _is_buying() -> bool:
    return current_actor().takes("buyer")
