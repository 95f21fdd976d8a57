"""Is every request guarded, whole, and answered in words, whatever the view does?"""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import text

from marketplace.foundation import web
from marketplace.foundation.background import enqueue, job, run_waiting
from marketplace.foundation.db import fetch, runtime_engine, session
from marketplace.foundation.errors import Conflict, Gone
from marketplace.foundation.forms import Form, TextField, at_most
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.unit_of_work import after_commit
from marketplace.foundation.web import attempt, for_everybody, for_signed_in, requires
from marketplace.identity.organisations.models import Site
from marketplace.identity.organisations.queries import sites
from tests.cast import Cast
from tests.conftest import create_app

called: list[str] = []


class NameForm(Form):
    """A new name."""

    name = TextField("Name", [at_most(20)])


@job()
def call(*, word: str) -> None:
    called.append(word)


def write() -> None:
    """Rename the first site, and ask for a call once that is kept."""
    sites()[0].name = "Renamed"
    session().flush()
    after_commit("call", lambda: enqueue(call, word="kept"))


def answering(status: int) -> Callable[[], tuple[str, int]]:
    def view() -> tuple[str, int]:
        write()
        return f"status {status}", status

    return view


def writing_get() -> str:
    write()
    return "written"


def refusing() -> str:
    write()
    raise Gone("It is over.")


def breaking() -> str:
    write()
    raise ZeroDivisionError


def violating() -> str:
    session().execute(text("UPDATE memberships SET is_active = false"))
    return "nobody left"


def rename(name: str | None) -> Site:
    row = fetch(Site, sites()[0].id)
    row.name = str(name)
    session().flush()
    if name == "taken":
        raise Conflict("This name is taken.", field="name")
    return row


def trying() -> tuple[str, int]:
    form = NameForm()
    row = attempt(form, rename)
    return (row.name, 200) if row else (str(form.errors), web.g.get("status", 200))


def unfit() -> str:
    session().execute(text("SELECT cast(:typed AS integer)"), {"typed": web.request.args["q"]})
    return "kept"


def token() -> str:
    return str(generate_csrf())


VIEWS: dict[str, tuple[Callable[..., object], str]] = {
    "written": (for_signed_in(writing_get), "GET"),
    "redirected": (for_signed_in(answering(303)), "POST"),
    "unprocessable": (for_signed_in(answering(422)), "POST"),
    "refusing": (for_signed_in(refusing), "POST"),
    "breaking": (for_signed_in(breaking), "POST"),
    "violating": (for_signed_in(violating), "POST"),
    "trying": (for_signed_in(trying), "POST"),
    "unfit": (for_signed_in(unfit), "GET"),
    "unmarked": (lambda: "open to whom?", "GET"),
    "guarded": (requires("people:manage")(lambda: "come in"), "GET"),
    "token": (for_everybody(token), "GET"),
    "anybody": (for_everybody(lambda: str(current_actor().person_id)), "POST"),
}


@pytest.fixture(scope="module")
def app() -> Flask:
    """The application with the views of these tests, as it is outside of tests: CSRF is on, mistakes become pages."""
    app = create_app()
    for name, (view, method) in VIEWS.items():
        app.add_url_rule(f"/tests/{name}", f"tests_{name}", view, methods=[method])  # type: ignore[arg-type]
    return app


@pytest.fixture
def trusting(app: Flask) -> Iterator[Flask]:
    """The same, without CSRF."""
    app.config["WTF_CSRF_ENABLED"] = False
    called.clear()
    yield app
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def administrator(trusting: Flask, market: Cast) -> FlaskClient:
    client = trusting.test_client()
    client.set_cookie("language", "en")
    return market.sign_in(client, market.acme, "administrator")


def all_names(market: Cast) -> set[str]:
    with market.acme.reading("administrator"):
        return {site.name for site in sites()}


def test_a_get_that_writes_fails(administrator: FlaskClient, market: Cast) -> None:
    assert administrator.get("/tests/written").status_code == 500
    assert "Renamed" not in all_names(market)


def test_a_post_below_400_is_kept_and_what_waits_for_it_is_done(
    administrator: FlaskClient, market: Cast
) -> None:
    assert administrator.post("/tests/redirected").status_code == 303
    run_waiting()
    assert "Renamed" in all_names(market)
    assert called == ["kept"]


@pytest.mark.parametrize(
    ("name", "status"), [("unprocessable", 422), ("refusing", 410), ("breaking", 500), ("violating", 409)]
)
def test_a_post_from_400_on_leaves_nothing_and_calls_nobody(
    administrator: FlaskClient, market: Cast, name: str, status: int
) -> None:
    assert administrator.post(f"/tests/{name}").status_code == status
    run_waiting()
    assert "Renamed" not in all_names(market)
    assert called == []


def test_an_exception_that_the_server_sees_itself_leaves_nothing_either(
    administrator: FlaskClient, trusting: Flask, market: Cast
) -> None:
    trusting.testing = True
    with pytest.raises(ZeroDivisionError):
        administrator.post("/tests/breaking")
    trusting.testing = False
    run_waiting()
    assert "Renamed" not in all_names(market)
    assert called == []


def test_attempt_keeps_what_succeeds_and_forgets_what_is_refused(
    administrator: FlaskClient, market: Cast
) -> None:
    refused = administrator.post("/tests/trying", data={"name": "taken"})
    assert (refused.status_code, "This name is taken." in refused.text) == (409, True)
    too_long = administrator.post("/tests/trying", data={"name": "x" * 21})
    assert (too_long.status_code, "At most 20 characters" in too_long.text) == (422, True)
    assert not {"taken", "x" * 21} & all_names(market)
    assert administrator.post("/tests/trying", data={"name": "Halle"}).status_code == 200
    assert "Halle" in all_names(market)


@pytest.mark.parametrize("typed", ["a\x00b", "9" * 30])
def test_a_value_that_the_database_cannot_keep_is_refused_in_words(
    administrator: FlaskClient, typed: str
) -> None:
    refused = administrator.get("/tests/unfit", query_string={"q": typed})
    assert (refused.status_code, "too large" in refused.text) == (422, True)


def test_a_value_that_only_we_can_have_got_wrong_is_a_mistake_of_ours(administrator: FlaskClient) -> None:
    assert administrator.get("/tests/unfit", query_string={"q": "no number"}).status_code == 500


def test_pages_of_somebody_are_kept_by_no_browser(administrator: FlaskClient, trusting: Flask) -> None:
    assert administrator.get("/profile").headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in trusting.test_client().get("/sign-in").headers


def test_a_view_without_a_mark_is_closed(administrator: FlaskClient) -> None:
    assert administrator.get("/tests/unmarked").status_code == 403


def test_a_view_asks_for_its_permission(trusting: Flask, market: Cast) -> None:
    client = trusting.test_client()
    assert client.get("/tests/guarded").status_code == 303
    market.sign_in(client, market.acme, "requester")
    assert client.get("/tests/guarded").status_code == 403
    market.sign_in(client, market.acme, "administrator")
    assert client.get("/tests/guarded").text == "come in"


def test_a_post_without_the_token_is_refused_and_with_it_taken(app: Flask, market: Cast) -> None:
    client = market.sign_in(app.test_client(), market.acme, "administrator")
    assert client.post("/tests/redirected").status_code == 400
    assert "Renamed" not in all_names(market)
    token = client.get("/tests/token").text
    assert client.post("/tests/redirected", data={"csrf_token": token}).status_code == 303
    assert client.post("/tests/redirected", headers={"X-CSRFToken": token}).status_code == 303
    other = app.test_client()
    assert other.post("/tests/anybody", data={"csrf_token": token}).status_code == 400


def test_a_post_with_a_key_needs_no_token_and_is_nobody_of_the_cookie(app: Flask, market: Cast) -> None:
    client = market.sign_in(app.test_client(), market.acme, "administrator")
    answer = client.post("/tests/anybody", headers={"Authorization": "Bearer mkp_wrong"})
    assert (answer.status_code, answer.text) == (200, "None")
    assert client.post(
        "/tests/redirected", headers={"Authorization": "Bearer mkp_wrong"}
    ).location.startswith("/sign-in")


def test_every_form_of_a_page_carries_the_token(app: Flask, market: Cast) -> None:
    client = market.sign_in(app.test_client(), market.acme, "administrator")
    for address in ("/people", "/organisation", "/keys", "/profile", "/security"):
        page = client.get(address).text
        posting = page.count('method="post"')
        assert posting > 0
        assert page.count('name="csrf_token"') == posting


def test_the_headers_let_nothing_in_from_elsewhere(administrator: FlaskClient) -> None:
    headers = administrator.get("/profile").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for directive in ("frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"):
        assert directive in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] in ("SAMEORIGIN", "DENY")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(administrator: FlaskClient) -> None:
    cookie = administrator.post("/sign-out").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    ("headers", "kind", "words"),
    [
        ({}, "text/html", "<html"),
        ({"HX-Request": "true"}, "text/html", 'role="alert"'),
        ({"Accept": "application/json"}, "application/problem+json", '"status":410'),
    ],
)
def test_a_refusal_is_a_page_a_fragment_or_problem_details(
    administrator: FlaskClient, headers: dict[str, str], kind: str, words: str
) -> None:
    answer = administrator.post("/tests/refusing", headers=headers)
    assert (answer.status_code, answer.mimetype) == (410, kind)
    assert "It is over." in answer.text
    assert words in answer.text.replace(" ", "") or words in answer.text


@pytest.mark.parametrize(("address", "status"), [("/nothing", 404), ("/sign-out", 405)])
def test_an_address_that_is_none_is_answered_in_words(
    administrator: FlaskClient, address: str, status: int
) -> None:
    assert administrator.get(address).status_code == status
    assert administrator.get(address, headers={"Accept": "application/json"}).get_json()["status"] == status


def test_an_answer_too_large_is_refused(administrator: FlaskClient, trusting: Flask) -> None:
    trusting.config["MAX_CONTENT_LENGTH"] = 100
    assert administrator.post("/tests/trying", data={"name": "x" * 200}).status_code == 413
    trusting.config["MAX_CONTENT_LENGTH"] = 64 * 1024 * 1024


def test_a_database_that_is_gone_is_said_so(
    administrator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = current_settings().database_url
    runtime_engine().dispose()
    monkeypatch.setattr(current_settings(), "database_url", "postgresql://nobody@127.0.0.1:1/none")
    answer = administrator.get("/profile")
    monkeypatch.setattr(current_settings(), "database_url", there)
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
    assert administrator.get("/profile").status_code == 200
