"""Do the operator, the mediator and both sides get through a mediation by its pages alone?"""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.disputes.cases.lifecycle import DisputeState
from tests.cast import Cast
from tests.factories.disputes import a_dispute_in, state

S = DisputeState
pytestmark = pytest.mark.usefixtures("speaking")


def test_call_name_accept_confide_and_end_by_the_pages(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute_in(market, S.DEADLOCK)
    market.sign_in(browser, market.acme, "receiver")
    assert "Call the mediator" in browser.get(f"/disputes/{dispute_id}").text
    assert browser.post(f"/mediation/{dispute_id}/call").status_code == 303
    name_by_page(market, browser, dispute_id)
    for party, role in ((market.acme, "receiver"), (market.bolt, "sales_desk")):
        market.sign_in(browser, party, role)
        assert "Accept the mediator" in browser.get(f"/mediation/{dispute_id}").text
        assert browser.post(f"/mediation/{dispute_id}/answer", data={}).status_code == 422
        assert browser.post(f"/mediation/{dispute_id}/answer", data={"answer": "yes"}).status_code == 303
    assert state(market, dispute_id) == S.MEDIATION
    confide_by_page(market, browser, dispute_id)
    market.sign_in(browser, market.mira, "mediator")
    assert browser.post(f"/mediation/{dispute_id}/end").status_code == 303
    assert state(market, dispute_id) == S.REFERRED


def name_by_page(market: Cast, browser: FlaskClient, dispute_id: UUID) -> None:
    market.sign_in(browser, market.mira, "operator")
    assert "mediator of La Place" in browser.get("/mediation/").text
    address = f"/mediation/{dispute_id}/name"
    assert browser.post(address, data={}).status_code == 422
    assert browser.post(address, data={"person_id": str(market.acme.people["receiver"])}).status_code == 409
    assert browser.post(address, data={"person_id": str(market.mira.people["mediator"])}).status_code == 303
    assert "No dispute waits for a mediator" in browser.get("/mediation/").text


def confide_by_page(market: Cast, browser: FlaskClient, dispute_id: UUID) -> None:
    address = f"/mediation/{dispute_id}/caucus/{market.acme.id}"
    market.sign_in(browser, market.acme, "receiver")
    assert browser.post(address, data={"body": ""}).status_code == 422
    assert browser.post(address, data={"body": "Nous irions jusqu’à 12."}).status_code == 303
    market.sign_in(browser, market.mira, "mediator")
    both = browser.get(f"/mediation/{dispute_id}").text
    assert "Nous irions jusqu’à 12." in both
    assert both.count("Private caucus") == 2
    market.sign_in(browser, market.bolt, "sales_desk")
    theirs = browser.get(f"/mediation/{dispute_id}").text
    assert "Nous irions jusqu’à 12." not in theirs
    assert market.acme.name not in theirs.split("Private caucus")[1]
    assert browser.post(address, data={"body": "?"}).status_code == 403
    market.sign_in(browser, market.mira, "operator")
    assert "Private caucus" not in browser.get(f"/mediation/{dispute_id}").text


def test_a_no_refers_it(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATOR_NAMED)
    market.sign_in(browser, market.bolt, "sales_desk")
    assert browser.post(f"/mediation/{dispute_id}/answer", data={"answer": "no"}).status_code == 303
    assert state(market, dispute_id) == S.REFERRED


def test_the_disputes_page_asks_for_the_fragment_alone(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATION)
    market.sign_in(browser, market.acme, "receiver")
    fragment = browser.get(f"/mediation/{dispute_id}", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert "Private caucus" in fragment


def test_only_the_operator_sees_the_queue(market: Cast, browser: FlaskClient) -> None:
    for party, role in ((market.acme, "procurement_lead"), (market.mira, "mediator")):
        market.sign_in(browser, party, role)
        assert browser.get("/mediation/").status_code == 403


def test_another_tenant_finds_nothing(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATION)
    market.sign_in(browser, market.nosy, "procurement_lead")
    assert browser.get(f"/mediation/{dispute_id}").status_code == 404
    assert browser.post(f"/mediation/{dispute_id}/answer", data={"answer": "yes"}).status_code == 404
