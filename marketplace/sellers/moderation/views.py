"""What does the operator see of what suppliers write, and what can be decided about it?"""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.errors import NotFound
from marketplace.foundation.forms import ROW_ID
from marketplace.foundation.language import lazy_text as _l, plural_text, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import longest_waiting
from marketplace.foundation.tenancy import Actor, current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import attempt, back_to, is_done, page, requires, send_file_of
from marketplace.identity.organisations.queries import (
    organisation,
    organisation_names,
    possible_counterparties,
)
from marketplace.permissions import Permission
from marketplace.sellers.attributes.queries import attributes_by_id
from marketplace.sellers.catalogue.lifecycle import PRODUCT, ProductState
from marketplace.sellers.catalogue.models import Product, ProductReview
from marketplace.sellers.catalogue.queries import categories
from marketplace.sellers.documents.queries import attached
from marketplace.sellers.moderation import actions, facing, queries
from marketplace.sellers.moderation.forms import FINGERPRINT, RULES, RefusalForm, RuleForm

WATCH = Permission.MARKET_WATCH
WAITING = {ProductState.HELD: ProductReview.held_at, ProductState.REFUSED: ProductReview.decided_at}
TICKED = re.compile(rf"({ROW_ID}):({FINGERPRINT})")
blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")
NAVIGATION = (Entrance("market", _l("To look at"), "sellers.moderation.index", WATCH, "eye", ("operator",)),)


@blueprint.get("/")
@requires(WATCH)
def index() -> BaseResponse:
    """What waits to be looked at, the longest first, or what was refused; of all suppliers or one."""
    state, supplier_id = _state(), request.args.get("supplier", type=UUID)
    with unit_of_work(_desk(), read_only=True):
        shown = longest_waiting(queries.reviews(state, supplier_id), WAITING[state], ProductReview)
        counts = {each: queries.counts_by_supplier(each) for each in WAITING}
        listed: dict[str, Any] = {
            "looked": queries.looked_at(shown.rows),
            "names": organisation_names({one for each in counts.values() for one in each}),
            "is_on": any(rule.is_on for rule in queries.rules()),
        }
    listed |= {
        "shown": shown,
        "counts": counts[state],
        "tabs": _tabs(state, counts),
        "changed": facing.changed,
    }
    return page("sellers/moderation/index.html", **listed, state=state, supplier_id=supplier_id)


@blueprint.post("/let-through")
@requires(WATCH)
def let_through() -> BaseResponse:
    """Let buyers see the chosen products, as they were on the page."""
    seen = _ticked()
    with unit_of_work(platform("let products through", person=current_actor())):
        done = len(actions.let_through(seen=seen))
    if done:
        flash(plural_text("One product is let through.", "%(num)s products are let through.", done), "good")
    if done < len(seen):
        flash(
            plural_text(
                "One was changed meanwhile; please look at it again.",
                "%(num)s were changed meanwhile; please look at them again.",
                len(seen) - done,
            ),
            "warning",
        )
    if not seen:
        flash(_("Tick what shall be let through."), "warning")
    return back_to(url_for(".index", supplier=request.form.get("supplier", type=UUID)))


@blueprint.route("/<uuid:product_id>", methods=["GET", "POST"])
@requires(WATCH)
def show(product_id: UUID) -> BaseResponse:
    """A product as it is beside what buyers saw of it; it is let through, or refused with a reason."""
    form = RefusalForm()
    if attempt(form, _refuse, product_id=product_id) is not None:
        flash(_("Refused. The supplier reads why."), "good")
        return back_to(url_for(".index"))
    with unit_of_work(_desk(), read_only=True):
        looked = queries.looked_at_product(product_id)
        faced = {
            "looked": looked,
            "faces": facing.faces(looked.review.shown, looked.content, _words(looked)),
            "documents": facing.documents_of(looked.content),
            "seller": organisation(looked.product.organisation_id).name,
            "entries": story(product_id),
        }
    form.seen.data = looked.seen
    return page("sellers/moderation/show.html", **faced, form=form, life=PRODUCT)


@blueprint.get("/<uuid:product_id>/picture/<side>")
@requires(WATCH)
def picture(product_id: UUID, side: str) -> BaseResponse:
    """The picture that buyers saw, or the one that is new."""
    with unit_of_work(_desk(), read_only=True):
        looked = queries.looked_at_product(product_id)
        content = {"new": looked.content, "old": looked.review.shown}.get(side) or {}
        return send_file_of(queries.picture_in(content, looked.product.organisation_id), is_download=False)


@blueprint.get("/<uuid:product_id>/document/<sha256>")
@requires(WATCH)
def document(product_id: UUID, sha256: str) -> BaseResponse:
    """A document that buyers saw, or one that is new."""
    with unit_of_work(_desk(), read_only=True):
        looked = queries.looked_at_product(product_id)
        known = facing.documents_of(looked.review.shown or {}) + facing.documents_of(looked.content)
        title = {one.sha256: one.title for one in known}.get(sha256)
        if title is None:
            raise NotFound(_l("There is nothing here that you may see."))
        file = attached(looked.product.organisation_id, sha256)
    return send_file_of(file, name=f"{title}.pdf")


@blueprint.route("/rules", methods=["GET", "POST"])
@requires(WATCH)
def rules() -> BaseResponse:
    """Whose products are looked at first."""
    form = RuleForm()
    with unit_of_work(_desk(), read_only=True):
        known = queries.rules()
        suppliers = possible_counterparties(is_buying=True)
        names = organisation_names({row.organisation_id for row in known if row.organisation_id})
    form.supplier_id.offer(
        ((row.id, row.name) for row in suppliers), nothing=_("All without a rule of their own")
    )
    if is_done(form, _switch):
        flash(_("It holds from now on; what buyers see already stays."), "good")
        return back_to(url_for(".rules"))
    return page("sellers/moderation/rules.html", form=form, rules=known, names=names)


def _desk() -> Actor:
    return platform("look at products", person=current_actor())


def _state() -> ProductState:
    return ProductState.REFUSED if request.args.get("view") == ProductState.REFUSED else ProductState.HELD


def _ticked() -> dict[UUID, str]:
    """By product, the fingerprint of what the page showed of it."""
    found = (TICKED.fullmatch(each) for each in request.form.getlist("seen"))
    return {UUID(each[1]): each[2] for each in found if each}


def _refuse(product_id: UUID, seen: str, reason: str) -> Product:
    with unit_of_work(platform(reason, person=current_actor())):
        return actions.refuse(product_id=product_id, seen=seen, reason=reason)


def _switch(supplier_id: UUID | None, rule: str) -> None:
    with unit_of_work(platform("say whose products are looked at", person=current_actor())):
        actions.switch_moderation(supplier_id=supplier_id, is_on=RULES[rule])


def _words(looked: queries.Looked) -> facing.Words:
    both = (looked.review.shown, looked.content)
    return facing.Words(categories(facing.codes_in(*both)), attributes_by_id(facing.attributes_in(*both)))


def _tabs(state: ProductState, counts: dict[ProductState, dict[UUID, int]]) -> list[tuple[Any, ...]]:
    """The views of the list, with how many there are of each."""
    return [
        (PRODUCT.states[each].label, url_for(".index", view=each), each == state, sum(counts[each].values()))
        for each in WAITING
    ]
