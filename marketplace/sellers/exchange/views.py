"""How does a supplier take its catalogue along?"""

from flask import Blueprint, Response

from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.web import requires
from marketplace.permissions import Permission
from marketplace.sellers.exchange.queries import own_offers
from marketplace.sellers.exchange.writing import FORMATS

blueprint = Blueprint("exchange", __name__, url_prefix="/catalogue/export")


@blueprint.get("/catalogue.<kind>")
@requires(Permission.CATALOGUE_WRITE)
def catalogue(kind: str) -> Response:
    """All of one's own products in that format; brought in again, the file changes nothing."""
    if kind not in FORMATS:
        raise NotFound(_l("There is nothing here that you may see."))
    response = Response(FORMATS[kind].write(own_offers()), mimetype=FORMATS[kind].media_type)
    response.headers.set("Content-Disposition", "attachment", filename=f"catalogue.{kind}")
    return response
