"""What does a supplier see of its catalogue?"""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import stored_file
from marketplace.foundation.language import lazy_text as _l, plural_text, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import newest_first
from marketplace.foundation.quantity import UNITS
from marketplace.foundation.tasks import cancel_task
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires, send_file_of
from marketplace.identity.organisations.queries import organisation, possible_counterparties
from marketplace.permissions import Permission
from marketplace.sellers.catalogue import actions, queries
from marketplace.sellers.catalogue.cells import sentence
from marketplace.sellers.catalogue.columns import BY_NAME
from marketplace.sellers.catalogue.forms import (
    AudienceForm,
    FileForm,
    PictureForm,
    ProductForm,
    ReadingForm,
    TiersForm,
)
from marketplace.sellers.catalogue.lifecycle import PRODUCT, ProductState
from marketplace.sellers.catalogue.models import CatalogueImport, Product
from marketplace.sellers.catalogue.reports import rejections_as_csv
from marketplace.sellers.catalogue.spreadsheets import Sheet, read_sheet

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE
PREVIEWED, REJECTIONS_SHOWN = 20, 200
FROM_FIRST = 30 * 24 * 3600

blueprint = Blueprint("catalogue", __name__, url_prefix="/catalogue")
NAVIGATION = (
    Entrance("sell", _l("Catalogue"), "sellers.catalogue.index", READ, "packages", ("supplier",)),
)


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """All products, newest first, by state and by what is in their number or name."""
    wanted, state = request.args.get("q", "").strip(), request.args.get("state", "")
    shown = newest_first(queries.own_products(wanted, state), Product, size=60)
    counts = queries.own_counts()
    return page("sellers/catalogue/index.html", shown=shown, wanted=wanted, state=state, counts=counts, life=PRODUCT)


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
    product = _own(product_id)
    return page(
        "sellers/catalogue/show.html",
        product=product,
        life=PRODUCT,
        units=UNITS,
        tiers=queries.tiers([product_id]).get(product_id, []),
        category=queries.categories([product.cpv_code]),
        audience=organisation(product.visible_to_id) if product.visible_to_id else None,
    )


@blueprint.route("/<uuid:product_id>/edit", methods=["GET", "POST"])
@requires(WRITE)
def edit(product_id: UUID) -> BaseResponse:
    """Change what is known of a product."""
    product = _own(product_id)
    form = ProductForm.of(product)
    if attempt(form, actions.change_product, product_id=product_id) is None:
        return page("sellers/catalogue/edit.html", form=form, product=product, divisions=queries.divisions())
    return _done(product_id)


@blueprint.route("/<uuid:product_id>/prices", methods=["GET", "POST"])
@requires(WRITE)
def prices(product_id: UUID) -> BaseResponse:
    """Say what larger quantities cost."""
    product, known = _own(product_id), queries.tiers([product_id]).get(product_id, [])
    form = TiersForm(tiers=[{"from_quantity": tier.from_quantity, "amount": tier.price.amount} for tier in known])
    if attempt(form, actions.set_tiers, product_id=product_id) is None:
        return page("sellers/catalogue/prices.html", form=form, product=product, units=UNITS)
    return _done(product_id)


@blueprint.route("/<uuid:product_id>/picture", methods=["GET", "POST"])
@requires(WRITE)
def picture(product_id: UUID) -> BaseResponse:
    """Show another picture with the product."""
    product, form = _own(product_id), PictureForm()
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
    """The picture of a product that this member may see; the address changes with the picture."""
    if queries.product(product_id).image_file_id != file_id:
        raise NotFound(_l("There is nothing here that you may see."))
    response = send_file_of(stored_file(file_id), is_download=False)
    response.cache_control.private, response.cache_control.max_age = True, FROM_FIRST
    return response


@blueprint.route("/<uuid:product_id>/audience", methods=["GET", "POST"])
@requires(WRITE)
def audience(product_id: UUID) -> BaseResponse:
    """Keep the product for one buyer, or show it to everybody."""
    product = _own(product_id)
    form = AudienceForm(buyer_id=product.visible_to_id)
    known = [(row.id, row.name) for row in possible_counterparties(is_buying=False)]
    form.buyer_id.offer(known, nothing=_l("Every buyer"))
    if attempt(form, actions.show_to, product_id=product_id) is None:
        return page("sellers/catalogue/audience.html", form=form, product=product)
    return _done(product_id)


@blueprint.post("/move")
@requires(WRITE)
def move() -> BaseResponse:
    """Publish or withdraw the chosen products."""
    chosen = request.form.getlist("product", type=UUID)
    target = ProductState.PUBLISHED if request.form.get("target") == "published" else ProductState.WITHDRAWN
    moved = actions.move_products(product_ids=chosen, target=target)
    sentences = {
        ProductState.PUBLISHED: ("%(num)s product is published.", "%(num)s products are published."),
        ProductState.WITHDRAWN: ("%(num)s product is withdrawn.", "%(num)s products are withdrawn."),
    }
    flash(plural_text(*sentences[target], len(moved)), "good")
    return back_to(own_address(request.form.get("next")))
