"""What does a procurement lead see who writes buying rules, and reads how they are kept?"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.budgets.queries import cost_centres, cost_centres_by_id
from marketplace.buyers.policies import actions, queries
from marketplace.buyers.policies.evaluating import Effect, PolicyKind
from marketplace.buyers.policies.forms import PolicyRuleForm
from marketplace.buyers.policies.models import PolicyHit, PolicyRule
from marketplace.buyers.policies.wording import EFFECTS, KINDS
from marketplace.foundation import clock
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations.queries import (
    all_sites,
    organisation,
    organisation_names,
    possible_counterparties,
    sites,
)
from marketplace.identity.people.queries import person_names
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.queries import divisions

RULES = Permission.RULE_WRITE
AT_FIRST = {"effect": Effect.REASON, "is_on": True}
blueprint = Blueprint("policies", __name__, url_prefix="/policies")
NAVIGATION = (
    Entrance("organisation", _l("Buying policy"), "buyers.policies.index", RULES, "gavel", ("buyer",)),
)


@blueprint.get("/")
@requires(RULES)
def index() -> Response:
    """Every rule in its newest version, how often it was hit and overridden."""
    rows = queries.newest_versions()
    return page("buyers/policies/index.html", rules=rows, tallies=queries.tallies(), **_context(rows))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(RULES)
def create() -> BaseResponse:
    """Choose a kind; then write a rule of it."""
    kind = request.args.get("kind", "")
    if kind not in list(PolicyKind):
        return page("buyers/policies/kinds.html", kinds=KINDS)
    return _written(PolicyRuleForm(data=AT_FIRST | {"starts_on": clock.today()}), PolicyKind(kind), None)


@blueprint.get("/<uuid:rule_id>")
@requires(RULES)
def show(rule_id: UUID) -> Response:
    """One rule: what it says, who came up against it, and all its versions."""
    rows = queries.versions(rule_id)
    people = queries.tallies_by_person(rule_id)
    return page(
        "buyers/policies/show.html",
        rule=rows[0],
        versions=rows,
        people=people,
        names=person_names({*people, *(row.written_by_id for row in rows)}),
        **_context(rows),
    )


@blueprint.route("/<uuid:rule_id>/edit", methods=["GET", "POST"])
@requires(RULES)
def change(rule_id: UUID) -> BaseResponse:
    """Write the next version of a rule."""
    newest = queries.versions(rule_id)[0]
    known = {name: getattr(newest, name) for name in actions.WRITTEN}
    return _written(PolicyRuleForm(data=known), PolicyKind(newest.kind), newest)


@blueprint.post("/<uuid:rule_id>/switch")
@requires(RULES)
def switch(rule_id: UUID) -> BaseResponse:
    """Switch a rule on or off."""
    row = actions.switch_rule(rule_id=rule_id, is_on=request.form.get("to") == "on")
    flash(_("The rule is on from now on.") if row.is_on else _("The rule is off from now on."), "good")
    return back_to(url_for(".show", rule_id=rule_id))


@blueprint.get("/<uuid:rule_id>/hits")
@requires(RULES)
def hits(rule_id: UUID) -> Response:
    """The lines that came up against a rule; only those bought with a reason, or only of one person."""
    rule = queries.versions(rule_id)[0]
    is_overridden, person_id = bool(request.args.get("overridden")), request.args.get("person", type=UUID)
    found = queries.hits_of(rule_id, is_overridden=is_overridden, requester_id=person_id)
    shown = newest_first(found, PolicyHit)
    return page(
        "buyers/policies/hits.html",
        rule=rule,
        shown=shown,
        is_overridden=is_overridden,
        person_id=person_id,
        sentences=queries.sentences_of(shown.rows),
        versions={row.id: row.version for row in queries.versions(rule_id)},
        names=person_names({row.requester_id for row in shown.rows} | ({person_id} if person_id else set())),
        sellers=organisation_names({row.seller_id for row in shown.rows}),
    )


def _context(rows: Sequence[PolicyRule]) -> dict[str, Any]:
    """What a page needs to say rules in words."""
    return {
        "kinds": KINDS,
        "effects": EFFECTS,
        "today": clock.today(),
        "words": queries.names_for(rows),
        "centres": cost_centres_by_id({row.cost_centre_id for row in rows if row.cost_centre_id}),
        "places": {row.id: row.name for row in all_sites()},
    }


def _written(form: PolicyRuleForm, kind: PolicyKind, rule: PolicyRule | None) -> BaseResponse:
    form.be_of_kind(kind)
    form.cost_centre_id.offer(((row.id, row.label) for row in cost_centres()), nothing=_l("Any"))
    form.site_id.offer(((row.id, row.name) for row in sites()), nothing=_l("Any"))
    if form.supplier_ids is not None:
        form.supplier_ids.choices = [(row.id, row.name) for row in possible_counterparties(is_buying=True)]
    row = attempt(form, actions.write_rule, kind=kind, rule_id=rule.rule_id if rule else None)
    if row is not None:
        flash(_("The rule stands. It counts for what is submitted from now on."), "good")
        return back_to(url_for(".show", rule_id=row.rule_id))
    return page(
        "buyers/policies/rule_form.html",
        form=form,
        kind=KINDS[kind],
        rule=rule,
        currency=organisation(current_actor().organisation).currency,
        divisions=divisions(),
    )
