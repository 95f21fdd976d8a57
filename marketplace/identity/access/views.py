"""What does somebody see who signs in or out, joins, and keeps their access in order?"""

from typing import Any, TypedDict
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, flash, request, session as cookie, url_for
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from marketplace.foundation.forms import Form, choices
from marketplace.foundation.language import COOKIE as LANGUAGE_COOKIE, LANGUAGES, lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import (
    attempt,
    back_to,
    for_everybody,
    for_signed_in,
    limiter,
    page,
    requires,
)
from marketplace.identity.access import actions, joining, keys, queries
from marketplace.identity.access.browsers import browser_name
from marketplace.identity.access.forms import (
    AcceptForm,
    ApiKeyForm,
    ApplicationForm,
    ChangePasswordForm,
    ForgottenForm,
    KnownForm,
    NewcomerForm,
    NewPasswordForm,
    SignInForm,
    SignUpForm,
)
from marketplace.identity.organisations.lifecycle import ORGANISATION
from marketplace.identity.people.models import Person
from marketplace.identity.people.queries import my_memberships, my_roles, role_labels
from marketplace.permissions import ROLES, Permission

blueprint = Blueprint("access", __name__)
NAVIGATION = (
    Entrance(
        "organisation", _l("API keys"), "identity.access.keys_of_programs", Permission.KEY_MANAGE, "key"
    ),
)
THEMES = ("auto", "light", "dark")
ONE_YEAR = 365 * 24 * 3600


def typed_address() -> str:
    """The e-mail address in the form that was sent, by which tries are counted; else the browser's address."""
    return request.form.get("email", "").strip().lower() or get_remote_address()


by_sender = limiter.limit("10 per minute;100 per hour", methods=["POST"])
by_address = limiter.limit("5 per minute;30 per hour", key_func=typed_address, methods=["POST"])


@blueprint.route("/sign-in", methods=["GET", "POST"])
@by_sender
@by_address
@for_everybody
def sign_in() -> Response:
    """Ask for e-mail and password; then go where the person wanted to go."""
    form = SignInForm()
    token = attempt(form, _sign_in_as_platform)
    wanted = own_address(request.values.get("next"))
    if token is not None:
        return _signed_in(token, wanted)
    demo = current_settings().demo_sign_ins
    return page(
        "identity/access/sign_in.html", form=form, next=wanted, demo_sign_ins=demo, role_labels=role_labels
    )


@blueprint.post("/sign-out")
@for_everybody
def sign_out() -> Response:
    """End the sign-in of this browser."""
    actions.sign_out()
    cookie.clear()
    return back_to(url_for("identity.access.sign_in"))


@blueprint.post("/language")
@for_everybody
def choose_language() -> Response:
    """Remember the language of this browser."""
    return _remember(LANGUAGE_COOKIE, request.form.get("language", ""), tuple(LANGUAGES))


@blueprint.post("/theme")
@for_everybody
def choose_theme() -> Response:
    """Remember whether this browser shows the light or the dark theme."""
    return _remember("theme", request.form.get("theme", ""), THEMES)


@blueprint.route("/sign-up", methods=["GET", "POST"])
@by_sender
@for_everybody
def sign_up() -> Response:
    """Apply for the market: as somebody new, or for one more organisation of somebody who is signed in."""
    known = current_actor().person_id
    form = ApplicationForm() if known else SignUpForm()
    token = attempt(form, _sign_up_as_platform, person_id=known)
    if token is None:
        return page("identity/access/sign_up.html", form=form, is_known=bool(known))
    wanted = url_for("identity.access.choose")
    answer = back_to(wanted) if known else _signed_in(token, wanted)
    flash(_("Your application has reached the operator. We write to you as soon as it is decided."), "good")
    return answer


@blueprint.route("/password/forgotten", methods=["GET", "POST"])
@by_sender
@by_address
@for_everybody
def forgotten() -> Response:
    """Send a link to a new password; the answer is the same whether the address is known or not."""
    form = ForgottenForm()
    if attempt(form, _ask_for_reset_as_platform) is None:
        return page("identity/access/forgotten.html", form=form)
    flash(_("If this address has an account, a letter with a link is on its way to it."), "good")
    return back_to(url_for("identity.access.sign_in"))


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@by_sender
@for_everybody
def reset(token: str) -> Response:
    """Choose a new password with the link of a letter."""
    form = NewPasswordForm()
    if not attempt(form, _reset_as_platform, token=token):
        return page("identity/access/reset.html", form=form)
    cookie.clear()
    flash(_("Your password is changed. Please sign in with it."), "good")
    return back_to(url_for("identity.access.sign_in"))


@blueprint.route("/invitations/<token>", methods=["GET", "POST"])
@by_sender
@for_everybody
def accept_invitation(token: str) -> Response:
    """Join the organisation that invites, with a new account or the one that there is."""
    with unit_of_work(platform("show an invitation"), read_only=True):
        invitation, organisation, person = joining.invitation_of(token)
    form = _acceptance(person)
    proven = current_actor().person_id
    done = attempt(form, _accept_as_platform, token=token, proven_person_id=proven)
    if done is not None:
        answer = _signed_in(done, url_for("home"))
        flash(_("Welcome. You act for %(organisation)s now.", organisation=organisation.name), "good")
        return answer
    return page(
        "identity/access/invitation.html",
        form=form,
        invitation=invitation,
        organisation=organisation,
        person=person,
        roles=role_labels(invitation.roles),
    )


@blueprint.get("/organisations")
@for_signed_in
def choose() -> Response:
    """For which organisation do I act? All of mine, and where each stands with the market."""
    return page(
        "identity/access/choose.html",
        memberships=my_memberships(),
        lifecycle=ORGANISATION,
        labels=role_labels,
        present=current_actor().organisation_id,
    )


@blueprint.post("/organisations/<uuid:organisation_id>")
@for_signed_in
def act_for(organisation_id: UUID) -> Response:
    """From now on, act for another organisation in this browser."""
    actions.act_for(organisation_id=organisation_id)
    return back_to(url_for("home"))


@blueprint.route("/security", methods=["GET", "POST"])
@by_sender
@for_signed_in
def security() -> Response:
    """One's own password, and the browsers in which one is signed in."""
    form = ChangePasswordForm()
    attempt(form, _change_password)
    if form.is_submitted() and not form.errors:
        flash(_("Your password is changed; every other browser is signed out."), "good")
        return back_to(url_for("identity.access.security"))
    return page(
        "identity/access/security.html",
        form=form,
        sign_ins=queries.my_sign_ins(),
        present=current_actor().sign_in_id,
        browser_name=browser_name,
    )


@blueprint.post("/security/sign-ins/<uuid:sign_in_id>/end")
@for_signed_in
def end_sign_in(sign_in_id: UUID) -> Response:
    """Sign one of my browsers out."""
    actions.end_sign_in(sign_in_id=sign_in_id)
    flash(_("That browser is signed out."), "good")
    return back_to(url_for("identity.access.security"))


@blueprint.post("/security/sign-ins/end")
@for_signed_in
def sign_out_everywhere() -> Response:
    """Sign all my browsers out, this one too."""
    actions.sign_out_everywhere(person_id=current_actor().person)
    cookie.clear()
    flash(_("You are signed out everywhere."), "good")
    return back_to(url_for("identity.access.sign_in"))


@blueprint.route("/keys", methods=["GET", "POST"])
@requires(Permission.KEY_MANAGE)
def keys_of_programs() -> Response:
    """The keys of our programs; a new one is shown once."""
    form = ApiKeyForm()
    form.roles.choices = choices({role: ROLES[role].label for role in my_roles()})
    key = attempt(form, keys.create_api_key)
    return page("identity/access/keys.html", form=form, key=key, keys=keys.api_keys(), labels=role_labels)


@blueprint.post("/keys/<uuid:key_id>/revoke")
@requires(Permission.KEY_MANAGE)
def revoke_key(key_id: UUID) -> Response:
    """End a key at once."""
    key = keys.revoke_api_key(key_id=key_id)
    flash(_("The key “%(label)s” opens nothing any more.", label=key.label), "good")
    return back_to(url_for("identity.access.keys_of_programs"))


def own_address(wanted: str | None) -> str:
    """`wanted` where it is a path of ours, else the start page: nobody is sent to another site."""
    parts = urlsplit((wanted or "").replace("\\", "/"))
    is_ours = wanted and wanted.startswith("/") and not wanted.startswith("//") and not parts.netloc
    return str(wanted) if is_ours else url_for("home")


def _signed_in(token: str, address: str) -> Response:
    """Begin the browser's cookie anew, so that nothing planted before the sign-in lives on in it."""
    actions.sign_out()
    cookie.clear()
    cookie[queries.COOKIE] = token
    cookie.permanent = True
    return back_to(address)


class Browser(TypedDict):
    """Where a request comes from."""

    browser: str
    address: str


def _browser() -> Browser:
    return Browser(browser=request.headers.get("User-Agent", ""), address=request.remote_addr or "")


def _sign_in_as_platform(email: str, password: str) -> str:
    with unit_of_work(platform("sign in")):
        return actions.sign_in(email=email, password=password, **_browser())


def _sign_up_as_platform(**values: Any) -> str:
    with unit_of_work(platform("sign up")):
        person_id = joining.sign_up(**values)
        return actions.begin_sign_in(person_id=person_id, **_browser())


def _ask_for_reset_as_platform(email: str) -> str:
    with unit_of_work(platform("forgotten password")):
        return actions.ask_for_reset(email=email, address=request.remote_addr or "")


def _reset_as_platform(password: str, token: str) -> bool:
    with unit_of_work(platform("reset a password")):
        actions.reset_password(token=token, password=password)
    return True


def _acceptance(person: Person | None) -> Form:
    if person is None:
        return NewcomerForm()
    return AcceptForm() if person.id == current_actor().person_id else KnownForm()


def _accept_as_platform(**values: Any) -> str:
    with unit_of_work(platform("accept an invitation")):
        joined = joining.accept_invitation(**values)
        return actions.begin_sign_in(
            person_id=joined.person_id, organisation_id=joined.organisation_id, **_browser()
        )


def _change_password(present: str, password: str) -> bool:
    actions.change_password(present=present, password=password)
    return True


def _remember(name: str, value: str, choices: tuple[str, ...]) -> Response:
    response = back_to(own_address(request.form.get("next")))
    if value in choices:
        response.set_cookie(name, value, max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure)
    return response
