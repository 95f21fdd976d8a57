"""Do both sides and the mediator get through a dispute by its pages alone, in both languages?"""

from io import BytesIO
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.buyers.orders.queries import lines_of as order_lines
from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.disputes.cases.models import ContributionKind
from marketplace.disputes.cases.queries import disputes_of_order, evidence_of, newest_proposal
from marketplace.foundation.outbox import deliver_everything
from tests.cast import Cast
from tests.factories.disputes import (
    WAYS,
    a_confirmed_order,
    a_counted_order,
    a_dispute,
    accept,
    bring_to,
    count,
    propose,
    say,
    settle,
    ship_all,
    state,
    withdraw,
)

S, K = DisputeState, ContributionKind
pytestmark = pytest.mark.usefixtures("speaking")


CALLED = (S.MEDIATION_CALLED, S.MEDIATOR_NAMED, S.MEDIATION, S.MEDIATOR_PROPOSED, S.EXECUTED)
LISTS = {"en": ("Disputes", "No dispute is open"), "fr": ("Litiges", "Aucun litige en cours")}


def offer_of(market: Cast, dispute_id: UUID) -> dict[str, str]:
    with market.acme.reading("receiver"):
        proposal = newest_proposal(dispute_id)
    assert proposal is not None
    return {"proposal_id": str(proposal.id), "sha256": proposal.sha256}


def test_open_by_the_page_takes_one_form(market: Cast, browser: FlaskClient) -> None:
    order = a_counted_order(market)
    with market.acme.reading("receiver"):
        line = order_lines(order.id)[0]
    market.sign_in(browser, market.acme, "receiver")
    address = f"/disputes/open?order_id={order.id}&order_line_ids={line.id}"
    shown = browser.get(address)
    assert shown.status_code == 200
    assert 'value="2"' in shown.text, "what was counted damaged is filled in"
    request_id = shown.text.split('name="request_id"')[1].split('value="')[1].split('"')[0]
    typed = {
        "request_id": request_id,
        "lines-0-order_line_id": str(line.id),
        "lines-0-is_contested": "y",
        "lines-0-quantity": "2",
        "reason": "damaged",
        "body": "Deux cartons écrasés.",
        "files": [(BytesIO(b"%PDF-1.7"), "photo.pdf"), (BytesIO(b"\xff\xd8\xff"), "carton.jpg")],
    }
    posted = browser.post(address, data=typed, content_type="multipart/form-data")
    assert posted.status_code == 303
    with market.acme.reading("receiver"):
        [opened] = disputes_of_order(order.id)
        assert [shown.name for shown in evidence_of(opened.id)] == ["photo.pdf", "carton.jpg"]
    room = browser.get(posted.location)
    assert "Deux cartons écrasés." in room.text
    assert "carton.jpg" in room.text


def test_open_with_nothing_chosen_says_so_and_keeps_what_was_typed(
    market: Cast, browser: FlaskClient
) -> None:
    order = a_confirmed_order(market, "10", "5")
    market.sign_in(browser, market.acme, "receiver")
    typed = {"reason": "late", "body": "Rien n'est venu."}
    answer = browser.post(f"/disputes/open?order_id={order.id}", data=typed)
    assert answer.status_code == 422
    assert "Please choose what the dispute is about." in answer.text
    assert "Rien n&#39;est venu." in answer.text


def test_open_from_a_receipt_is_one_click(market: Cast, browser: FlaskClient) -> None:
    order = a_confirmed_order(market, "10")
    ship_all(market, order, "10")
    receipt_id = count(market, order, ordered="10", damaged="2")
    market.sign_in(browser, market.acme, "receiver")
    first = browser.post("/disputes/from-receipt", data={"receipt_id": str(receipt_id)})
    second = browser.post("/disputes/from-receipt", data={"receipt_id": str(receipt_id)})
    assert (first.status_code, first.location) == (303, second.location)
    assert "€20.00" in browser.get(first.location).text


def test_reply_state_and_write_by_the_pages(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute(market)
    for party, role, kind in (
        (market.bolt, "sales_desk", "reply"),
        (market.acme, "receiver", "claim"),
        (market.bolt, "sales_desk", "answer"),
        (market.acme, "receiver", "message"),
    ):
        market.sign_in(browser, party, role)
        body = f"Texte de {kind}"
        assert (
            browser.post(f"/disputes/{dispute_id}/say", data={"kind": kind, "body": body}).status_code == 303
        )
        assert body in browser.get(f"/disputes/{dispute_id}").text
    assert state(market, dispute_id) == S.NEGOTIATION


def test_an_empty_or_late_reply_is_answered_in_words(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute(market)
    market.sign_in(browser, market.bolt, "sales_desk")
    assert browser.post(f"/disputes/{dispute_id}/say", data={"kind": "reply", "body": ""}).status_code == 422
    answer = browser.post(f"/disputes/{dispute_id}/say", data={"kind": "answer", "body": "Trop tôt."})
    assert answer.status_code == 409
    assert "The time for this has passed" in answer.text


def test_propose_counter_and_sign_by_the_pages(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute(market)
    market.sign_in(browser, market.bolt, "sales_desk")
    address = f"/disputes/{dispute_id}/propose"
    assert "€20.00 are contested" in browser.get(address).text
    refused = browser.post(address, data={"refund": "21"})
    assert refused.status_code == 422
    assert "the contested €20.00 can go back" in refused.text
    assert browser.post(address, data={"refund": "5"}).status_code == 303
    market.sign_in(browser, market.acme, "procurement_lead")
    assert "What two signatures do" in browser.get(f"/disputes/{dispute_id}").text
    assert browser.post(address, data={"refund": "15", "is_signed": "y"}).status_code == 303
    market.sign_in(browser, market.bolt, "supplier_finance")
    room = browser.get(f"/disputes/{dispute_id}").text
    assert "€5.00" in room
    assert "€15.00" in room
    signed = browser.post(f"/disputes/{dispute_id}/sign", data=offer_of(market, dispute_id))
    assert signed.status_code == 303
    assert state(market, dispute_id) == S.SETTLED
    deliver_everything()
    assert "Carried out" in browser.get(f"/disputes/{dispute_id}").text


def test_decline_by_the_page_wants_a_reason(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute(market)
    propose(market.bolt, dispute_id, "1")
    market.sign_in(browser, market.acme, "receiver")
    offer = offer_of(market, dispute_id)
    assert browser.post(f"/disputes/{dispute_id}/decline", data={**offer, "reason": ""}).status_code == 422
    assert (
        browser.post(f"/disputes/{dispute_id}/decline", data={**offer, "reason": "Non."}).status_code == 303
    )
    assert "Declined" in browser.get(f"/disputes/{dispute_id}").text


def test_withdraw_shows_first_what_it_does(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute(market)
    market.sign_in(browser, market.acme, "receiver")
    asked = browser.get(f"/disputes/{dispute_id}/withdraw").text
    assert "To Bolt Fournitures at once" in asked
    assert browser.post(f"/disputes/{dispute_id}/withdraw", data={"reason": "Retrouvé."}).status_code == 303
    assert browser.get(f"/disputes/{dispute_id}/withdraw").status_code == 409


def test_evidence_is_read_in_the_room_and_nowhere_else(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute(market)
    market.sign_in(browser, market.acme, "receiver")
    chosen = {"exhibits": [(BytesIO(b"%PDF-1.7"), "bon.pdf")]}
    filed = browser.post(f"/disputes/{dispute_id}/evidence", data=chosen, content_type="multipart/form-data")
    assert filed.status_code == 303
    assert browser.post(f"/disputes/{dispute_id}/evidence", data={}).status_code == 422
    with market.acme.reading("receiver"):
        [shown] = evidence_of(dispute_id)
    address = f"/disputes/{dispute_id}/evidence/{shown.id}"
    bring_to_mediation(market, dispute_id)
    for party, role, status in (
        (market.bolt, "sales_desk", 200),
        (market.mira, "mediator", 200),
        (market.mira, "operator", 404),
        (market.nosy, "receiver", 404),
    ):
        market.sign_in(browser, party, role)
        assert browser.get(address).status_code == status, role


def bring_to_mediation(market: Cast, dispute_id: UUID) -> None:
    bring_to(market, dispute_id, S.MEDIATION)


@pytest.mark.parametrize("path", ["", "/propose", "/withdraw"])
def test_another_tenant_finds_nothing(market: Cast, browser: FlaskClient, path: str) -> None:
    dispute_id = a_dispute(market)
    for outsider in (market.nosy, market.crown):
        market.sign_in(browser, outsider, "procurement_lead" if outsider.side == "buyer" else "sales_desk")
        assert browser.get(f"/disputes/{dispute_id}{path}").status_code == 404


def test_the_room_has_a_page_in_every_state_for_everybody_in_it(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute(market)
    path = [S.CLAIM, S.ANSWER, S.NEGOTIATION, S.DEADLOCK, S.MEDIATION_CALLED, S.MEDIATOR_NAMED]
    for reached in [S.OPENED, *path, S.MEDIATION, S.MEDIATOR_PROPOSED, S.EXECUTED]:
        go_on(market, dispute_id, reached)
        for party, role in (
            (market.acme, "procurement_lead"),
            (market.bolt, "sales_desk"),
            (market.mira, "mediator"),
            (market.mira, "operator"),
        ):
            market.sign_in(browser, party, role)
            for language in ("en", "fr"):
                browser.set_cookie("language", language)
                shown = browser.get(f"/disputes/{dispute_id}")
                is_operators = party is market.mira
                is_called = reached in CALLED
                assert shown.status_code == (404 if is_operators and not is_called else 200), (reached, role)
                if is_called:
                    assert browser.get(f"/mediation/{dispute_id}").status_code == 200


def go_on(market: Cast, dispute_id: UUID, target: DisputeState) -> None:
    """One step further along the longest way."""
    from_there = {
        S.CLAIM: lambda: say(market.bolt, dispute_id, K.REPLY),
        S.ANSWER: lambda: say(market.acme, dispute_id, K.CLAIM),
        S.NEGOTIATION: lambda: say(market.bolt, dispute_id, K.ANSWER),
    }
    if target in from_there:
        from_there[target]()
    elif target == S.EXECUTED:
        settle(market, dispute_id, "12")
    elif target != S.OPENED:
        step(market, dispute_id, target)
    deliver_everything()


def step(market: Cast, dispute_id: UUID, target: DisputeState) -> None:
    if target == S.MEDIATION:
        accept(market.acme, dispute_id)
        accept(market.bolt, dispute_id)
    else:
        WAYS[target][1](market, dispute_id)


def test_what_ended_without_a_settlement_has_its_page(market: Cast, browser: FlaskClient) -> None:
    dispute_id = a_dispute(market)
    withdraw(market, dispute_id)
    market.sign_in(browser, market.bolt, "sales_desk")
    assert "Withdrawn" in browser.get(f"/disputes/{dispute_id}").text


@pytest.mark.parametrize("language", LISTS)
def test_the_list_speaks_both_languages(market: Cast, browser: FlaskClient, language: str) -> None:
    market.sign_in(browser, market.acme, "receiver")
    browser.set_cookie("language", language)
    assert all(word in browser.get("/disputes/").text for word in LISTS[language])
    assert browser.get("/disputes/?view=closed").status_code == 200
    assert browser.get("/disputes/?view=nonsense").status_code == 404
    a_dispute(market)
    assert "DI-2026-00001" in browser.get("/disputes/").text
