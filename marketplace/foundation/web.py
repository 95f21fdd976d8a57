"""What happens around every request?

It begins with an actor and a transaction, is guarded by one permission (a view that names none is closed), ends with
one commit below 400, and answers a refusal in words: as a page, or as problem details (RFC 9457) to a program.
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from io import BytesIO
from typing import Any, TypeVar

import structlog
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
)
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.constraints import refusal_of
from marketplace.foundation.db import session
from marketplace.foundation.errors import Forbidden, Refusal
from marketplace.foundation.files import StoredFile
from marketplace.foundation.forms import Form
from marketplace.foundation.language import choose, lazy_text as _l, speaking
from marketplace.foundation.tenancy import ANYBODY, Actor, acting_as, current_actor
from marketplace.foundation.unit_of_work import become, unit_of_work

log = structlog.get_logger()
V = TypeVar("V", bound=Callable[..., Any])
T = TypeVar("T")
READING = frozenset({"GET", "HEAD", "OPTIONS"})
BREAKS = {ord("\r"): "%0D", ord("\n"): "%0A"}
csrf = CSRFProtect()
limiter = Limiter(get_remote_address, default_limits=[])


def requires(permission: str) -> Callable[[V], V]:
    """Open the decorated view to actors with that permission."""

    def mark(view: V) -> V:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def for_everybody(view: V) -> V:
    """Open the decorated view to the whole world: sign-in, sign-up, a health check."""
    view.permission = ""  # type: ignore[attr-defined]
    return view


def for_signed_in(view: V) -> V:
    """Open the decorated view to every signed-in person, whatever their roles: their own profile and notices."""
    view.permission = "signed in"  # type: ignore[attr-defined]
    return view


def install(app: Flask, *, load_actor: Callable[[], Actor | None]) -> None:
    """Put the beginning, the guard and the end around every request of `app`; `load_actor` knows who is asking."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    csrf.init_app(app)
    limiter.init_app(app)
    app.config["load_actor"] = load_actor
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_close)
    app.register_error_handler(Refusal, _refuse)
    app.register_error_handler(DBAPIError, _database_refused)
    app.register_error_handler(CSRFError, lambda error: _answer(400, str(error.description)))
    app.register_error_handler(HTTPException, _http_error)


def attempt(form: Form, action: Callable[..., T], **fixed: Any) -> T | None:
    """Run `action` with what was typed and `fixed`; None where the form or the action refuses.

    A refusal stands beside its field, the answer's status is the refusal's, and nothing of the action is kept.
    """
    if not form.is_submitted():
        return None
    if not form.validate():
        g.status = 422
        return None
    try:
        with session().begin_nested():
            return action(**form.values(), **fixed)
    except Refusal as refused:
        refusal = refused
    except (IntegrityError, DataError) as error:
        refusal = refusal_of(error)
    form.refuse(refusal)
    g.status = refusal.status
    return None


def is_done(form: Form, action: Callable[..., None], **fixed: Any) -> bool:
    """Whether `action`, which returns nothing, was done with what was typed, as `attempt` does it."""

    def act(**typed: Any) -> bool:
        action(**typed)
        return True

    return attempt(form, act, **fixed) is not None


def page(template: str, **context: Any) -> Response:
    """The page, with the status that `attempt` left."""
    return make_response(render_template(template, **context), g.get("status", 200))


def live_part(template: str, *, is_over: bool, **context: Any) -> Response:
    """The part of a page that asks for itself until what it waits for is over; then the whole page comes anew."""
    response = page(template, **context)
    if is_over:
        response.headers["HX-Refresh"] = "true"
    return response


def back_to(address: str) -> BaseResponse:
    """After a post: see `address` (303), which may have come from outside with breaks that no header bears."""
    return redirect(address.translate(BREAKS), 303)


def send_file_of(file: StoredFile, *, is_download: bool = True, name: str | None = None) -> BaseResponse:
    """The bytes of a stored file, checked against their hash; the browser may keep them, for they never change.

    It is called as it was filed, or by the `name` that is given.
    """
    response = send_file(
        BytesIO(file.content),
        mimetype=file.media_type,
        as_attachment=is_download,
        download_name=name or file.name,
        etag=file.sha256,
    )
    response.headers["X-Content-SHA256"] = file.sha256
    conditional: BaseResponse = response.make_conditional(request)
    return conditional


def wants_json() -> bool:
    """Whether a program is asking."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def bearer_key() -> str | None:
    """The key of a program's request (RFC 6750), which may be empty; None for a browser's request."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def _begin() -> None:
    if request.endpoint is None or request.endpoint == "static":
        return
    # A key is never sent by itself, as a cookie is: another site cannot make a browser send it.
    if current_app.config["WTF_CSRF_ENABLED"] and bearer_key() is None:
        csrf.protect(apply_exemptions=True)
    g.stack = ExitStack()
    g.stack.enter_context(unit_of_work(None, read_only=request.method in READING))
    actor = current_app.config["load_actor"]() or ANYBODY
    g.stack.enter_context(acting_as(actor))
    become(actor)
    g.stack.enter_context(speaking(choose()))
    g.is_open = True
    _guard(actor)


def _guard(actor: Actor) -> None:
    permission = getattr(current_app.view_functions[str(request.endpoint)], "permission", None)
    if permission == "":
        return
    if actor.person_id is None:
        abort(current_app.config["ask_to_sign_in"]())
    if permission != "signed in" and (permission is None or not actor.permits(permission)):
        raise Forbidden(
            _l("Your role does not allow this. An administrator of your organisation can change that.")
        )


def _end(response: Response) -> Response:
    if not g.pop("is_open", False):
        return response
    if current_actor().person_id is not None and not response.cache_control:
        # Whoever uses this browser after a sign-out is not shown the pages of before.
        response.cache_control.no_store = True
    if response.status_code >= 400:
        _discard()
    try:
        g.pop("stack").close()
    except DBAPIError as error:
        return _database_refused(error)
    return response


def _close(_error: BaseException | None) -> None:
    stack: ExitStack | None = g.pop("stack", None)
    if stack is not None:
        _discard()
        stack.close()


def _discard() -> None:
    session().rollback()
    session().info["after_commit"].clear()


def _refuse(refusal: Refusal) -> Response:
    return _answer(refusal.status, str(refusal))


def _database_refused(error: DBAPIError) -> Response:
    with suppress(DBAPIError):
        return _refuse(refusal_of(error))
    log.exception("database error")
    code = getattr(error.orig, "sqlstate", "") or ""
    if error.connection_invalidated or (isinstance(error, OperationalError) and not code):
        return _answer(503, str(_l("The database cannot be reached; please try again in a moment.")))
    if code in ("40001", "40P01", "55P03"):
        return _answer(409, str(_l("Somebody else was changing the same thing; please try again.")))
    return _answer(500, str(_l("Something went wrong on our side. Nothing was changed.")))


def _http_error(error: HTTPException) -> BaseResponse:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    return _answer(error.code or 500, str(_SENTENCES.get(error.code or 500, _l("This request was refused."))))


_SENTENCES = {
    400: _l("This request was not understood."),
    401: _l("Please sign in, or send a key that is valid."),
    404: _l("There is nothing here that you may see."),
    405: _l("This address does not take that kind of request."),
    413: _l("What you sent is too large."),
    429: _l("Too many tries. Please wait a minute and try again."),
    500: _l("Something went wrong on our side. Nothing was changed."),
}


def _answer(status: int, sentence: str) -> Response:
    if wants_json():
        response = jsonify(type="about:blank", title=sentence, status=status)
        response.content_type = "application/problem+json"
    else:
        template = "errors/_refusal.html" if request.headers.get("HX-Request") else "errors/refusal.html"
        response = make_response(
            render_template(template, status=status, message=sentence, actor=current_actor())
        )
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
