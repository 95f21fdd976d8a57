"""On which pages are the documents of a product handed in, and handed out?"""

from uuid import UUID

from flask import Blueprint, flash, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.language import text as _
from marketplace.foundation.web import attempt, back_to, page, requires, send_file_of
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.queries import our_product
from marketplace.sellers.documents import actions, queries
from marketplace.sellers.documents.forms import DocumentForm

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE
blueprint = Blueprint("documents", __name__, url_prefix="/catalogue/<uuid:product_id>/documents")


@blueprint.route("/", methods=["GET", "POST"])
@requires(WRITE)
def attach(product_id: UUID) -> BaseResponse:
    """Hand a document in with one product of ours."""
    product, form = our_product(product_id), DocumentForm.of(queries.certificates_of(product_id))
    if attempt(form, actions.attach_document, product_id=product_id) is None:
        return page("sellers/documents/attach.html", form=form, product=product)
    return _done(product_id)


@blueprint.get("/<sha256>")
@requires(READ)
def show(product_id: UUID, sha256: str) -> BaseResponse:
    """A document: who may see the product may have it."""
    handed = queries.handed_out(product_id, sha256)
    return send_file_of(handed.file, name=handed.name)


@blueprint.post("/<sha256>/remove")
@requires(WRITE)
def remove(product_id: UUID, sha256: str) -> BaseResponse:
    """Hand it out no longer."""
    actions.remove_document(product_id=our_product(product_id).id, sha256=sha256)
    return _done(product_id)


def _done(product_id: UUID) -> BaseResponse:
    flash(_("Saved."), "good")
    return back_to(url_for("sellers.catalogue.show", product_id=product_id))
