"""Is every page closed to strangers?"""

from flask.testing import FlaskClient

from tests.cast import Cast


def test_home_for_a_stranger_leads_to_sign_in(browser: FlaskClient) -> None:
    answer = browser.get("/")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/"


def test_health_for_a_stranger_answers(browser: FlaskClient) -> None:
    assert browser.get("/health").data == b"ok"


def test_home_for_a_requester_leads_somewhere(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert browser.get("/").status_code == 303
