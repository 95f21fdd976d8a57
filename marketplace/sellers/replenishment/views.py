"""What does the warehouse see of goods that are to come?"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.db import fetch_all
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.quantity import UNITS
from marketplace.foundation.web import attempt, back_to, is_done, page, requires
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.replenishment import actions, placement, queries
from marketplace.sellers.replenishment.forms import ArrivalForm, NewArrivalForm, ReorderForm, TakeInForm
from marketplace.sellers.stock.lifecycle import ARRIVAL
from marketplace.sellers.stock.queries import shelf
from marketplace.sellers.stock.turnover import CLASSES, since, turnover
from marketplace.sellers.warehouses.queries import open_warehouses, warehouse

READ, WRITE = Permission.STOCK_READ, Permission.STOCK_WRITE
blueprint = Blueprint("replenishment", __name__, url_prefix="/replenishment")
# Pages of neither stand under the first.
NAVIGATION = (
    Entrance("sell", _l("To reorder"), "sellers.replenishment.low", READ, "refresh", ("supplier",)),
    Entrance(
        "sell", _l("Expected goods"), "sellers.replenishment.index", READ, "truck-return", ("supplier",)
    ),
)
INDEX = "sellers.replenishment.index"


@blueprint.get("/arrivals")
@requires(READ)
def index() -> Response:
    """What is expected, by its day."""
    view = request.args.get("view", "expected")
    shown = queries.arrivals(view)
    return page(
        "sellers/replenishment/arrivals.html",
        shown=shown,
        view=view,
        products=fetch_all(Product, {row.product_id for row in shown.rows}),
        warehouses=queries.warehouse_codes({row.warehouse_id for row in shown.rows}),
        lifecycle=ARRIVAL,
    )


@blueprint.route("/products/<uuid:product_id>/expect", methods=["GET", "POST"])
@requires(WRITE)
def expect(product_id: UUID) -> BaseResponse:
    """Write that some of a product is expected."""
    of, form = shelf(product_id), NewArrivalForm(**_asked(product_id))
    row = attempt(form, actions.expect_goods, product_id=product_id)
    if row is None:
        return page("sellers/replenishment/expect.html", form=form, shelf=of, arrival=None, units=UNITS)
    flash(_("%(number)s is expected.", number=row.number), "good")
    return back_to(url_for(INDEX))


@blueprint.route("/arrivals/<uuid:arrival_id>", methods=["GET", "POST"])
@requires(WRITE)
def change(arrival_id: UUID) -> BaseResponse:
    """Write another day or quantity."""
    row = queries.arrival(arrival_id)
    of, form = shelf(row.product_id), ArrivalForm(obj=row)
    if attempt(form, actions.change_arrival, arrival_id=arrival_id) is None:
        return page("sellers/replenishment/expect.html", form=form, shelf=of, arrival=row, units=UNITS)
    return back_to(url_for(INDEX))


@blueprint.post("/arrivals/<uuid:arrival_id>/cancel")
@requires(WRITE)
def cancel(arrival_id: UUID) -> BaseResponse:
    """Write that nothing more of it comes."""
    actions.cancel_arrival(arrival_id=arrival_id)
    return back_to(url_for(INDEX))


@blueprint.route("/arrivals/<uuid:arrival_id>/take-in", methods=["GET", "POST"])
@requires(WRITE)
def take_in(arrival_id: UUID) -> BaseResponse:
    """Book in what has come."""
    row = queries.arrival(arrival_id)
    form = TakeInForm(quantity=row.remainder)
    if attempt(form, actions.take_in, arrival_id=arrival_id) is None:
        of = shelf(row.product_id)
        return page("sellers/replenishment/take_in.html", form=form, shelf=of, arrival=row, units=UNITS)
    flash(_("Booked."), "good")
    return back_to(url_for("sellers.stock.show", product_id=row.product_id))


@blueprint.get("/")
@requires(READ)
def low() -> Response:
    """What should be ordered."""
    return page("sellers/replenishment/low.html", shown=queries.low_stock())


@blueprint.get("/products/<uuid:product_id>")
@requires(READ)
def show(product_id: UUID) -> Response:
    """How one product stands in each warehouse."""
    positions = queries.positions_of(product_id)
    return page("sellers/replenishment/show.html", shelf=shelf(product_id), positions=positions)


@blueprint.route("/products/<uuid:product_id>/<uuid:warehouse_id>", methods=["GET", "POST"])
@requires(WRITE)
def rule(product_id: UUID, warehouse_id: UUID) -> BaseResponse:
    """Say below which quantity it is filled up there."""
    of, place = shelf(product_id), warehouse(warehouse_id)
    form = ReorderForm(obj=queries.rule_of(product_id, warehouse_id))
    if not is_done(form, actions.set_reorder, product_id=product_id, warehouse_id=warehouse_id):
        return page("sellers/replenishment/rule.html", form=form, shelf=of, warehouse=place, units=UNITS)
    return back_to(url_for("sellers.replenishment.show", product_id=product_id))


@blueprint.get("/classes")
@requires(READ)
def classes() -> Response:
    """What moves most."""
    return page("sellers/replenishment/classes.html", shown=turnover(), since=since(), upto=dict(CLASSES))


@blueprint.get("/placement")
@requires(READ)
def places() -> Response:
    """Whether what is fetched most lies nearest, in one warehouse."""
    open_ones = open_warehouses()
    chosen = request.args.get("warehouse", type=UUID) or (open_ones[0].id if open_ones else None)
    spots = placement.spots_of(chosen) if chosen else []
    return page(
        "sellers/replenishment/placement.html",
        warehouses=open_ones,
        chosen=chosen,
        costly=placement.costly(spots),
        swaps=placement.swaps(spots),
        walked=placement.walked(spots),
        since=placement.since(),
    )


def _asked(product_id: UUID) -> dict[str, Any]:
    """What the list of low stock proposes: where, and how much."""
    wanted = request.args.get("warehouse", type=UUID)
    missing = {found.warehouse_id: found.missing for found in queries.positions_of(product_id)}
    return {"quantity": missing.get(wanted) or None, "warehouse_id": wanted} if wanted else {}
