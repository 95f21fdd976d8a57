"""What does a sales desk see of its circles of customers?"""

from uuid import UUID

from flask import Blueprint, Response, flash, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import newest_first
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations.queries import organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.customers import actions, queries
from marketplace.sellers.customers.forms import GroupForm, MemberForm
from marketplace.sellers.customers.models import CustomerGroup, CustomerGroupMember

WRITE = Permission.CATALOGUE_WRITE
blueprint = Blueprint("customers", __name__, url_prefix="/customer-groups")
NAVIGATION = (
    Entrance("sell", _l("Customer groups"), "sellers.customers.index", WRITE, "users", ("supplier",)),
)


@blueprint.get("/")
@requires(WRITE)
def index() -> Response:
    """All groups, newest first, and how many are in each."""
    shown = newest_first(queries.customer_groups(), CustomerGroup)
    counts = queries.member_counts({row.id for row in shown.rows})
    return page("sellers/customers/index.html", shown=shown, counts=counts)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def form_group() -> BaseResponse:
    """Form a group."""
    form = GroupForm()
    row = attempt(form, actions.form_group)
    if row is None:
        return page("sellers/customers/name.html", form=form, group=None)
    return back_to(url_for(".show", group_id=row.id))


@blueprint.get("/<uuid:group_id>")
@requires(WRITE)
def show(group_id: UUID) -> Response:
    """Who is in a group."""
    return _show(group_id, MemberForm(formdata=None))


@blueprint.route("/<uuid:group_id>/name", methods=["GET", "POST"])
@requires(WRITE)
def rename(group_id: UUID) -> BaseResponse:
    """Call it otherwise."""
    group = queries.customer_group(group_id)
    form = GroupForm(name=group.name)
    if attempt(form, actions.rename_group, group_id=group_id) is None:
        return page("sellers/customers/name.html", form=form, group=group)
    return back_to(url_for(".show", group_id=group_id))


@blueprint.post("/<uuid:group_id>/members")
@requires(WRITE)
def add(group_id: UUID) -> BaseResponse:
    """Put a customer into the group."""
    queries.customer_group(group_id)
    form = MemberForm()
    form.buyer_id.offer((row.id, row.name) for row in queries.buyers_outside(group_id))
    if attempt(form, actions.add_customer, group_id=group_id) is None:
        return _show(group_id, form)
    flash(_("The prices of this group are this customer’s from now on."), "good")
    return back_to(url_for(".show", group_id=group_id))


@blueprint.post("/<uuid:group_id>/members/<uuid:buyer_id>/remove")
@requires(WRITE)
def remove(group_id: UUID, buyer_id: UUID) -> BaseResponse:
    """Take a customer out of the group."""
    actions.remove_customer(group_id=group_id, buyer_id=buyer_id)
    flash(_("The prices of this group are no longer this customer’s."), "good")
    return back_to(url_for(".show", group_id=group_id))


def _show(group_id: UUID, form: MemberForm) -> Response:
    group = queries.customer_group(group_id)
    shown = newest_first(queries.members_of(group_id), CustomerGroupMember)
    names = organisation_names({row.buyer_id for row in shown.rows})
    form.buyer_id.offer((row.id, row.name) for row in queries.buyers_outside(group_id))
    return page(
        "sellers/customers/show.html",
        group=group,
        shown=shown,
        names=names,
        form=form,
        entries=story(group_id),
    )
