"""How does a supplier take its catalogue along?"""

from io import BytesIO

from flask import Blueprint, Response, send_file

from marketplace.foundation.web import requires
from marketplace.permissions import Permission
from marketplace.sellers.exchange.queries import catalogue_file

blueprint = Blueprint("exchange", __name__, url_prefix="/catalogue/export")


@blueprint.get("/catalogue.<kind>")
@requires(Permission.CATALOGUE_WRITE)
def catalogue(kind: str) -> Response:
    """All of one's own products in that format; brought in again, the file changes nothing."""
    file = catalogue_file(kind)
    return send_file(BytesIO(file.content), file.media_type, as_attachment=True, download_name=file.name)
