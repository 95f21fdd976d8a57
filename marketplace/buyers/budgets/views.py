"""What does somebody see of cost centres and budgets, down to the rows that a figure adds up from?"""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.budgets import actions, queries
from marketplace.buyers.budgets.forms import AmountForm, BudgetForm, CostCentreChangeForm, CostCentreForm
from marketplace.buyers.budgets.models import KINDS
from marketplace.foundation import clock
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations.queries import organisation
from marketplace.identity.people.queries import people_permitted, person_names
from marketplace.permissions import Permission

blueprint = Blueprint("budgets", __name__, url_prefix="/budgets")
NAVIGATION = (
    Entrance("money", _l("Budgets"), "buyers.budgets.index", Permission.BUDGET_READ, "wallet", ("buyer",)),
)
PAGES = {
    "requisition": ("buyers.requisitions.show", "requisition_id"),
    "order": ("buyers.orders.show", "order_id"),
}


@blueprint.get("/")
@requires(Permission.BUDGET_READ)
def index() -> Response:
    """Where every cost centre stands today."""
    positions = queries.budget_positions(clock.today())
    owners = person_names({position.cost_centre.owner_id for position in positions})
    return page(
        "buyers/budgets/index.html",
        positions=positions,
        owners=owners,
        sums=queries.sums(positions, _currency()),
        today=clock.today(),
        may_write=_may_write(),
    )


@blueprint.route("/cost-centres/new", methods=["GET", "POST"])
@requires(Permission.BUDGET_WRITE)
def create_cost_centre() -> BaseResponse:
    """Write a cost centre."""
    form = CostCentreForm()
    _offer_owners(form)
    row = attempt(form, actions.add_cost_centre)
    if row is None:
        return page("buyers/budgets/cost_centre_form.html", form=form, centre=None)
    flash(_("The cost centre is there. Now give it a budget."), "good")
    return back_to(url_for(".create_budget", cost_centre_id=row.id))


@blueprint.get("/cost-centres/<uuid:cost_centre_id>")
@requires(Permission.BUDGET_READ)
def show_cost_centre(cost_centre_id: UUID) -> Response:
    """One cost centre, with its budgets of all periods."""
    centre = queries.cost_centre(cost_centre_id)
    return page(
        "buyers/budgets/cost_centre.html",
        centre=centre,
        positions=[queries.Position(centre, budget) for budget in queries.budgets_of(centre.id)],
        owner=person_names({centre.owner_id}).get(centre.owner_id),
        today=clock.today(),
        may_write=_may_write(),
    )


@blueprint.route("/cost-centres/<uuid:cost_centre_id>/edit", methods=["GET", "POST"])
@requires(Permission.BUDGET_WRITE)
def change_cost_centre(cost_centre_id: UUID) -> BaseResponse:
    """Change a cost centre, or close it."""
    centre = queries.cost_centre(cost_centre_id)
    form = CostCentreChangeForm(obj=centre)
    _offer_owners(form)
    if attempt(form, actions.change_cost_centre, cost_centre_id=cost_centre_id) is None:
        return page("buyers/budgets/cost_centre_form.html", form=form, centre=centre)
    return back_to(url_for(".show_cost_centre", cost_centre_id=cost_centre_id))


@blueprint.route("/cost-centres/<uuid:cost_centre_id>/new-budget", methods=["GET", "POST"])
@requires(Permission.BUDGET_WRITE)
def create_budget(cost_centre_id: UUID) -> BaseResponse:
    """Give a cost centre a budget; this year is proposed."""
    centre, year = queries.cost_centre(cost_centre_id), clock.today().year
    form = BudgetForm(data={"starts_on": date(year, 1, 1), "ends_on": date(year, 12, 31)})
    row = attempt(form, actions.set_budget, cost_centre_id=cost_centre_id)
    if row is None:
        return page("buyers/budgets/budget_form.html", form=form, centre=centre, currency=_currency())
    return back_to(url_for(".show", budget_id=row.id))


@blueprint.get("/<uuid:budget_id>")
@requires(Permission.BUDGET_READ)
def show(budget_id: UUID) -> Response:
    """One budget: what holds it and every movement, down to the documents."""
    budget = queries.budget(budget_id)
    entries, held = queries.entries_of(budget_id), queries.commitments_of(budget_id)
    names = queries.document_names(
        {row.document_id for row in held} | {row.document_id for row in entries.rows}
    )
    return page(
        "buyers/budgets/show.html",
        position=queries.Position(queries.cost_centre(budget.cost_centre_id), budget),
        entries=entries,
        held=held,
        names=names,
        urls={key: _address(name.kind, key) for key, name in names.items()},
        kinds=KINDS,
        may_write=_may_write(),
    )


@blueprint.route("/<uuid:budget_id>/edit", methods=["GET", "POST"])
@requires(Permission.BUDGET_WRITE)
def change(budget_id: UUID) -> BaseResponse:
    """Set another amount."""
    budget = queries.budget(budget_id)
    position = queries.Position(queries.cost_centre(budget.cost_centre_id), budget)
    form = AmountForm(obj=budget)
    if attempt(form, actions.change_budget, budget_id=budget_id) is None:
        return page("buyers/budgets/amount_form.html", form=form, position=position)
    return back_to(url_for(".show", budget_id=budget_id))


def _offer_owners(form: CostCentreForm) -> None:
    form.owner_id.offer((p.id, p.name) for p in people_permitted(Permission.APPROVAL_DECIDE))


def _address(kind: str, document_id: UUID) -> str | None:
    if kind not in PAGES:
        return None
    endpoint, argument = PAGES[kind]
    values: dict[str, Any] = {argument: document_id}
    return url_for(endpoint, **values)


def _currency() -> str:
    return organisation(current_actor().organisation).currency


def _may_write() -> bool:
    return current_actor().permits(Permission.BUDGET_WRITE)
