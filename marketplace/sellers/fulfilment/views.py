"""What does the warehouse see of what it has to ship, and each side of what was shipped?"""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation import clock
from marketplace.foundation.background import enqueue
from marketplace.foundation.db import new_id
from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import stored_file
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.unit_of_work import after_commit
from marketplace.foundation.web import attempt, back_to, page, requires, send_file_of
from marketplace.identity.organisations.queries import organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.fulfilment import actions, queries
from marketplace.sellers.fulfilment.forms import TrackForm, local, ship_form
from marketplace.sellers.fulfilment.jobs import draw_up_pick_list
from marketplace.sellers.fulfilment.lifecycle import FULFILMENT, SHIPMENT, ShipmentState
from marketplace.sellers.fulfilment.models import FulfilmentOrder, Shipment
from marketplace.sellers.stock.queries import batch, shelf

blueprint = Blueprint("fulfilment", __name__, url_prefix="/shipping")
SHOW, SHIPMENT_PAGE = "sellers.fulfilment.show", "sellers.fulfilment.shipment"
NAVIGATION = (
    Entrance(
        "sell",
        _l("To ship"),
        "sellers.fulfilment.index",
        Permission.GOODS_SHIP,
        "truck-delivery",
        ("supplier",),
    ),
)


@blueprint.get("/")
@requires(Permission.GOODS_SHIP)
def index() -> Response:
    """What is to be shipped, by promised day."""
    view = request.args.get("view", "open")
    shown = queries.work(view)
    return page(
        "sellers/fulfilment/index.html",
        shown=shown,
        view=view,
        figures=queries.work_figures(),
        counts=queries.open_lines([row.id for row in shown.rows]),
        buyers=organisation_names({row.buyer_id for row in shown.rows}),
        lifecycle=FULFILMENT,
    )


@blueprint.get("/<uuid:order_id>")
@requires(Permission.GOODS_SHIP)
def show(order_id: UUID) -> Response:
    """One order: what to fetch, in the order of the bins, and what has left already."""
    order = _own(order_id)
    return page(
        "sellers/fulfilment/show.html",
        order=order,
        picks=queries.pick_list(order),
        lines=queries.lines_of(order.id),
        shipments=queries.shipments_of(order_id),
        buyer=organisation_names({order.buyer_id}).get(order.buyer_id),
        lifecycle=FULFILMENT,
        parcels=SHIPMENT,
    )


@blueprint.route("/<uuid:order_id>/ship", methods=["GET", "POST"])
@requires(Permission.GOODS_SHIP)
def ship(order_id: UUID) -> BaseResponse:
    """Say what leaves now."""
    order = _own(order_id)
    lines = [line for line in queries.lines_of(order.id) if line.remainder]
    form = ship_form(lines, request_id=str(new_id()), expected_on=_next_day(order))
    shipment = attempt(form, actions.ship, order_id=order_id)
    if shipment is None:
        proposed = queries.pick_list(order) if order.is_open else []
        return page("sellers/fulfilment/ship.html", order=order, lines=lines, form=form, picks=proposed)
    flash(_("Shipment %(number)s has left.", number=shipment.number), "good")
    return back_to(url_for(SHIPMENT_PAGE, shipment_id=shipment.id))


@blueprint.post("/<uuid:order_id>/pick-list")
@requires(Permission.GOODS_SHIP)
def ask_for_pick_list(order_id: UUID) -> BaseResponse:
    """Have the pick list drawn up."""
    order = actions.ask_for_pick_list(order_id=order_id)
    ids = {"order_id": order_id, "seller_id": order.seller_id}
    after_commit(f"pick list {order_id}", lambda: enqueue(draw_up_pick_list, **ids))
    return back_to(url_for(SHOW, order_id=order_id))


@blueprint.get("/<uuid:order_id>/pick-list")
@requires(Permission.GOODS_SHIP)
def pick_list_paper(order_id: UUID) -> Response:
    """Whether the pick list is drawn up: the fragment that waits for it."""
    return page("sellers/fulfilment/_pick_list.html", order=_own(order_id))


@blueprint.get("/<uuid:order_id>/pick-list.pdf")
@requires(Permission.GOODS_SHIP)
def pick_list_pdf(order_id: UUID) -> BaseResponse:
    """The pick list."""
    return send_file_of(stored_file(_filed(_own(order_id).pick_list_file_id)))


@blueprint.get("/recall/<uuid:batch_id>")
@requires(Permission.STOCK_READ)
def recall(batch_id: UUID) -> Response:
    """Who got something of a batch."""
    row, shown = batch(batch_id), queries.recall(batch_id)
    return page(
        "sellers/fulfilment/recall.html",
        row=row,
        shelf=shelf(row.product_id),
        shown=shown,
        buyers=organisation_names({sent.shipment.buyer_id for sent in shown.rows if sent.shipment}),
    )


@blueprint.get("/orders/<uuid:order_id>/shipments")
@requires(Permission.ORDER_READ)
def shipments(order_id: UUID) -> Response:
    """The shipments of an order, for both sides; a fragment where htmx asks for it."""
    is_part = "HX-Request" in request.headers
    known = queries.fulfilment(order_id)
    return page(
        f"sellers/fulfilment/{'_' if is_part else ''}shipments.html",
        shipments=queries.shipments_of(known.order_id),
        parcels=SHIPMENT,
    )


@blueprint.get("/shipments/<uuid:shipment_id>")
@requires(Permission.ORDER_READ)
def shipment(shipment_id: UUID) -> Response:
    """One shipment: what is in it, where it is."""
    return _shipment_page(queries.shipment(shipment_id), TrackForm(happened_at=local(clock.now())))


@blueprint.post("/shipments/<uuid:shipment_id>/track")
@requires(Permission.GOODS_SHIP)
def track(shipment_id: UUID) -> BaseResponse:
    """Note where it was seen."""
    form = TrackForm()
    if attempt(form, actions.track_shipment, shipment_id=shipment_id) is None:
        return _shipment_page(queries.shipment(shipment_id), form)
    return back_to(url_for(SHIPMENT_PAGE, shipment_id=shipment_id))


@blueprint.get("/shipments/<uuid:shipment_id>/packing-slip")
@requires(Permission.ORDER_READ)
def packing_slip_paper(shipment_id: UUID) -> Response:
    """Whether the packing slip is drawn up: the fragment that waits for it."""
    return page("sellers/fulfilment/_packing_slip.html", row=queries.shipment(shipment_id))


@blueprint.get("/shipments/<uuid:shipment_id>/packing-slip.pdf")
@requires(Permission.ORDER_READ)
def packing_slip_pdf(shipment_id: UUID) -> BaseResponse:
    """The packing slip."""
    return send_file_of(stored_file(_filed(queries.shipment(shipment_id).file_id)))


def _shipment_page(row: Shipment, form: TrackForm) -> Response:
    actor = current_actor()
    is_open = row.status != ShipmentState.DELIVERED
    return page(
        "sellers/fulfilment/shipment.html",
        row=row,
        form=form,
        lines=queries.contents(row.id),
        seen=queries.tracking(row.id),
        names=organisation_names({row.buyer_id, row.seller_id}),
        parcels=SHIPMENT,
        is_mine=row.seller_id == actor.organisation_id,
        may_track=is_open and row.seller_id == actor.organisation_id and actor.permits(Permission.GOODS_SHIP),
    )


def _own(order_id: UUID) -> FulfilmentOrder:
    order = queries.fulfilment(order_id)
    if order.seller_id != current_actor().organisation_id:
        raise NotFound(_l("There is nothing here that you may see."))
    return order


def _filed(file_id: UUID | None) -> UUID:
    if file_id is None:
        raise NotFound(_l("This paper is not drawn up yet."))
    return file_id


def _next_day(order: FulfilmentOrder) -> date:
    """The promised day where it can still be kept, else the next working day."""
    return max(order.promised_on, clock.day_of(clock.after_working_days(clock.now(), 1)))
