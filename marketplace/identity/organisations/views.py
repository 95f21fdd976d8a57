"""What does somebody see of their own organisation, and the operator of all of them?"""

from uuid import UUID

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from marketplace.foundation.countries import countries
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations import actions, queries
from marketplace.identity.organisations.forms import (
    DecisionForm,
    MemberSearchForm,
    OrganisationForm,
    SiteForm,
)
from marketplace.identity.organisations.lifecycle import ORGANISATION, OrganisationState
from marketplace.identity.organisations.models import Organisation
from marketplace.permissions import Permission

blueprint = Blueprint("organisations", __name__)
NAVIGATION = (
    Entrance(
        "organisation",
        _l("Our organisation"),
        "identity.organisations.show",
        Permission.ORGANISATION_MANAGE,
        "building",
    ),
    Entrance(
        "market",
        _l("Members"),
        "identity.organisations.members",
        Permission.MARKET_ADMIT,
        "building-store",
        ("operator",),
    ),
)


@blueprint.get("/organisation")
@requires(Permission.ORGANISATION_MANAGE)
def show() -> Response:
    """What our organisation says of itself, and its sites."""
    ours = queries.organisation(current_actor().organisation)
    return page(
        "identity/organisations/show.html",
        organisation=ours,
        state=ORGANISATION.state(ours),
        sites=queries.all_sites(),
        countries=countries(),
    )


@blueprint.route("/organisation/edit", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE)
def edit() -> Response:
    """Change what our organisation says of itself."""
    form = OrganisationForm(obj=queries.organisation(current_actor().organisation))
    if attempt(form, actions.change_organisation) is None:
        return page("identity/organisations/edit.html", form=form)
    flash(_("Your organisation's particulars are changed."), "good")
    return back_to(url_for("identity.organisations.show"))


@blueprint.route("/organisation/sites/new", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE)
def add_site() -> Response:
    """Add a site."""
    form = SiteForm()
    site = attempt(form, actions.add_site)
    if site is None:
        return page("identity/organisations/site.html", form=form, site=None)
    flash(_("The site %(name)s is added.", name=site.name), "good")
    return back_to(url_for("identity.organisations.show"))


@blueprint.route("/organisation/sites/<uuid:site_id>", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_MANAGE)
def edit_site(site_id: UUID) -> Response:
    """Change a site."""
    site = queries.site(site_id)
    form = SiteForm(obj=site)
    if attempt(form, actions.change_site, site_id=site_id) is None:
        return page("identity/organisations/site.html", form=form, site=site)
    flash(_("The site %(name)s is changed.", name=site.name), "good")
    return back_to(url_for("identity.organisations.show"))


@blueprint.post("/organisation/sites/<uuid:site_id>/close")
@requires(Permission.ORGANISATION_MANAGE)
def close_site(site_id: UUID) -> Response:
    """Let nothing more be ordered to a site."""
    site = actions.close_site(site_id=site_id)
    flash(_("The site %(name)s is closed.", name=site.name), "good")
    return back_to(url_for("identity.organisations.show"))


@blueprint.post("/organisation/sites/<uuid:site_id>/open")
@requires(Permission.ORGANISATION_MANAGE)
def open_site(site_id: UUID) -> Response:
    """Let a closed site be ordered to again."""
    site = actions.open_site(site_id=site_id)
    flash(_("The site %(name)s is open again.", name=site.name), "good")
    return back_to(url_for("identity.organisations.show"))


@blueprint.get("/market/members")
@requires(Permission.MARKET_ADMIT)
def members() -> Response:
    """Who asks to be admitted, and who is."""
    asked = request.args.get("status", "")
    status = OrganisationState(asked) if asked in list(OrganisationState) else None
    form = MemberSearchForm(request.args, meta={"csrf": False})
    with unit_of_work(platform("look at the members", person=current_actor()), read_only=True):
        listed = queries.market_members(status=status, words=(form.words.data or "").strip())
        counts = queries.market_member_counts()
    return page(
        "identity/organisations/members.html",
        form=form,
        members=listed,
        entries=_tabs(status, counts),
        lifecycle=ORGANISATION,
    )


@blueprint.route("/market/members/<uuid:organisation_id>", methods=["GET", "POST"])
@requires(Permission.MARKET_ADMIT)
def member(organisation_id: UUID) -> Response:
    """One organisation: what it says of itself, what happened, and what the operator may decide."""
    form = DecisionForm()
    if attempt(form, _decide_as_platform, organisation_id=organisation_id):
        flash(_("Decided. The organisation is told."), "good")
        return back_to(url_for("identity.organisations.member", organisation_id=organisation_id))
    with unit_of_work(platform("look at a member", person=current_actor()), read_only=True):
        row, entries = queries.organisation(organisation_id), story(organisation_id)
    return page(
        "identity/organisations/member.html",
        form=form,
        organisation=row,
        state=ORGANISATION.state(row),
        can=[verdict for verdict in OrganisationState if ORGANISATION.can(row, verdict)],
        entries=entries,
        countries=countries(),
    )


def _tabs(status: OrganisationState | None, counts: dict[str, int]) -> list[tuple[str, str, bool, int]]:
    address = "identity.organisations.members"
    of_states = [
        (str(state.label), url_for(address, status=each), status == each, counts.get(each, 0))
        for each, state in ORGANISATION.states.items()
    ]
    return [(_("All"), url_for(address), status is None, sum(counts.values())), *of_states]


def _decide_as_platform(verdict: str, reason: str | None, organisation_id: UUID) -> Organisation:
    decided = ORGANISATION.states[OrganisationState(verdict)].label
    act = platform(_("Decision of the operator: %(state)s", state=decided), person=current_actor())
    with unit_of_work(act):
        return actions.decide_on_organisation(organisation_id=organisation_id, verdict=verdict, reason=reason)
