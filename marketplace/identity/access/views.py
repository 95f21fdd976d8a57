"""What does somebody see who signs in or out?"""

from urllib.parse import urlsplit

from flask import Blueprint, request, session as cookie, url_for
from werkzeug.wrappers import Response

from marketplace.foundation.language import COOKIE as LANGUAGE_COOKIE, LANGUAGES
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import attempt, back_to, for_everybody, limiter, page
from marketplace.identity.access import actions
from marketplace.identity.access.forms import SignInForm
from marketplace.identity.access.queries import COOKIE

blueprint = Blueprint("access", __name__)
THEMES = ("auto", "light", "dark")
ONE_YEAR = 365 * 24 * 3600


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
@for_everybody
def sign_in() -> Response:
    """Ask for e-mail and password; then go where the person wanted to go."""
    form = SignInForm()
    token = attempt(form, _sign_in_as_platform)
    if token is None:
        return page("identity/access/sign_in.html", form=form, next=own_address(request.values.get("next")))
    cookie.clear()
    cookie[COOKIE] = token
    cookie.permanent = True
    return back_to(own_address(request.values.get("next")))


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


def own_address(wanted: str | None) -> str:
    """`wanted` where it is a path of ours, else the start page: nobody is sent to another site."""
    parts = urlsplit((wanted or "").replace("\\", "/"))
    is_ours = wanted and wanted.startswith("/") and not wanted.startswith("//") and not parts.netloc
    return str(wanted) if is_ours else url_for("home")


def _sign_in_as_platform(email: str, password: str) -> str:
    with unit_of_work(platform("sign in")):
        return actions.sign_in(
            email=email,
            password=password,
            browser=request.headers.get("User-Agent", ""),
            address=request.remote_addr or "",
        )


def _remember(name: str, value: str, choices: tuple[str, ...]) -> Response:
    response = back_to(own_address(request.form.get("next")))
    if value in choices:
        response.set_cookie(name, value, max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure)
    return response
