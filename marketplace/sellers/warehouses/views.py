"""What does somebody see of the places where goods lie?"""

from uuid import UUID

from flask import Blueprint, Response, flash, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.language import lazy_text as _l, plural_text, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.permissions import Permission
from marketplace.sellers.warehouses import actions, queries
from marketplace.sellers.warehouses.forms import BinsForm, WarehouseForm

READ, WRITE = Permission.STOCK_READ, Permission.STOCK_WRITE
blueprint = Blueprint("warehouses", __name__, url_prefix="/warehouses")
NAVIGATION = (
    Entrance("sell", _l("Warehouses"), "sellers.warehouses.index", WRITE, "map-pin", ("supplier",)),
)
INDEX, SHOW = "sellers.warehouses.index", "sellers.warehouses.show"


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """All our warehouses."""
    return page("sellers/warehouses/index.html", warehouses=queries.warehouses())


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def new() -> BaseResponse:
    """Keep goods in another place."""
    form = WarehouseForm()
    row = attempt(form, actions.open_warehouse)
    if row is None:
        return page("sellers/warehouses/edit.html", form=form, warehouse=None)
    flash(
        _("The warehouse %(name)s is open. Its first bin is IN, where goods come in.", name=row.name), "good"
    )
    return back_to(url_for(SHOW, warehouse_id=row.id))


@blueprint.get("/<uuid:warehouse_id>")
@requires(READ)
def show(warehouse_id: UUID) -> Response:
    """One warehouse and its bins, along the way through it."""
    return _show(warehouse_id, BinsForm(formdata=None))


@blueprint.post("/<uuid:warehouse_id>/bins")
@requires(WRITE)
def add_bins(warehouse_id: UUID) -> BaseResponse:
    """Add bins."""
    form = BinsForm()
    added = attempt(form, actions.add_bins, warehouse_id=warehouse_id)
    if added is None:
        return _show(warehouse_id, form)
    flash(plural_text("%(num)s bin is open.", "%(num)s bins are open.", len(added)), "good")
    return back_to(url_for(SHOW, warehouse_id=warehouse_id))


@blueprint.route("/<uuid:warehouse_id>/edit", methods=["GET", "POST"])
@requires(WRITE)
def edit(warehouse_id: UUID) -> BaseResponse:
    """Write other particulars."""
    row = queries.warehouse(warehouse_id)
    form = WarehouseForm(obj=row)
    if attempt(form, actions.change_warehouse, warehouse_id=warehouse_id) is None:
        return page("sellers/warehouses/edit.html", form=form, warehouse=row)
    return back_to(url_for(SHOW, warehouse_id=warehouse_id))


@blueprint.post("/<uuid:warehouse_id>/close")
@requires(WRITE)
def close(warehouse_id: UUID) -> BaseResponse:
    """Keep nothing there any more."""
    row = actions.close_warehouse(warehouse_id=warehouse_id)
    flash(_("The warehouse %(name)s is closed.", name=row.name), "good")
    return back_to(url_for(INDEX))


@blueprint.post("/<uuid:warehouse_id>/reopen")
@requires(WRITE)
def reopen(warehouse_id: UUID) -> BaseResponse:
    """Keep goods there again."""
    row = actions.reopen_warehouse(warehouse_id=warehouse_id)
    flash(_("The warehouse %(name)s is open again.", name=row.name), "good")
    return back_to(url_for(INDEX))


@blueprint.post("/bins/<uuid:bin_id>/close")
@requires(WRITE)
def close_bin(bin_id: UUID) -> BaseResponse:
    """Put nothing there any more."""
    row = actions.close_bin(bin_id=bin_id)
    flash(_("The bin %(name)s is closed.", name=row.code), "good")
    return back_to(url_for(SHOW, warehouse_id=row.warehouse_id))


def _show(warehouse_id: UUID, form: BinsForm) -> Response:
    row = queries.warehouse(warehouse_id)
    return page(
        "sellers/warehouses/show.html",
        warehouse=row,
        site=queries.site_of(row),
        shown=queries.bins_of(warehouse_id),
        form=form,
    )
