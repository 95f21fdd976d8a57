"""What does somebody in the warehouse see of stock?"""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.db import fetch_all
from marketplace.foundation.forms import Form
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.quantity import UNITS
from marketplace.foundation.web import back_to, is_done, page, requires
from marketplace.identity.organisations.queries import organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock import actions, finding, forms, promises, queries
from marketplace.sellers.stock.lifecycle import RESERVATION
from marketplace.sellers.stock.scanning import read_scan
from marketplace.sellers.stock.wording import BEHIND, DEEDS, MOVEMENTS, SHOWN, TRACKINGS
from marketplace.sellers.warehouses.queries import bin_at, bins_by_id

READ, WRITE = Permission.STOCK_READ, Permission.STOCK_WRITE
blueprint = Blueprint("stock", __name__, url_prefix="/stock")
NAVIGATION = (
    Entrance("sell", _l("Stock"), "sellers.stock.index", READ, "building-warehouse", ("supplier",)),
)
SHOW = "sellers.stock.show"
FORMS: dict[str, tuple[type[Form], Any]] = {
    "move": (forms.MoveForm, actions.move_stock),
    "count": (forms.CountForm, actions.count_place),
    "hold": (forms.HoldForm, actions.hold_stock),
    "clear": (forms.ClearForm, actions.clear_stock),
    "scrap": (forms.ScrapForm, actions.scrap_stock),
}


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """All stocked products by SKU, and how much there is of each."""
    wanted, view = request.args.get("q", "").strip(), request.args.get("view", "all")
    shown = queries.shelves(wanted, view=view)
    return page("sellers/stock/index.html", shown=shown, wanted=wanted, view=view)


@blueprint.get("/scan")
@requires(READ)
def scan() -> BaseResponse:
    """What the code that was scanned stands for: its page where it is one thing, else all that it may be."""
    scanned = read_scan(request.args.get("code", ""))
    found = finding.found_by(scanned)
    if len(found) == 1:
        return back_to(found[0].url)
    return page("sellers/stock/scan.html", scanned=scanned, found=found)


@blueprint.get("/<uuid:product_id>")
@requires(READ)
def show(product_id: UUID) -> Response:
    """Where one product lies."""
    return page(
        "sellers/stock/show.html",
        shelf=queries.shelf(product_id),
        lying=queries.holdings_of(product_id),
        trackings=TRACKINGS,
    )


@blueprint.get("/<uuid:product_id>/movements")
@requires(READ)
def movements(product_id: UUID) -> Response:
    """Why its levels are what they are: all of them, or those behind one figure."""
    shelf, narrowed = queries.shelf(product_id), _narrowed()
    shown = queries.movements(product_id, narrowed)
    is_narrowed = narrowed != queries.EVERYTHING
    return page("sellers/stock/movements.html", shelf=shelf, narrowed=is_narrowed, **_movements(shown))


@blueprint.get("/<uuid:product_id>/reservations")
@requires(READ)
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


@blueprint.get("/<uuid:product_id>/batches")
@requires(READ)
def batches(product_id: UUID) -> Response:
    """Its batches and serial numbers."""
    shelf, shown = queries.shelf(product_id), queries.batches_of(product_id)
    return page("sellers/stock/batches.html", shelf=shelf, shown=shown, is_past=queries.is_past)


@blueprint.get("/<uuid:product_id>/outlook")
@requires(READ)
def outlook(product_id: UUID) -> Response:
    """How much of it can be promised from which day on, and why."""
    return page(
        "sellers/stock/outlook.html",
        shelf=queries.shelf(product_id),
        days=promises.outlook(product_id),
        expected=promises.expected(product_id),
    )


@blueprint.get("/policy")
@requires(READ)
def policy() -> Response:
    """What buyers see of our stock, and above which value a count is approved."""
    return _policy()


@blueprint.post("/policy/shows")
@requires(Permission.CATALOGUE_WRITE)
def show_stock() -> BaseResponse:
    """Say what buyers see."""
    form = forms.ShowsForm()
    if not is_done(form, actions.show_stock):
        return _policy(shows_form=form)
    return back_to(url_for("sellers.stock.policy"))


@blueprint.post("/policy/limit")
@requires(Permission.STOCK_APPROVE)
def limit_counts() -> BaseResponse:
    """Say above which value of its differences a count needs a second person."""
    form = forms.LimitForm()
    if not is_done(form, actions.limit_counts):
        return _policy(limit_form=form)
    return back_to(url_for("sellers.stock.policy"))


@blueprint.get("/batches/<uuid:batch_id>")
@requires(READ)
def batch(batch_id: UUID) -> Response:
    """One batch: where it lies, and what has become of it."""
    row = queries.batch(batch_id)
    shelf = queries.shelf(row.product_id)
    lying = [found for found in queries.holdings_of(row.product_id) if found.holding.batch_id == batch_id]
    shown = queries.movements(row.product_id, queries.Narrowed(batch_id=batch_id))
    return page(
        "sellers/stock/batch.html",
        row=row,
        shelf=shelf,
        lying=lying,
        is_past=queries.is_past(row.expires_on),
        **_movements(shown),
    )


@blueprint.get("/bins/<uuid:bin_id>")
@requires(READ)
def bin(bin_id: UUID) -> Response:
    """What lies in one bin."""
    (row, warehouse), shown = bin_at(bin_id), queries.contents_of(bin_id)
    return page(
        "sellers/stock/bin.html",
        row=row,
        warehouse=warehouse,
        shown=shown,
        products=fetch_all(Product, {held.product_id for held in shown.rows}),
        numbers=queries.batches_by_id({held.batch_id for held in shown.rows if held.batch_id}),
        is_past=queries.is_past,
    )


@blueprint.route("/<uuid:product_id>/receive", methods=["GET", "POST"])
@requires(WRITE)
def receive(product_id: UUID) -> BaseResponse:
    """Book goods in."""
    scanned = read_scan(request.args.get("code", ""))
    form = forms.ReceiveForm(
        numbers=[scanned.number] if scanned.number else [], expires_on=scanned.expires_on
    )
    return _write(product_id, form, actions.receive_stock, "sellers/stock/receive.html")


@blueprint.route("/<uuid:product_id>/count", methods=["GET", "POST"])
@requires(WRITE)
def count(product_id: UUID) -> BaseResponse:
    """Correct the level of what lies in one place to what was counted."""
    return _write(product_id, forms.CountForm(), actions.count_stock, "sellers/stock/count.html")


@blueprint.route("/<uuid:product_id>/bin", methods=["GET", "POST"])
@requires(WRITE)
def shelve(product_id: UUID) -> BaseResponse:
    """Say in which bin it usually lies."""
    home = queries.home_bin(product_id)
    form = forms.BinForm(bin=home.code if home else "")
    return _write(product_id, form, actions.shelve_stock, "sellers/stock/home.html")


@blueprint.route("/<uuid:product_id>/numbers", methods=["GET", "POST"])
@requires(WRITE)
def track(product_id: UUID) -> BaseResponse:
    """Say which numbers its pieces bear."""
    form = forms.TrackForm(tracking=queries.shelf(product_id).tracking)
    return _write(product_id, form, actions.track_stock, "sellers/stock/track.html")


@blueprint.route("/places/<uuid:holding_id>/<deed>", methods=["GET", "POST"])
@requires(WRITE)
def handle(holding_id: UUID, deed: str) -> BaseResponse:
    """Move, count, hold back, clear or scrap what lies in one place."""
    if deed not in FORMS:
        abort(404)
    lying, (form_of, action) = queries.lying_at(holding_id), FORMS[deed]
    shelf, form = queries.shelf(lying.holding.product_id), form_of()
    place = actions.Place(shelf.product_id, lying.bin.id, lying.holding.batch_id)
    if not is_done(form, action, place=place):
        words = DEEDS[deed]
        return page("sellers/stock/deed.html", form=form, lying=lying, shelf=shelf, words=words, units=UNITS)
    flash(_("Booked."), "good")
    return back_to(url_for(SHOW, product_id=shelf.product_id))


def _write(product_id: UUID, form: Any, action: Any, template: str) -> BaseResponse:
    shelf = queries.shelf(product_id)
    if not is_done(form, action, product_id=product_id):
        return page(template, form=form, shelf=shelf, units=UNITS)
    flash(_("Booked."), "good")
    return back_to(url_for(SHOW, product_id=product_id))


def _policy(shows_form: Form | None = None, limit_form: Form | None = None) -> Response:
    known = promises.stock_policy()
    return page(
        "sellers/stock/policy.html",
        shows_form=shows_form or forms.ShowsForm(formdata=None, obj=known),
        limit_form=limit_form or forms.LimitForm(formdata=None, obj=known),
        shown=SHOWN,
    )


def _narrowed() -> queries.Narrowed:
    asked = request.args
    return queries.Narrowed(
        bin_id=asked.get("bin_id", type=UUID),
        batch_id=asked.get("batch_id", type=UUID),
        cause_id=asked.get("cause_id", type=UUID),
        kinds=BEHIND.get(asked.get("behind", ""), ()),
        since=asked.get("since", type=date.fromisoformat),
    )


def _movements(shown: Any) -> dict[str, Any]:
    """What a table of movements needs: who, where and of which batch, in one statement each."""
    rows = shown.rows
    return {
        "shown": shown,
        "people": queries.names_of({row.person_id for row in rows}),
        "buyers": organisation_names({row.buyer_id for row in rows if row.buyer_id}),
        "bins": bins_by_id({row.bin_id for row in rows if row.bin_id}),
        "numbers": queries.batches_by_id({row.batch_id for row in rows if row.batch_id}),
        "kinds": MOVEMENTS,
    }
