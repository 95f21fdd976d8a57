"""Does Flask-Login see the same person as we do?"""

import pytest
from flask import Flask
from flask_login import current_user, login_required

from marketplace.foundation.web import for_everybody
from tests.cast import Cast
from tests.conftest import create_app


@pytest.fixture(scope="module")
def app() -> Flask:
    app = create_app()
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.add_url_rule("/whoami", "whoami", for_everybody(lambda: current_user.get_id() or "nobody"))
    app.add_url_rule("/members-only", "members_only", for_everybody(login_required(lambda: "come in")))
    return app


def test_current_user_is_the_actor_of_the_request(app: Flask, market: Cast) -> None:
    browser = app.test_client()
    assert browser.get("/whoami").text == "nobody"
    market.sign_in(browser, market.acme, "requester")
    assert browser.get("/whoami").text == str(market.acme.people["requester"])


def test_login_required_asks_to_sign_in(app: Flask, market: Cast) -> None:
    browser = app.test_client()
    assert browser.get("/members-only").location == "/sign-in?next=/members-only"
    market.sign_in(browser, market.acme, "requester")
    assert browser.get("/members-only").text == "come in"


def test_an_unknown_browser_is_led_to_sign_in_and_a_program_is_told_401(app: Flask, market: Cast) -> None:
    browser = app.test_client()
    assert browser.get("/profile?x=1").location == "/sign-in?next=/profile?x%3D1"
    assert browser.post("/profile").location == "/sign-in"
    asked = browser.get("/profile", headers={"Accept": "application/json"})
    assert (asked.status_code, asked.mimetype) == (401, "application/problem+json")
    assert asked.headers["WWW-Authenticate"] == "Bearer"
    assert browser.get("/notices/bell", headers={"HX-Request": "true"}).status_code == 401


def test_flask_login_leaves_no_cookie_of_its_own(app: Flask, market: Cast) -> None:
    browser = market.sign_in(app.test_client(), market.acme, "requester")
    browser.get("/whoami")
    with browser.session_transaction() as cookie:
        assert {key for key in cookie if key != "csrf_token"} == {"sign_in"}
