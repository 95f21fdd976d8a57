"""What does the operator see of the things that are offered, and what can be decided about them?"""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import newest_first
from marketplace.foundation.tenancy import Actor, current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations.queries import organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.queries import categories
from marketplace.sellers.items import actions, queries
from marketplace.sellers.items.facing import facts_of
from marketplace.sellers.items.forms import PartForm, VerdictForm
from marketplace.sellers.items.models import Basis, ItemOffer, ItemSuggestion

WATCH = Permission.MARKET_WATCH
ALIKE, NUMBERS, DECIDED = "alike", "numbers", "decided"
VIEWS = {ALIKE: (Basis.ALIKE,), NUMBERS: (Basis.GTIN, Basis.PART), DECIDED: tuple(Basis)}
WORDS = {ALIKE: _l("Titles look alike"), NUMBERS: _l("Numbers contradict"), DECIDED: _l("Decided")}
REASONS = {
    Basis.GTIN: _l("One GTIN, but other numbers or makers that contradict it"),
    Basis.PART: _l("One maker and part number, but two GTINs"),
    Basis.ALIKE: _l("Their titles look alike"),
}
blueprint = Blueprint("items", __name__, url_prefix="/items")
NAVIGATION = (Entrance("market", _l("Same or not"), "sellers.items.index", WATCH, "scale", ("operator",)),)


@blueprint.get("/")
@requires(WATCH)
def index() -> BaseResponse:
    """What somebody has to decide, newest first, and what was decided."""
    view = request.args.get("view", ALIKE)
    bases = VIEWS.get(view, VIEWS[ALIKE])
    with unit_of_work(_desk(), read_only=True):
        shown = newest_first(queries.questions(is_decided=view == DECIDED, bases=bases), ItemSuggestion)
        products = queries.products_asked_about(shown.rows)
        counts = queries.open_questions_by_basis()
        names = organisation_names({product.organisation_id for product in products.values()})
    return page(
        "sellers/items/index.html",
        shown=shown,
        products=products,
        names=names,
        tabs=_tabs(view, counts),
        reasons=REASONS,
    )


@blueprint.route("/questions/<uuid:suggestion_id>", methods=["GET", "POST"])
@requires(WATCH)
def show(suggestion_id: UUID) -> BaseResponse:
    """Two offers side by side, and the question whether they are of one thing."""
    form = VerdictForm()
    if attempt(form, _decide, suggestion_id=suggestion_id) is not None:
        flash(_("Decided. It will not be asked again."), "good")
        return back_to(url_for(".index"))
    with unit_of_work(_desk(), read_only=True):
        faced = _faced(queries.question(suggestion_id))
        entries = story(suggestion_id)
    return page("sellers/items/show.html", **faced, form=form, entries=entries, reasons=REASONS)


@blueprint.route("/offers/<uuid:product_id>", methods=["GET", "POST"])
@requires(WATCH)
def offer(product_id: UUID) -> BaseResponse:
    """The offers of one thing, of which one may be taken out."""
    with unit_of_work(_desk(), read_only=True):
        offers = queries.offers_beside(product_id)
        names = organisation_names({row.organisation_id for row in offers})
        entries = story(*(row.id for row in offers))
    form = PartForm()
    form.product_id.offer((row.id, f"{names[row.organisation_id]} · {row.sku}") for row in offers)
    if attempt(form, _part) is not None:
        flash(_("The offer stands by itself now, whatever its numbers say."), "good")
        return back_to(url_for(".offer", product_id=form.product_id.data))
    return page("sellers/items/offer.html", offers=offers, names=names, form=form, entries=entries)


def _faced(asked: ItemSuggestion) -> dict[str, Any]:
    """The two offers of a question, and what agrees and differs."""
    found = queries.products_asked_about([asked])
    pair = (found[asked.product_id], found[asked.other_product_id])
    names = organisation_names({product.organisation_id for product in pair})
    facts = facts_of(pair, names, categories({product.cpv_code for product in pair}))
    return {"asked": asked, "pair": pair, "names": names, "facts": facts}


def _desk() -> Actor:
    return platform("look at items", person=current_actor())


def _decide(verdict: str, reason: str | None, suggestion_id: UUID) -> ItemSuggestion:
    decide = actions.join_items if verdict == "same" else actions.keep_apart
    with unit_of_work(platform(reason or "", person=current_actor())):
        return decide(suggestion_id=suggestion_id, reason=reason or "")


def _part(**typed: Any) -> ItemOffer:
    with unit_of_work(platform(typed["reason"], person=current_actor())):
        return actions.part_offer(**typed)


def _tabs(view: str, counts: dict[str, int]) -> list[tuple[Any, ...]]:
    """The views of the list; how many wait in each."""
    return [
        (word, url_for(".index", view=each), each == view, *_waiting(each, counts))
        for each, word in WORDS.items()
    ]


def _waiting(view: str, counts: dict[str, int]) -> tuple[int, ...]:
    return () if view == DECIDED else (sum(counts.get(basis, 0) for basis in VIEWS[view]),)
