"""What does somebody in the warehouse see of stock?"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.quantity import UNITS
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations.queries import organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.stock import actions, queries
from marketplace.sellers.stock.forms import BinForm, CountForm, ReceiveForm
from marketplace.sellers.stock.lifecycle import RESERVATION
from marketplace.sellers.stock.wording import MOVEMENTS

blueprint = Blueprint("stock", __name__, url_prefix="/stock")
NAVIGATION = (
    Entrance(
        "sell",
        _l("Stock"),
        "sellers.stock.index",
        Permission.STOCK_WRITE,
        "building-warehouse",
        ("supplier",),
    ),
)


@blueprint.get("/")
@requires(Permission.STOCK_WRITE)
def index() -> Response:
    """All stocked products by SKU, and how much there is of each."""
    wanted, view = request.args.get("q", "").strip(), request.args.get("view", "all")
    shown = queries.shelves(wanted, is_short=view == "short")
    return page("sellers/stock/index.html", shown=shown, wanted=wanted, view=view)


@blueprint.get("/<uuid:product_id>")
@requires(Permission.STOCK_WRITE)
def show(product_id: UUID) -> Response:
    """Why the level of one product is what it is: its movements."""
    shelf, shown = queries.shelf(product_id), queries.movements(product_id)
    return page(
        "sellers/stock/show.html",
        shelf=shelf,
        shown=shown,
        people=queries.names_of({row.person_id for row in shown.rows}),
        buyers=organisation_names({row.buyer_id for row in shown.rows if row.buyer_id}),
        kinds=MOVEMENTS,
    )


@blueprint.get("/<uuid:product_id>/reservations")
@requires(Permission.STOCK_WRITE)
def reservations(product_id: UUID) -> Response:
    """For whom it is kept."""
    shelf, shown = queries.shelf(product_id), queries.reservations(product_id)
    return page(
        "sellers/stock/reservations.html",
        shelf=shelf,
        shown=shown,
        buyers=organisation_names({row.buyer_id for row in shown.rows}),
        lifecycle=RESERVATION,
    )


@blueprint.route("/<uuid:product_id>/receive", methods=["GET", "POST"])
@requires(Permission.STOCK_WRITE)
def receive(product_id: UUID) -> BaseResponse:
    """Book goods in."""
    return _write(product_id, ReceiveForm(), actions.receive_stock, "sellers/stock/receive.html")


@blueprint.route("/<uuid:product_id>/count", methods=["GET", "POST"])
@requires(Permission.STOCK_WRITE)
def count(product_id: UUID) -> BaseResponse:
    """Correct the level to what was counted."""
    return _write(product_id, CountForm(), actions.count_stock, "sellers/stock/count.html")


@blueprint.route("/<uuid:product_id>/bin", methods=["GET", "POST"])
@requires(Permission.STOCK_WRITE)
def shelve(product_id: UUID) -> BaseResponse:
    """Say in which bin it lies."""
    form = BinForm(bin=queries.shelf(product_id).bin)
    return _write(product_id, form, actions.shelve_stock, "sellers/stock/bin.html")


def _write(product_id: UUID, form: Any, action: Any, template: str) -> BaseResponse:
    shelf = queries.shelf(product_id)

    def act(**typed: Any) -> bool:
        action(product_id=product_id, **typed)
        return True

    if attempt(form, act) is None:
        return page(template, form=form, shelf=shelf, units=UNITS)
    flash(_("Booked."), "good")
    return back_to(url_for("sellers.stock.show", product_id=product_id))
