"""What does somebody see who counts, and who approves a count?"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import Page
from marketplace.foundation.web import attempt, back_to, is_done, page, requires
from marketplace.permissions import Permission
from marketplace.sellers.stock.promises import stock_policy
from marketplace.sellers.stock.queries import names_of
from marketplace.sellers.stocktaking import actions, queries
from marketplace.sellers.stocktaking.forms import FoundForm, SheetForm, counts_form
from marketplace.sellers.stocktaking.lifecycle import SHEET, SheetState
from marketplace.sellers.stocktaking.models import CountSheet
from marketplace.sellers.warehouses.queries import bin_at, bin_of

READ, WRITE, APPROVE = Permission.STOCK_READ, Permission.STOCK_WRITE, Permission.STOCK_APPROVE
blueprint = Blueprint("stocktaking", __name__, url_prefix="/counts")
NAVIGATION = (
    Entrance("sell", _l("Stock counts"), "sellers.stocktaking.index", READ, "checklist", ("supplier",)),
)
SHOW, BIN = "sellers.stocktaking.show", "sellers.stocktaking.bin"


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """Our counts, by how far they are."""
    view = request.args.get("view", "open")
    shown = queries.sheets(view)
    return page(
        "sellers/stocktaking/index.html",
        shown=shown,
        view=view,
        progress=queries.progress_of([row.id for row in shown.rows]),
        people=names_of({row.opened_by_id for row in shown.rows}),
        lifecycle=SHEET,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def new() -> BaseResponse:
    """Draw up what is to be counted."""
    form = SheetForm()
    row = attempt(form, actions.open_sheet)
    if row is None:
        return page("sellers/stocktaking/new.html", form=form)
    return back_to(url_for(SHOW, sheet_id=row.id))


@blueprint.get("/<uuid:sheet_id>")
@requires(READ)
def show(sheet_id: UUID) -> BaseResponse:
    """One count: its bins, how far they are, and the differences; a bin that is scanned is opened."""
    row, scanned = queries.sheet(sheet_id), request.args.get("bin", "").strip()
    if scanned:
        found = bin_of(row.warehouse_id, scanned, field="bin")
        return back_to(url_for(BIN, sheet_id=sheet_id, bin_id=found.id))
    return page(
        "sellers/stocktaking/show.html",
        sheet=row,
        bins=queries.bins_shown(sheet_id),
        progress=queries.progress_of([sheet_id]).get(sheet_id),
        differences=queries.differences(sheet_id),
        policy=stock_policy(),
        people=names_of({row.opened_by_id, row.submitted_by_id, row.approved_by_id}),
        lifecycle=SHEET,
        may={target: SHEET.can(row, target) for target in SheetState},
    )


@blueprint.route("/<uuid:sheet_id>/bins/<uuid:bin_id>", methods=["GET", "POST"])
@requires(WRITE)
def bin(sheet_id: UUID, bin_id: UUID) -> BaseResponse:
    """Count one bin."""
    row, shown = queries.sheet(sheet_id), queries.places_in(sheet_id, bin_id)
    form = counts_form(shown.rows)
    if not is_done(form, actions.write_counts, sheet_id=sheet_id):
        return _bin(row, bin_id, shown, form, FoundForm(formdata=None))
    if shown.next_url:
        return back_to(shown.next_url)
    following = _next_bin(sheet_id, bin_id)
    if following is None:
        return back_to(url_for(SHOW, sheet_id=sheet_id))
    return back_to(url_for(BIN, sheet_id=sheet_id, bin_id=following))


@blueprint.post("/<uuid:sheet_id>/bins/<uuid:bin_id>/found")
@requires(WRITE)
def found(sheet_id: UUID, bin_id: UUID) -> BaseResponse:
    """Put something on the sheet that the books do not know in that bin."""
    row, form = queries.sheet(sheet_id), FoundForm()
    if attempt(form, actions.add_place, sheet_id=sheet_id, bin_id=bin_id) is None:
        shown = queries.places_in(sheet_id, bin_id)
        return _bin(row, bin_id, shown, counts_form(shown.rows), form)
    return back_to(url_for(BIN, sheet_id=sheet_id, bin_id=bin_id))


@blueprint.post("/<uuid:sheet_id>/hand-in")
@requires(WRITE)
def hand_in(sheet_id: UUID) -> BaseResponse:
    """Book the differences, or have them approved."""
    row = actions.hand_in(sheet_id=sheet_id)
    is_booked = row.status == SheetState.BOOKED
    flash(
        _("The differences are booked.") if is_booked else _("Handed in; a second person approves it."),
        "good",
    )
    return back_to(url_for(SHOW, sheet_id=sheet_id))


@blueprint.post("/<uuid:sheet_id>/approve")
@requires(APPROVE)
def approve(sheet_id: UUID) -> BaseResponse:
    """Say yes to the differences."""
    actions.approve_sheet(sheet_id=sheet_id)
    flash(_("The differences are booked."), "good")
    return back_to(url_for(SHOW, sheet_id=sheet_id))


@blueprint.post("/<uuid:sheet_id>/send-back")
@requires(APPROVE)
def send_back(sheet_id: UUID) -> BaseResponse:
    """Have it counted again."""
    actions.send_back(sheet_id=sheet_id)
    return back_to(url_for(SHOW, sheet_id=sheet_id))


@blueprint.post("/<uuid:sheet_id>/drop")
@requires(WRITE)
def drop(sheet_id: UUID) -> BaseResponse:
    """Book nothing of it."""
    actions.drop_sheet(sheet_id=sheet_id)
    return back_to(url_for("sellers.stocktaking.index"))


def _bin(
    row: CountSheet, bin_id: UUID, shown: Page[queries.Counted], form: Any, found_form: FoundForm
) -> Response:
    at, warehouse = bin_at(bin_id)
    return page(
        "sellers/stocktaking/bin.html",
        sheet=row,
        bin=at,
        warehouse=warehouse,
        shown=shown,
        form=form,
        found_form=found_form,
    )


def _next_bin(sheet_id: UUID, bin_id: UUID) -> UUID | None:
    """The next bin along the way where something is still to be counted."""
    bins = queries.bins_to_count(sheet_id)
    here = next((n for n, row in enumerate(bins) if row.bin.id == bin_id), 0)
    waiting = (row.bin.id for row in bins[here + 1 :] + bins[:here] if not row.is_done)
    return next(waiting, None)
