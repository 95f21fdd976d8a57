"""What does somebody see of the searches that they saved?"""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.searches import actions, queries
from marketplace.buyers.searches.forms import SearchForm
from marketplace.buyers.searches.models import LONGEST_NAME, SavedSearch
from marketplace.buyers.shopping.questions import Question
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import newest_first
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.permissions import Permission

READ = Permission.CATALOGUE_READ
blueprint = Blueprint("searches", __name__, url_prefix="/searches")
NAVIGATION = (Entrance("buy", _l("Saved searches"), "buyers.searches.index", READ, "bell", ("buyer",)),)


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """One's own, newest first."""
    shown = newest_first(queries.own_searches(), SavedSearch)
    asked = {row.id: queries.read(row.query) for row in shown.rows}
    return page("buyers/searches/index.html", shown=shown, asked=asked)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(READ)
def save() -> BaseResponse:
    """Save what the address asks."""
    question = Question.asked(request.args)
    form = SearchForm(name=question.typed[:LONGEST_NAME])
    if attempt(form, actions.save_search, question=question) is None:
        return page("buyers/searches/save.html", form=form, question=question)
    flash(_("You are told when something new answers it."), "good")
    return back_to(url_for(".index"))


@blueprint.post("/<uuid:search_id>/forget")
@requires(READ)
def forget(search_id: UUID) -> BaseResponse:
    """Look no more."""
    actions.forget_search(search_id=search_id)
    flash(_("The search is forgotten."), "good")
    return back_to(url_for(".index"))
