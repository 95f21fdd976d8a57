"""What does somebody see who fills a cart, or follows what became of it?"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.approvals.queries import policy
from marketplace.buyers.approvals.reasons import SOURCES
from marketplace.buyers.budgets.queries import cost_centres, cost_centres_by_id
from marketplace.buyers.policies.queries import verdicts_on
from marketplace.buyers.requisitions import actions, queries
from marketplace.buyers.requisitions.forms import AddForm, DetailsForm, QuantityForm, ReasonForm
from marketplace.buyers.requisitions.lifecycle import REQUISITION, RequisitionState
from marketplace.buyers.requisitions.models import Requisition
from marketplace.buyers.requisitions.offers import cart_lines
from marketplace.buyers.requisitions.policing import Destination, verdicts_on_lines
from marketplace.buyers.requisitions.standing import cart_standing, groups, standing
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import newest_first
from marketplace.foundation.presentation import write_instant
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations.queries import sites
from marketplace.identity.people.queries import person_names
from marketplace.permissions import Permission

WRITE, READ = Permission.REQUISITION_WRITE, Permission.ORDER_READ
S = RequisitionState
blueprint = Blueprint("requisitions", __name__, url_prefix="/requisitions")
NAVIGATION = (
    Entrance("buy", _l("Cart"), "buyers.requisitions.cart", WRITE, "shopping-cart", ("buyer",)),
    Entrance("buy", _l("Requisitions"), "buyers.requisitions.index", WRITE, "clipboard-list", ("buyer",)),
)
VIEWS = {
    "open": (_l("Under way"), (S.SUBMITTED, S.APPROVED)),
    "ordered": (_l("Orders placed"), (S.ORDERED,)),
    "ended": (_l("Rejected or taken back"), (S.REJECTED, S.WITHDRAWN)),
}


@blueprint.get("/")
@requires(WRITE)
def index() -> Response:
    """One's own requisitions, or everybody's, by how far they are."""
    view = request.args.get("view", "")
    view, is_all = view if view in VIEWS else "open", bool(request.args.get("all"))
    requester = None if is_all else current_actor().person
    shown = newest_first(queries.requisitions(states=VIEWS[view][1], requester_id=requester), Requisition)
    return page(
        "buyers/requisitions/index.html",
        shown=shown,
        lifecycle=REQUISITION,
        tallies=_tallies(requester),
        view=view,
        is_all=is_all,
        counts=queries.line_counts({row.id for row in shown.rows}),
        centres=cost_centres_by_id({row.cost_centre_id for row in shown.rows if row.cost_centre_id}),
        names=person_names({row.requester_id for row in shown.rows}),
    )


@blueprint.get("/cart")
@requires(WRITE)
def cart() -> Response:
    """The cart at today's prices, and what would happen if it were submitted."""
    return _cart()


@blueprint.post("/cart/lines")
@requires(WRITE)
def add() -> BaseResponse:
    """Put a product into the cart."""
    form = AddForm()
    if attempt(form, actions.add_to_cart) is None:
        return _cart(refused=form)
    return back_to(url_for(".cart"))


@blueprint.post("/cart/lines/<uuid:line_id>")
@requires(WRITE)
def change_line(line_id: UUID) -> BaseResponse:
    """Ask for another quantity of a line."""
    form = QuantityForm()
    if attempt(form, actions.change_line, line_id=line_id) is None:
        return _cart(refused=form, refused_id=line_id)
    return back_to(url_for(".cart"))


@blueprint.post("/cart/lines/<uuid:line_id>/remove")
@requires(WRITE)
def remove_line(line_id: UUID) -> BaseResponse:
    """Take a line out of the cart."""
    actions.remove_line(line_id=line_id)
    return back_to(url_for(".cart"))


@blueprint.post("/cart")
@requires(WRITE)
def describe() -> BaseResponse:
    """Say whom the cart is for; and, by the other button, submit it."""
    form = _details(None)
    is_submitting = request.form.get("step") == "submit"
    row = attempt(form, actions.describe_and_submit if is_submitting else actions.describe_requisition)
    if row is None:
        return _cart(details=form)
    if not is_submitting:
        return back_to(url_for(".cart"))
    flash(_outcome(row), "good")
    return back_to(url_for(".show", requisition_id=row.id))


@blueprint.post("/cart/policy")
@requires(WRITE)
def ask_policy() -> Response:
    """Save whom the cart is for, and what the buying rules say then: a fragment of the cart's page."""
    form = _details(None)
    attempt(form, actions.describe_requisition)
    found = queries.my_cart()
    today = cart_lines(found, queries.lines_of(found.id)) if found else []
    return page(
        "buyers/requisitions/_policy.html",
        details=form,
        verdicts=verdicts_on_lines(today, _destination(form)),
    )


@blueprint.get("/<uuid:requisition_id>")
@requires(READ)
def show(requisition_id: UUID) -> BaseResponse:
    """One requisition: how far it is, who is next and why, and what has happened."""
    row = queries.requisition(requisition_id)
    if row.status == S.DRAFT:
        return back_to(url_for(".cart"))
    return _show(row, ReasonForm(formdata=None))


@blueprint.get("/<uuid:requisition_id>/lines")
@requires(READ)
def lines(requisition_id: UUID) -> Response:
    """Its lines, as a fragment for the pages of other rooms."""
    row = queries.submitted(requisition_id)
    kept = groups(queries.lines_of(row.id), row.total.currency)
    return page("buyers/requisitions/_lines.html", groups=kept)


@blueprint.get("/<uuid:requisition_id>/policy")
@requires(READ)
def policy_said(requisition_id: UUID) -> Response:
    """What the buying rules said about it, as a fragment for the pages of other rooms."""
    row = queries.submitted(requisition_id)
    return page("buyers/requisitions/_said.html", verdicts=verdicts_on(row.id))


@blueprint.post("/<uuid:requisition_id>/withdraw")
@requires(WRITE)
def withdraw(requisition_id: UUID) -> BaseResponse:
    """Take a requisition back."""
    form = ReasonForm()
    if attempt(form, actions.withdraw_requisition, requisition_id=requisition_id) is None:
        return _show(queries.requisition(requisition_id), form)
    flash(_("Withdrawn. Stock and budget are free again."), "good")
    return back_to(url_for(".show", requisition_id=requisition_id))


@blueprint.post("/<uuid:requisition_id>/copy")
@requires(WRITE)
def copy(requisition_id: UUID) -> BaseResponse:
    """Put its lines into one's own cart."""
    left_out = actions.copy_requisition(requisition_id=requisition_id)
    flash(_("The lines are in your cart, at today's prices. Approval begins anew."), "good")
    if left_out:
        flash(
            _("Left out, because it cannot be had any more: %(names)s", names=", ".join(left_out)), "warning"
        )
    return back_to(url_for(".cart"))


def _tallies(requester: UUID | None) -> dict[str, tuple[object, int]]:
    counts = queries.counts_by_state(requester)
    return {key: (label, sum(counts.get(s, 0) for s in states)) for key, (label, states) in VIEWS.items()}


def _cart(
    *,
    details: DetailsForm | None = None,
    refused: AddForm | QuantityForm | None = None,
    refused_id: UUID | None = None,
) -> Response:
    found = queries.my_cart()
    details = details or _details(found)
    today = cart_standing(found, to=_destination(details)) if found else None
    return page(
        "buyers/requisitions/cart.html",
        today=today,
        details=details,
        quantities=_quantities(today, refused, refused_id) if today else {},
        refused=refused if refused_id is None else None,
        sources=SOURCES,
        policy=policy(),
    )


def _quantities(today: Any, refused: Any, refused_id: UUID | None) -> dict[UUID, QuantityForm]:
    """A form for each line, its field named apart from those of the others on the page."""
    forms = {}
    for row in (line.line for group in today.groups for line in group.lines):
        fresh = QuantityForm(formdata=None, data={"quantity": row.quantity})
        forms[row.id] = refused if row.id == refused_id else fresh
        forms[row.id].quantity.id = f"quantity-{row.id}"
    return forms


def _destination(details: DetailsForm) -> Destination:
    return Destination(details.cost_centre_id.data, details.site_id.data)


def _details(found: Requisition | None) -> DetailsForm:
    form = DetailsForm(formdata=None, obj=found) if found else DetailsForm()
    form.cost_centre_id.offer(
        ((row.id, row.label) for row in cost_centres()), nothing=_l("Choose a cost centre")
    )
    form.site_id.offer(((row.id, row.name) for row in sites()), nothing=_l("Choose a site"))
    for field in (form.cost_centre_id, form.site_id, form.needed_on):
        field.flags.required = True  # for submitting; a cart is saved without them
    return form


def _show(row: Requisition, form: ReasonForm) -> Response:
    now = standing(row)
    centres = cost_centres_by_id({row.cost_centre_id}) if row.cost_centre_id else {}
    return page(
        "buyers/requisitions/show.html",
        now=now,
        row=row,
        state=REQUISITION.state(row),
        centre=centres.get(row.cost_centre_id) if row.cost_centre_id else None,
        form=form,
        may_withdraw=_may_withdraw(row),
        may_copy=current_actor().permits(WRITE),
        sources=SOURCES,
        policy=policy(),
    )


def _may_withdraw(row: Requisition) -> bool:
    actor = current_actor()
    is_theirs = row.requester_id == actor.person_id or actor.permits(Permission.RULE_WRITE)
    return is_theirs and REQUISITION.can(row, S.WITHDRAWN)


def _outcome(row: Requisition) -> str:
    if row.status == S.APPROVED:
        return _("%(number)s is approved: no rule asks for a decision.", number=row.number)
    return _(
        "%(number)s is submitted. Price, stock and budget are held until %(when)s.",
        number=row.number,
        when=write_instant(row.held_until),
    )
