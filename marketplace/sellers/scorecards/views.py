"""What do a buyer and a supplier see of scorecards?"""

from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import stored_file
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires, send_file_of
from marketplace.identity.organisations.queries import organisation, organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.scorecards import actions, queries
from marketplace.sellers.scorecards.forms import ReplyForm
from marketplace.sellers.scorecards.models import Scorecard
from marketplace.sellers.scorecards.presenting import live_figures, presented, spoken, standing
from marketplace.sellers.scorecards.scoring import CRITERIA, MINIMUM_LINES, Key

blueprint = Blueprint("scorecards", __name__, url_prefix="/scorecards")
READ = Permission.SCORECARD_READ
NAVIGATION = (
    Entrance("quality", _l("Supplier scores"), "sellers.scorecards.suppliers", READ, "chart-bar", ("buyer",)),
    Entrance("quality", _l("My scorecards"), "sellers.scorecards.index", READ, "rosette", ("supplier",)),
)


@blueprint.get("/suppliers")
@requires(READ)
def suppliers() -> Response:
    """Each supplier's score of today, with the last scorecard beside it; the best first, those not rated last."""
    live, newest = queries.live_scores(clock.today()), queries.newest_by_supplier()
    names = organisation_names({*live, *newest})
    ranked = sorted(live, key=lambda s: (live[s].points is None, -(live[s].points or 0), names.get(s, "")))
    return page(
        "sellers/scorecards/suppliers.html",
        ranked=ranked,
        live=live,
        newest=newest,
        names=names,
        standing=standing,
    )


@blueprint.get("/suppliers/<uuid:seller_id>")
@requires(READ)
def supplier(seller_id: UUID) -> Response:
    """One supplier today: every measure with its lines, and the scorecards so far."""
    live = queries.live_scores(clock.today()).get(seller_id)
    shown = newest_first(queries.scorecards_of(seller_id), Scorecard)
    if live is None and not shown.rows:
        raise NotFound(_l("There is nothing here that you may see."))
    return page(
        "sellers/scorecards/supplier.html",
        supplier=organisation(seller_id),
        live=live,
        figures=live_figures(live),
        shown=shown,
        standing=standing,
        minimum=MINIMUM_LINES,
    )


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """All scorecards, newest first."""
    shown = newest_first(queries.scorecards(), Scorecard)
    names = organisation_names({party for card in shown.rows for party in (card.buyer_id, card.seller_id)})
    return page("sellers/scorecards/index.html", shown=shown, names=names, standing=standing)


@blueprint.get("/<uuid:scorecard_id>")
@requires(READ)
def show(scorecard_id: UUID) -> Response:
    """One scorecard, as it was drawn up."""
    return _show(scorecard_id, ReplyForm(formdata=None))


@blueprint.get("/<uuid:scorecard_id>/lines")
@requires(READ)
def lines(scorecard_id: UUID) -> Response:
    """The lines that a figure was made of, with what each contributed; and those that were contested."""
    card, asked = queries.scorecard(scorecard_id), request.args.get("measure", Key.ON_TIME_IN_FULL)
    if asked not in list(Key):
        raise NotFound(_l("There is nothing here that you may see."))
    known = queries.lines_of(scorecard_id)
    shown = [pair for pair in known if pair[0].shares[asked] is not None or pair[0].was_contested]
    return page("sellers/scorecards/lines.html", card=card, shown=shown, asked=asked, criteria=CRITERIA)


@blueprint.post("/<uuid:scorecard_id>/reply")
@requires(Permission.SCORECARD_REPLY)
def reply(scorecard_id: UUID) -> BaseResponse:
    """The supplier replies."""
    form = ReplyForm()
    if attempt(form, actions.reply_to_scorecard, scorecard_id=scorecard_id) is None:
        return _show(scorecard_id, form)
    return back_to(url_for(".show", scorecard_id=scorecard_id, _anchor="replies"))


@blueprint.get("/<uuid:scorecard_id>/scorecard.pdf")
@requires(READ)
def document(scorecard_id: UUID) -> BaseResponse:
    """The PDF as it was filed."""
    file_id = queries.scorecard(scorecard_id).file_id
    if file_id is None:
        raise NotFound(_l("The scorecard is still being rendered."))
    return send_file_of(stored_file(file_id))


def _show(scorecard_id: UUID, form: ReplyForm) -> Response:
    card = queries.scorecard(scorecard_id)
    seller = organisation(card.seller_id)
    return page(
        "sellers/scorecards/show.html",
        card=card,
        buyer=organisation(card.buyer_id),
        seller=seller,
        figures=presented(card),
        state=standing(card.points),
        replies=spoken(queries.replies_to(scorecard_id), seller.name),
        is_mine=current_actor().organisation_id == card.seller_id,
        form=form,
        entries=story(scorecard_id),
    )
