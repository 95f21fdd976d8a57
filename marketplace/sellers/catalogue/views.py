"""What does a supplier see of its catalogue?"""

from collections.abc import Callable
from io import BytesIO
from pathlib import PurePath
from uuid import UUID

from flask import Blueprint, Response, flash, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import stored_file
from marketplace.foundation.language import lazy_text as _l, plural_text, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import newest_first
from marketplace.foundation.quantity import UNITS
from marketplace.foundation.tasks import cancel_task
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.validity import STANDINGS
from marketplace.foundation.web import attempt, back_to, live_part, page, requires, send_file_of
from marketplace.identity.organisations.queries import organisation, possible_counterparties
from marketplace.permissions import Permission
from marketplace.sellers.catalogue import actions, queries
from marketplace.sellers.catalogue.cells import sentence
from marketplace.sellers.catalogue.forms import (
    AudienceForm,
    FileForm,
    PictureForm,
    ProductForm,
    TiersForm,
    reading_form,
)
from marketplace.sellers.catalogue.lifecycle import PRODUCT, ProductState
from marketplace.sellers.catalogue.models import CatalogueImport, Product
from marketplace.sellers.catalogue.previews import preview_of, problems_of
from marketplace.sellers.catalogue.properties import known_columns
from marketplace.sellers.catalogue.rejected import returned
from marketplace.sellers.customers.queries import groups_by_name
from marketplace.sellers.facts.queries import specification

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE
REJECTIONS_SHOWN = 200
ONE_MONTH = 30 * 24 * 3600

# What became of so many products that were to be published.
MOVED: dict[ProductState, Callable[[int], str]] = {
    ProductState.PUBLISHED: lambda many: plural_text(
        "One product is published.", "%(num)s products are published.", many
    ),
    ProductState.HELD: lambda many: plural_text(
        "One product waits until the operator has looked at it.",
        "%(num)s products wait until the operator has looked at them.",
        many,
    ),
    ProductState.REFUSED: lambda many: plural_text(
        "One product is refused as it is; change it, and the operator looks at it again.",
        "%(num)s products are refused as they are; change them, and the operator looks at them again.",
        many,
    ),
}
blueprint = Blueprint("catalogue", __name__, url_prefix="/catalogue")
NAVIGATION = (Entrance("sell", _l("Catalogue"), "sellers.catalogue.index", READ, "packages", ("supplier",)),)


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """All products, newest first, by state and by what is in their number or name."""
    wanted, state = request.args.get("q", "").strip(), request.args.get("state", "")
    shown = newest_first(queries.own_products(wanted, state), Product, size=60)
    told = {"counts": queries.own_counts(), "refusals": queries.refusals([row.id for row in shown.rows])}
    told |= {"life": PRODUCT, "standings": STANDINGS}
    return page("sellers/catalogue/index.html", shown=shown, wanted=wanted, state=state, **told)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def create() -> BaseResponse:
    """Write a new product, as a draft."""
    form = ProductForm(currency=organisation(current_actor().organisation).currency)
    product = attempt(form, actions.create_product)
    if product is None:
        return page("sellers/catalogue/new.html", form=form, divisions=queries.divisions())
    flash(_("Kept as a draft: buyers find it once it is published."), "good")
    return back_to(url_for("sellers.catalogue.show", product_id=product.id))


@blueprint.get("/<uuid:product_id>")
@requires(READ)
def show(product_id: UUID) -> Response:
    """All that is known of one product of one's own."""
    product = queries.our_product(product_id)
    return page(
        "sellers/catalogue/show.html",
        product=product,
        life=PRODUCT,
        units=UNITS,
        tiers=queries.tiers([product_id]).get(product_id, []),
        categories=queries.category_path(product.cpv_code),
        audience=queries.audience(product),
        specification=specification(product_id),
        refusal=queries.refusals([product_id]).get(product_id),
    )


@blueprint.get("/categories")
@requires(READ)
def categories() -> Response:
    """The CPV: what answers the words that were typed, else what is below a category."""
    typed = request.args.get("cpv_code", "").strip()[:100]
    if "HX-Request" in request.headers:
        return page("sellers/catalogue/_categories.html", rows=queries.categories_named(typed))
    above = request.args.get("above", "")
    return page(
        "sellers/catalogue/categories.html",
        typed=typed,
        path=queries.category_path(above) if above else [],
        rows=queries.categories_named(typed) if typed else queries.categories_below(above or None),
    )


@blueprint.route("/<uuid:product_id>/edit", methods=["GET", "POST"])
@requires(WRITE)
def edit(product_id: UUID) -> BaseResponse:
    """Change what is known of a product."""
    product = queries.our_product(product_id)
    form = ProductForm.of(product)
    if attempt(form, actions.change_product, product_id=product_id) is None:
        return page("sellers/catalogue/edit.html", form=form, product=product, divisions=queries.divisions())
    return _done(product_id)


@blueprint.route("/<uuid:product_id>/prices", methods=["GET", "POST"])
@requires(WRITE)
def prices(product_id: UUID) -> BaseResponse:
    """Say what larger quantities cost."""
    product, known = queries.our_product(product_id), queries.tiers([product_id]).get(product_id, [])
    form = TiersForm(
        tiers=[{"from_quantity": tier.from_quantity, "amount": tier.price.amount} for tier in known]
    )
    if attempt(form, actions.set_tiers, product_id=product_id) is None:
        return page("sellers/catalogue/prices.html", form=form, product=product)
    return _done(product_id)


@blueprint.route("/<uuid:product_id>/picture", methods=["GET", "POST"])
@requires(WRITE)
def picture(product_id: UUID) -> BaseResponse:
    """Show another picture with the product."""
    product, form = queries.our_product(product_id), PictureForm()
    if attempt(form, actions.change_picture, product_id=product_id) is None:
        return page("sellers/catalogue/picture.html", form=form, product=product)
    return _done(product_id)


@blueprint.post("/<uuid:product_id>/picture/remove")
@requires(WRITE)
def remove_picture(product_id: UUID) -> BaseResponse:
    """Show no picture any more."""
    actions.remove_picture(product_id=product_id)
    return _done(product_id)


@blueprint.get("/<uuid:product_id>/image/<uuid:file_id>")
@requires(READ)
def image(product_id: UUID, file_id: UUID) -> BaseResponse:
    """The picture of a product: who may see the one sees the other. The address changes with the picture."""
    if queries.product(product_id).image_file_id != file_id:
        raise NotFound(_l("There is nothing here that you may see."))
    with unit_of_work(platform("show the picture of a product"), read_only=True):
        response = send_file_of(stored_file(file_id), is_download=False)
    response.cache_control.private, response.cache_control.max_age = True, ONE_MONTH
    return response


@blueprint.route("/<uuid:product_id>/audience", methods=["GET", "POST"])
@requires(WRITE)
def audience(product_id: UUID) -> BaseResponse:
    """Keep the product for some buyers, or show it to everybody."""
    product = queries.our_product(product_id)
    form = AudienceForm.of(product)
    form.offer(
        [(row.id, row.name) for row in groups_by_name()],
        [(row.id, row.name) for row in possible_counterparties(is_buying=False)],
    )
    if attempt(form, actions.show_to, product_id=product_id) is None:
        return page("sellers/catalogue/audience.html", form=form, product=product)
    return _done(product_id)


@blueprint.post("/publish")
@requires(WRITE)
def publish() -> BaseResponse:
    """Let buyers find the chosen products."""
    moved = actions.move_products(product_ids=_chosen(), target=ProductState.PUBLISHED)
    for state, words in MOVED.items():
        if many := sum(row.status == state for row in moved):
            flash(words(many), "good" if state == ProductState.PUBLISHED else "warning")
    return _back_from(moved)


@blueprint.post("/withdraw")
@requires(WRITE)
def withdraw() -> BaseResponse:
    """Let nobody order the chosen products any more."""
    moved = actions.move_products(product_ids=_chosen(), target=ProductState.WITHDRAWN)
    flash(plural_text("One product is withdrawn.", "%(num)s products are withdrawn.", len(moved)), "good")
    return _back_from(moved)


@blueprint.get("/imports")
@requires(WRITE)
def imports() -> Response:
    """The files that were brought in, newest first."""
    return page(
        "sellers/catalogue/imports.html", shown=newest_first(queries.catalogue_imports(), CatalogueImport)
    )


@blueprint.route("/imports/new", methods=["GET", "POST"])
@requires(WRITE)
def upload() -> BaseResponse:
    """Choose a file; nothing of it lands yet."""
    form = FileForm()
    work = attempt(form, actions.prepare_import)
    if work is None:
        return page("sellers/catalogue/upload.html", form=form, columns=known_columns().values())
    return back_to(url_for("sellers.catalogue.read", import_id=work.id))


@blueprint.route("/imports/<uuid:import_id>/read", methods=["GET", "POST"])
@requires(WRITE)
def read(import_id: UUID) -> BaseResponse:
    """Say how the file is read, look at its first rows, and start."""
    work = queries.catalogue_import(import_id)
    preview = preview_of(stored_file(work.file_id).content)
    currency, known = organisation(work.organisation_id).currency, queries.last_reading(work.titles)
    asked = reading_form(known_columns())
    form = asked.known(known) if known else asked.guessed(preview, currency)
    form.offer(preview.titles, queries.divisions())
    is_check = "check" in request.form
    if is_check or attempt(form, actions.start_import, import_id=import_id) is None:
        problems = problems_of(preview.rows, form.reading()) if is_check and form.validate() else None
        shown = {"form": form, "work": work, "preview": preview, "problems": problems, "known": known}
        return page("sellers/catalogue/read.html", **shown, sentence=sentence)
    return back_to(url_for("sellers.catalogue.show_import", import_id=import_id))


@blueprint.get("/imports/<uuid:import_id>")
@requires(WRITE)
def show_import(import_id: UUID) -> BaseResponse:
    """How far a file has come, and what came of it."""
    work = queries.catalogue_import(import_id)
    if not work.reading:
        return back_to(url_for("sellers.catalogue.read", import_id=import_id))
    return page("sellers/catalogue/import.html", **_outcome(work))


@blueprint.get("/imports/<uuid:import_id>/progress")
@requires(WRITE)
def progress(import_id: UUID) -> Response:
    """How far it has come, for the page that asks every two seconds; when it is over, the page comes anew."""
    work = queries.catalogue_import(import_id)
    task = queries.import_task(work)
    is_over = task is None or task.is_over
    return live_part("sellers/catalogue/_progress.html", is_over=is_over, work=work, task=task)


@blueprint.post("/imports/<uuid:import_id>/cancel")
@requires(WRITE)
def cancel_import(import_id: UUID) -> BaseResponse:
    """Stop at the next thousand rows; what has landed stays."""
    work = queries.catalogue_import(import_id)
    if work.task_id is not None:
        cancel_task(work.task_id)
    return back_to(url_for("sellers.catalogue.show_import", import_id=import_id))


@blueprint.get("/imports/<uuid:import_id>/rejected")
@requires(WRITE)
def rejected(import_id: UUID) -> Response:
    """Every row that did not land as it came, with the reason, in the same kind of file."""
    work = queries.catalogue_import(import_id)
    back = returned(stored_file(work.file_id).content, queries.rejections(import_id), known_columns())
    name = f"{PurePath(work.file_name).stem}.rejected.{back.ending}"
    return send_file(BytesIO(back.content), back.media_type, as_attachment=True, download_name=name)


def _done(product_id: UUID) -> BaseResponse:
    flash(_("Saved."), "good")
    return back_to(url_for("sellers.catalogue.show", product_id=product_id))


def _chosen() -> list[UUID]:
    return request.form.getlist("product", type=UUID)


def _back_from(moved: list[Product]) -> BaseResponse:
    if len(moved) == 1:
        return back_to(url_for("sellers.catalogue.show", product_id=moved[0].id))
    return back_to(url_for("sellers.catalogue.index", state=request.form.get("state", "")))


def _outcome(work: CatalogueImport) -> dict[str, object]:
    return {
        "work": work,
        "task": queries.import_task(work),
        "rejections": queries.rejections(work.id, limit=REJECTIONS_SHOWN),
        "labels": known_columns(),
        "sentence": sentence,
    }
