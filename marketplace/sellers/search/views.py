"""What does the operator see of the words that stand for others?"""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import newest_first
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.permissions import Permission
from marketplace.sellers.search import actions, queries
from marketplace.sellers.search.forms import SynonymForm
from marketplace.sellers.search.models import Synonym

WATCH = Permission.MARKET_WATCH
blueprint = Blueprint("search", __name__, url_prefix="/synonyms")
NAVIGATION = (Entrance("market", _l("Synonyms"), "sellers.search.index", WATCH, "search", ("operator",)),)


@blueprint.route("/", methods=["GET", "POST"])
@requires(WATCH)
def index() -> BaseResponse:
    """All of them, newest first; and one more."""
    form = SynonymForm()
    if attempt(form, _say) is not None:
        flash(_("The search knows it from now on."), "good")
        return back_to(url_for(".index"))
    return page("sellers/search/index.html", form=form, shown=newest_first(queries.synonyms(), Synonym))


@blueprint.post("/<uuid:synonym_id>/forget")
@requires(WATCH)
def forget(synonym_id: UUID) -> BaseResponse:
    """Take one back."""
    with unit_of_work(platform("forget a synonym", person=current_actor())):
        actions.forget_synonym(synonym_id=synonym_id)
    flash(_("The search has forgotten it."), "good")
    return back_to(url_for(".index"))


def _say(**typed: Any) -> Synonym:
    with unit_of_work(platform("say a synonym", person=current_actor())):
        return actions.say_synonym(**typed)
