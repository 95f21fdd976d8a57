"""What does a program see that comes with a key?"""

import re
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.shopping.questions import Question
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.paging import SIZE
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import bearer_key, for_signed_in, limiter, requires, send_file_of
from marketplace.identity.people.tokens import token_hash
from marketplace.interop import catalogues
from marketplace.interop.api import queries
from marketplace.interop.api.shapes import listed, shape_of_caller
from marketplace.permissions import Permission
from marketplace.sellers.documents.actions import keep_file
from marketplace.sellers.documents.queries import handed_out
from marketplace.sellers.exchange.queries import catalogue_file

blueprint = Blueprint("api", __name__, url_prefix="/api")
LAST = 1000


def key_of_request() -> str:
    """By what the requests of programs are counted: their key, of which only the hash is kept."""
    return token_hash(bearer_key() or request.remote_addr or "")


by_key = limiter.limit("600 per minute", key_func=key_of_request)


@blueprint.get("/me")
@by_key
@for_signed_in
def me() -> Response:
    """For whom this key acts, and what it may do."""
    return jsonify(shape_of_caller(current_actor()))


@blueprint.get("/orders")
@by_key
@requires(Permission.ORDER_READ)
def orders() -> Response:
    """Our orders, newest first."""
    found = queries.orders()
    return jsonify(listed(found.rows, found.next_url))


@blueprint.get("/orders/<uuid:order_id>")
@by_key
@requires(Permission.ORDER_READ)
def order(order_id: UUID) -> Response:
    """One of our orders, with its lines."""
    return jsonify(queries.order_with_lines(order_id))


@blueprint.get("/products")
@by_key
@requires(Permission.CATALOGUE_READ)
def products() -> Response:
    """The products that we may order: all of them newest first, or what answers the search best first."""
    question = Question.asked(request.args)
    if question == Question():
        page = queries.published_products()
        return jsonify(listed(page.rows, page.next_url))
    skipped = _skipped()
    found = queries.found_products(question, skipped=skipped)
    following = url_for("interop.api.products", **question.arguments(), skipped=skipped + SIZE)
    return jsonify(listed(found.rows, following if found.has_more else None))


@blueprint.get("/products/<uuid:product_id>")
@by_key
@requires(Permission.CATALOGUE_READ)
def product(product_id: UUID) -> Response:
    """One product at our price for `quantity` (a decimal point, no grouping), and why it is that."""
    return jsonify(queries.priced_product(product_id, _quantity()))


@blueprint.get("/products/<uuid:product_id>/documents/<sha256>")
@by_key
@requires(Permission.CATALOGUE_READ)
def document(product_id: UUID, sha256: str) -> BaseResponse:
    """A document of a product (PDF)."""
    handed = handed_out(product_id, sha256)
    return send_file_of(handed.file, name=handed.name)


@blueprint.get("/catalogue.<kind>")
@by_key
@requires(Permission.CATALOGUE_WRITE)
def catalogue(kind: str) -> Response:
    """All of our own products in that format (csv, xlsx, ods, xml for BMEcat)."""
    file = catalogue_file(kind)
    return Response(file.content, mimetype=file.media_type)


@blueprint.post("/catalogue/imports")
@by_key
@requires(Permission.CATALOGUE_WRITE)
def bring_in() -> tuple[Response, int, dict[str, str]]:
    """Take the file in the body; a worker brings it in, and the address answered says how far it is."""
    work = catalogues.bring_in(request.get_data(cache=False), request.args)
    address = url_for("interop.api.imported", import_id=work.id)
    return jsonify(queries.imported(work.id)), 202, {"Location": address}


@blueprint.post("/catalogue/documents")
@by_key
@requires(Permission.CATALOGUE_WRITE)
def hand_in() -> tuple[Response, int]:
    """Keep the PDF in the body; by the hash that is answered, a catalogue's file names it for its products."""
    return jsonify({"sha256": keep_file(request.get_data(cache=False))}), 201


@blueprint.get("/catalogue/imports/<uuid:import_id>")
@by_key
@requires(Permission.CATALOGUE_WRITE)
def imported(import_id: UUID) -> Response:
    """How far a file has come, and what came of it."""
    return jsonify(queries.imported(import_id))


def _quantity() -> Decimal | None:
    asked = request.args.get("quantity")
    if asked is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,4})?", asked):
        raise Invalid(_l("“%(asked)s” is not a quantity.", asked=asked), field="quantity")
    return Decimal(asked)


def _skipped() -> int:
    asked = request.args.get("skipped", "0")
    if not asked.isdecimal() or len(asked) > len(str(LAST)) or int(asked) > LAST:
        raise Invalid(_l("This page does not exist; start again from the first one."))
    return int(asked)
