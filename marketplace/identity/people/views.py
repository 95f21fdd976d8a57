"""What does somebody see of colleagues, invitations and themselves?"""

from uuid import UUID

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from marketplace.foundation.forms import choices
from marketplace.foundation.language import COOKIE as LANGUAGE_COOKIE, lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import attempt, back_to, for_signed_in, page, requires
from marketplace.identity.organisations.queries import organisation
from marketplace.identity.people import actions, queries
from marketplace.identity.people.forms import InvitationForm, MemberForm, ProfileForm
from marketplace.permissions import Permission

blueprint = Blueprint("people", __name__)
NAVIGATION = (
    Entrance("organisation", _l("People"), "identity.people.index", Permission.PEOPLE_MANAGE, "users"),
)
ONE_YEAR = 365 * 24 * 3600


@blueprint.get("/people")
@requires(Permission.PEOPLE_MANAGE)
def index() -> Response:
    """Everybody who acts for our organisation, and whom we have invited."""
    return page(
        "identity/people/index.html",
        members=queries.colleagues(),
        invitations=queries.invitations(),
        labels=queries.role_labels,
    )


@blueprint.route("/people/invite", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def invite() -> Response:
    """Invite somebody by mail; where none leaves, whoever invites passes the link on."""
    form = InvitationForm()
    form.roles.choices = choices(queries.roles_of(organisation(current_actor().organisation).sides))
    token = attempt(form, actions.invite_person)
    if token is None:
        return page("identity/people/invite.html", form=form)
    flash(_invited(str(form.email.data), token), "good")
    return back_to(url_for("identity.people.index"))


@blueprint.post("/people/invitations/<uuid:invitation_id>/withdraw")
@requires(Permission.PEOPLE_MANAGE)
def withdraw(invitation_id: UUID) -> Response:
    """Take an invitation back."""
    invitation = actions.withdraw_invitation(invitation_id=invitation_id)
    flash(_("The invitation to %(email)s is withdrawn.", email=invitation.email), "good")
    return back_to(url_for("identity.people.index"))


@blueprint.route("/people/<uuid:membership_id>", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
def member(membership_id: UUID) -> Response:
    """One member: their roles, and whether they may act for us at all."""
    person, membership = queries.colleague(membership_id)
    form = MemberForm(obj=membership)
    form.roles.choices = choices(queries.roles_of(organisation(membership.organisation_id).sides))
    if attempt(form, actions.change_roles, membership_id=membership_id) is None:
        return page("identity/people/member.html", form=form, person=person, membership=membership)
    flash(_("What %(name)s may do is changed.", name=person.name), "good")
    return back_to(url_for("identity.people.index"))


@blueprint.route("/profile", methods=["GET", "POST"])
@for_signed_in
def profile() -> Response:
    """One's own name, language and appearance."""
    person = queries.person(current_actor().person)
    form = ProfileForm(obj=person)
    if attempt(form, actions.change_profile) is None:
        return page("identity/people/profile.html", form=form, person=person)
    answer = back_to(url_for("identity.people.profile"))
    for name, value in ((LANGUAGE_COOKIE, person.language), ("theme", person.theme)):
        answer.set_cookie(name, value, max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure)
    flash(_("Your profile is changed."), "good")
    return answer


@blueprint.get("/market/members/<uuid:organisation_id>/people")
@requires(Permission.MARKET_ADMIT)
def of_member(organisation_id: UUID) -> Response:
    """For the operator: whom to write to in an organisation."""
    with unit_of_work(platform("look at a member's people", person=current_actor()), read_only=True):
        members = queries.members_of(organisation_id)
    return page("identity/people/_of_member.html", members=members, labels=queries.role_labels)


def _invited(email: str, token: str) -> str:
    if current_settings().smtp_url:
        return _("The invitation to %(email)s is on its way.", email=email)
    link = actions.invitation_link(token)
    return _(
        "No mail leaves from here: please pass this link on to %(email)s: %(link)s", email=email, link=link
    )
