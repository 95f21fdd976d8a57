"""What does a sales desk see of its prices?"""

from io import BytesIO
from pathlib import PurePath
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation import clock
from marketplace.foundation.files import stored_file
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import newest_first
from marketplace.foundation.quantity import UNITS
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.validity import DAY, STANDINGS, Standing
from marketplace.foundation.web import attempt, back_to, live_part, page, requires
from marketplace.identity.organisations.queries import (
    organisation,
    organisation_names,
    possible_counterparties,
)
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.cells import sentence
from marketplace.sellers.catalogue.columns import Problem
from marketplace.sellers.catalogue.queries import product, products
from marketplace.sellers.catalogue.rejected import returned
from marketplace.sellers.customers.queries import group_names, groups_by_name
from marketplace.sellers.price_lists import actions, bringing, queries
from marketplace.sellers.price_lists.forms import KINDS, EndForm, FileForm, ListForm, NameForm, PriceForm
from marketplace.sellers.price_lists.models import PriceList, PriceListLine
from marketplace.sellers.price_lists.reading import PRICE_COLUMN, PRICE_COLUMNS

WRITE = Permission.CATALOGUE_WRITE
PROBLEMS_SHOWN = 200
blueprint = Blueprint("price_lists", __name__, url_prefix="/price-lists")
NAVIGATION = (Entrance("sell", _l("Prices"), "sellers.price_lists.index", WRITE, "tag", ("supplier",)),)


@blueprint.get("/")
@requires(WRITE)
def index() -> Response:
    """All price lists, newest first, by how they stand today."""
    standing = _standing()
    shown = newest_first(queries.price_lists(standing), PriceList)
    return page(
        "sellers/price_lists/index.html",
        shown=shown,
        standing=standing,
        standings=STANDINGS,
        counts=queries.list_counts(),
        products=queries.product_counts({row.id for row in shown.rows}),
        audiences=_audiences(list(shown.rows)),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def open_list() -> BaseResponse:
    """Open a list."""
    currency = organisation(current_actor().organisation).currency
    form = ListForm(starts_on=clock.today(), currency=currency)
    form.group_id.offer(((row.id, row.name) for row in groups_by_name()), nothing=_l("No group"))
    buyers = possible_counterparties(is_buying=False)
    form.buyer_id.offer(((row.id, row.name) for row in buyers), nothing=_l("No single customer"))
    row = attempt(form, actions.open_list)
    if row is None:
        return page("sellers/price_lists/new.html", form=form)
    return back_to(url_for(".show", list_id=row.id))


@blueprint.get("/<uuid:list_id>")
@requires(WRITE)
def show(list_id: UUID) -> Response:
    """One list: whom it is for, and its prices as they stand today."""
    row, standing = queries.price_list(list_id), _standing()
    wanted = request.args.get("q", "").strip()
    shown = newest_first(queries.lines_of(list_id, standing, wanted), PriceListLine)
    return page(
        "sellers/price_lists/show.html",
        row=row,
        shown=shown,
        standing=standing,
        standings=STANDINGS,
        wanted=wanted,
        counts=queries.line_counts(list_id),
        products=products({line.product_id for line in shown.rows}),
        audience=_audiences([row])[row.id],
        entries=story(list_id),
    )


@blueprint.route("/<uuid:list_id>/name", methods=["GET", "POST"])
@requires(WRITE)
def rename(list_id: UUID) -> BaseResponse:
    """Call a list otherwise."""
    row = queries.price_list(list_id)
    form = NameForm(name=row.name)
    if attempt(form, actions.rename_list, list_id=list_id) is None:
        return page("sellers/price_lists/name.html", form=form, row=row)
    return back_to(url_for(".show", list_id=list_id))


@blueprint.route("/<uuid:list_id>/end", methods=["GET", "POST"])
@requires(WRITE)
def end_list(list_id: UUID) -> BaseResponse:
    """Say on which day a list ends."""
    row, form = queries.price_list(list_id), EndForm(ends_on=clock.today())
    if attempt(form, actions.end_list, list_id=list_id) is None:
        return page(
            "sellers/price_lists/end.html", form=form, row=row, line=None, yesterday=clock.today() - DAY
        )
    return back_to(url_for(".show", list_id=list_id))


@blueprint.route("/<uuid:list_id>/prices", methods=["GET", "POST"])
@requires(WRITE)
def price(list_id: UUID) -> BaseResponse:
    """Write the price of a product: a new one, or the one that follows on what holds."""
    row, form = queries.price_list(list_id), _price_form()
    line = attempt(form, actions.price_article, list_id=list_id)
    if line is None:
        return page("sellers/price_lists/price.html", form=form, row=row)
    flash(_("Written. What held before stays readable below."), "good")
    return back_to(url_for(".versions", list_id=list_id, product_id=line.product_id))


@blueprint.get("/<uuid:list_id>/products/<uuid:product_id>")
@requires(WRITE)
def versions(list_id: UUID, product_id: UUID) -> Response:
    """All that a list has said, says and will say of one product."""
    row, lines = queries.price_list(list_id), queries.versions_of(list_id, product_id)
    article = product(product_id)
    return page(
        "sellers/price_lists/versions.html", row=row, lines=lines, product=article, units=UNITS, kinds=KINDS
    )


@blueprint.route("/lines/<uuid:line_id>/end", methods=["GET", "POST"])
@requires(WRITE)
def end_price(line_id: UUID) -> BaseResponse:
    """Say on which day a price ends, with none after it on this list."""
    line, form = queries.price_line(line_id), EndForm(ends_on=clock.today())
    if attempt(form, actions.end_price, line_id=line_id) is None:
        row, article = queries.price_list(line.list_id), product(line.product_id)
        shown = {"row": row, "line": line, "product": article, "yesterday": clock.today() - DAY}
        return page("sellers/price_lists/end.html", form=form, **shown)
    return back_to(url_for(".versions", list_id=line.list_id, product_id=line.product_id))


@blueprint.route("/<uuid:list_id>/import", methods=["GET", "POST"])
@requires(WRITE)
def upload(list_id: UUID) -> BaseResponse:
    """Bring the prices of a file into a list."""
    row, form = queries.price_list(list_id), FileForm(starts_on=clock.today())
    work = attempt(form, bringing.start_import, list_id=list_id)
    if work is None:
        known = {"columns": PRICE_COLUMNS, "imports": queries.imports_of(list_id)}
        return page("sellers/price_lists/upload.html", form=form, row=row, **known)
    return back_to(url_for(".show_import", import_id=work.id))


@blueprint.get("/imports/<uuid:import_id>")
@requires(WRITE)
def show_import(import_id: UUID) -> Response:
    """How far a file of prices has come, and what came of it."""
    work = queries.price_import(import_id)
    return page(
        "sellers/price_lists/import.html",
        work=work,
        row=queries.price_list(work.list_id),
        task=queries.import_task(work),
        problems=[Problem(**kept) for kept in work.problems[:PROBLEMS_SHOWN]],
        labels=PRICE_COLUMN,
        sentence=sentence,
    )


@blueprint.get("/imports/<uuid:import_id>/progress")
@requires(WRITE)
def progress(import_id: UUID) -> Response:
    """How far it has come, for the page that asks every two seconds; when it is over, the page comes anew."""
    work = queries.price_import(import_id)
    task = queries.import_task(work)
    is_over = task is None or task.is_over
    return live_part("sellers/price_lists/_progress.html", is_over=is_over, work=work, task=task)


@blueprint.get("/imports/<uuid:import_id>/refused")
@requires(WRITE)
def refused(import_id: UUID) -> BaseResponse:
    """The refused rows as they came, each with its reason, to be repaired."""
    work = queries.price_import(import_id)
    problems = [Problem(**kept) for kept in work.problems]
    back = returned(stored_file(work.file_id).content, problems, PRICE_COLUMN)
    name = f"{PurePath(work.file_name).stem}.refused.{back.ending}"
    return send_file(BytesIO(back.content), back.media_type, as_attachment=True, download_name=name)


def _standing() -> Standing:
    asked = request.args.get("standing", "")
    return Standing(asked) if asked in list(Standing) else Standing.IN_FORCE


def _price_form() -> PriceForm:
    """Filled with the price that it follows on, where the address names one."""
    before, today = request.args.get("after_line", type=UUID), clock.today()
    if before is None:
        return PriceForm(starts_on=today, sku=request.args.get("sku", ""))
    line = queries.price_line(before)
    return PriceForm.of(line, product(line.product_id).sku, starts_on=max(today, line.starts_on))


def _audiences(rows: list[PriceList]) -> dict[UUID, Any]:
    """For whom each list is, in words."""
    buyers = organisation_names({row.buyer_id for row in rows if row.buyer_id})
    groups = group_names({row.group_id for row in rows if row.group_id})
    names = {row.id: buyers.get(row.buyer_id) if row.buyer_id else groups.get(row.group_id) for row in rows}  # type: ignore[arg-type]
    return {row.id: names[row.id] or _l("Everybody") for row in rows}
