"""What does a company see of the past that it has brought in?"""

from flask import Blueprint, Response

from marketplace.buyers.history.actions import value_of
from marketplace.buyers.history.models import PastDelivery, PastOrder
from marketplace.buyers.history.queries import past_deliveries
from marketplace.foundation.db import fetch_all
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import newest_first
from marketplace.foundation.web import page, requires
from marketplace.identity.organisations.queries import organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.queries import products

blueprint = Blueprint("history", __name__, url_prefix="/past-deliveries")
NAVIGATION = (
    Entrance(
        "quality",
        _l("Past deliveries"),
        "buyers.history.index",
        Permission.SCORECARD_READ,
        "history",
        ("buyer", "supplier"),
    ),
)


@blueprint.get("/")
@requires(Permission.SCORECARD_READ)
def index() -> Response:
    """The deliveries of the old system, the newest brought in first."""
    shown = newest_first(past_deliveries(), PastDelivery)
    orders = fetch_all(PastOrder, {row.past_order_id for row in shown.rows})
    articles = products({row.product_id for row in shown.rows})
    names = organisation_names({party for row in shown.rows for party in (row.buyer_id, row.seller_id)})
    return page(
        "buyers/history/index.html",
        shown=shown,
        orders=orders,
        articles=articles,
        names=names,
        value_of=value_of,
    )
