"""How does Flask-Login know who is asking?

Sign-ins are our own rows behind a door of the database, so Flask-Login keeps no cookie and no user id of its own: its
request loader hands out the actor of the request, and its refusal is our page that asks to sign in.
"""

from flask import Flask, Request, abort, redirect, request, url_for
from flask_login import LoginManager, UserMixin
from werkzeug.wrappers import Response

from marketplace.foundation.tenancy import Actor, current_actor
from marketplace.foundation.web import wants_json


class SignedIn(UserMixin):  # type: ignore[misc]
    """Whoever is signed in: what `flask_login.current_user` stands for."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        """The person's id."""
        return str(self.actor.person)


def install(app: Flask) -> None:
    """Let `flask_login` of `app` speak of our actors, and let whoever is nobody yet be asked to sign in."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.request_loader(_user_of)
    manager.unauthorized_handler(ask_to_sign_in)
    app.config["ask_to_sign_in"] = manager.unauthorized


def ask_to_sign_in() -> Response:
    """A browser is led to the sign-in page and back afterwards; a program, or a part of a page, is told 401."""
    if wants_json() or request.headers.get("HX-Request"):
        abort(401)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("identity.access.sign_in", next=wanted), 303)


def _user_of(_request: Request) -> SignedIn | None:
    actor = current_actor()
    return SignedIn(actor) if actor.person_id else None
