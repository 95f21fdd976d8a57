"""On which page does a supplier say what its products are?"""

from uuid import UUID

from flask import Blueprint, flash, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.language import text as _
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.permissions import Permission
from marketplace.sellers.attributes.queries import attributes_of
from marketplace.sellers.catalogue.queries import our_product
from marketplace.sellers.facts.queries import said_so_far
from marketplace.sellers.specifications import actions
from marketplace.sellers.specifications.forms import shown_with, specification_form

WRITE = Permission.CATALOGUE_WRITE
blueprint = Blueprint("specifications", __name__, url_prefix="/catalogue/<uuid:product_id>/specification")


@blueprint.route("/", methods=["GET", "POST"])
@requires(WRITE)
def edit(product_id: UUID) -> BaseResponse:
    """Say what one product of ours is."""
    product = our_product(product_id)
    asked = attributes_of(product.cpv_code)
    form = specification_form(asked, said_so_far(product.id, product.cpv_code))
    if attempt(form, actions.specify_product, product_id=product_id) is not None:
        flash(_("Saved."), "good")
        return back_to(url_for("sellers.catalogue.show", product_id=product_id))
    return page("sellers/specifications/edit.html", **shown_with(form, product, asked))
