"""What does a sales desk see of its promotions?"""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation import clock
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.validity import DAY, STANDINGS, Standing
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations.queries import organisation
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.queries import products
from marketplace.sellers.promotions import actions, queries
from marketplace.sellers.promotions.forms import EndForm, PromotionForm
from marketplace.sellers.promotions.models import Promotion

WRITE = Permission.CATALOGUE_WRITE
blueprint = Blueprint("promotions", __name__, url_prefix="/promotions")
NAVIGATION = (
    Entrance("sell", _l("Promotions"), "sellers.promotions.index", WRITE, "rosette", ("supplier",)),
)


@blueprint.get("/")
@requires(WRITE)
def index() -> Response:
    """All promotions, newest first, by how they stand today."""
    asked = request.args.get("standing", "")
    standing = Standing(asked) if asked in list(Standing) else Standing.IN_FORCE
    shown = newest_first(queries.promotions(standing), Promotion)
    return page(
        "sellers/promotions/index.html",
        shown=shown,
        standing=standing,
        standings=STANDINGS,
        counts=queries.promotion_counts(),
        products=products({row.product_id for row in shown.rows if row.product_id}),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def plan() -> BaseResponse:
    """Plan a promotion."""
    currency = organisation(current_actor().organisation).currency
    form = PromotionForm(starts_on=clock.today(), currency=currency)
    row = attempt(form, actions.plan_promotion)
    if row is None:
        return page("sellers/promotions/new.html", form=form)
    flash(_("“%(title)s” is planned.", title=row.title), "good")
    return back_to(url_for(".index", standing=row.standing(clock.today())))


@blueprint.route("/<uuid:promotion_id>/end", methods=["GET", "POST"])
@requires(WRITE)
def end(promotion_id: UUID) -> BaseResponse:
    """End a promotion before its time."""
    row, form = queries.promotion(promotion_id), EndForm(ends_on=clock.today())
    if attempt(form, actions.end_promotion, promotion_id=promotion_id) is None:
        return page("sellers/promotions/end.html", form=form, row=row, yesterday=clock.today() - DAY)
    return back_to(url_for(".index"))
