"""What does the operator see of the properties of products?"""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import newest_first
from marketplace.foundation.quantity import UNITS
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.permissions import Permission
from marketplace.sellers.attributes import actions, queries
from marketplace.sellers.attributes.forms import KINDS, AttributeForm
from marketplace.sellers.attributes.models import Attribute

WATCH = Permission.MARKET_WATCH
blueprint = Blueprint("attributes", __name__, url_prefix="/attributes")
NAVIGATION = (Entrance("market", _l("Attributes"), "sellers.attributes.index", WATCH, "tag", ("operator",)),)


@blueprint.route("/", methods=["GET", "POST"])
@requires(WATCH)
def index() -> BaseResponse:
    """All of them, newest first; and one more."""
    form = AttributeForm()
    if attempt(form, _describe) is not None:
        flash(_("Products of this category can say it from now on."), "good")
        return back_to(url_for(".index"))
    shown = newest_first(queries.attributes(), Attribute)
    return page("sellers/attributes/index.html", form=form, shown=shown, kinds=KINDS, units=UNITS)


@blueprint.post("/<uuid:attribute_id>/remove")
@requires(WATCH)
def remove(attribute_id: UUID) -> BaseResponse:
    """Take one back that no product has a value of."""
    with unit_of_work(platform("remove an attribute", person=current_actor())):
        actions.remove_attribute(attribute_id=attribute_id)
    flash(_("Nobody is asked for it any more."), "good")
    return back_to(url_for(".index"))


def _describe(**typed: Any) -> Attribute:
    with unit_of_work(platform("describe an attribute", person=current_actor())):
        return actions.describe_attribute(**typed)
