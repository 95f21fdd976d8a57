"""What does each side see of an order, and what happens when it presses?"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.buyers.orders.lifecycle import OrderState
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import lines_of, orders_of_requisition
from marketplace.buyers.requisitions.actions import add_to_cart
from marketplace.foundation import clock
from tests.buyers.orders.test_queries import counting
from tests.cast import Cast, Party
from tests.factories.orders import (
    a_confirmed_order,
    a_placed_order,
    a_proposal,
    a_shipped_order,
    an_approved_requisition,
    as_seen,
    placed_orders,
    some_products,
)

PAGES = ("/orders/{id}", "/orders/{id}/versions/1", "/orders/{id}/papers")


def in_context(portal: Flask, deed: Any, *arguments: Any) -> Any:
    """What the deed gives; it runs jobs, which need the context that a worker has."""
    with portal.test_request_context(base_url="http://localhost"):
        return deed(*arguments)


def ids_of_lines(party: Party, order: PurchaseOrder) -> list[str]:
    with party.reading("administrator"):
        return [str(line.id) for line in lines_of(order.id)]


def test_place_twice_lands_on_the_same_order(browser: FlaskClient, market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    market.sign_in(browser, market.acme, "requester")
    answers = [browser.post(f"/orders/place/{requisition_id}") for _ in range(2)]
    with market.acme.reading("requester"):
        [placed] = orders_of_requisition(requisition_id)
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.location for answer in answers} == {f"/orders/{placed.id}"}


@pytest.mark.parametrize(
    ("party", "role", "status"),
    [
        ("acme", "approver", 403),
        ("acme", "receiver", 403),
        ("nosy", "requester", 404),
        ("bolt", "sales_desk", 403),
    ],
)
def test_place_by_somebody_else_is_refused(
    browser: FlaskClient, market: Cast, party: str, role: str, status: int
) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    market.sign_in(browser, getattr(market, party), role)
    assert browser.post(f"/orders/place/{requisition_id}").status_code == status


def test_place_by_a_stranger_leads_to_sign_in(browser: FlaskClient, market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    assert browser.post(f"/orders/place/{requisition_id}").location.startswith("/sign-in")


def test_place_takes_at_most_25_statements_and_no_more_for_more_lines(
    browser: FlaskClient, market: Cast
) -> None:
    market.sign_in(browser, market.acme, "requester")
    taken = []
    for number in (5, 12):
        wanted = dict.fromkeys(some_products(market.bolt, number), "2")
        requisition_id = an_approved_requisition(market.acme, wanted)
        with counting() as seen:
            assert browser.post(f"/orders/place/{requisition_id}").status_code == 303
        taken.append(len(seen))
    assert taken[0] == taken[1] <= 25


def test_place_of_what_is_not_approved_says_so(browser: FlaskClient, market: Cast) -> None:
    wanted = {some_products(market.bolt)[0]: "1"}
    requisition_id = an_approved_requisition(market.acme, wanted)
    market.sign_in(browser, market.acme, "requester")
    browser.post(f"/orders/place/{requisition_id}")
    with market.acme.at_work("requester"):
        cart = add_to_cart(product_id=next(iter(wanted)), quantity=Decimal(1))
    answer = browser.post(f"/orders/place/{cart.requisition_id}")
    assert answer.status_code == 409
    assert "Only an approved requisition" in answer.text


def test_index_shows_each_side_its_orders(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market)
    for party, role, address, other in (
        (market.acme, "requester", "/orders/", "Bolt Fournitures"),
        (market.bolt, "sales_desk", "/orders/received", "Acme Industrie"),
    ):
        market.sign_in(browser, party, role)
        answer = browser.get(address)
        assert answer.status_code == 200
        assert placed.number in answer.text
        assert other in answer.text
    market.sign_in(browser, market.nosy, "requester")
    assert placed.number not in browser.get("/orders/").text


def test_index_filters_by_state_supplier_and_lateness(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market)
    market.sign_in(browser, market.acme, "requester")
    shown = {
        "state=placed": True,
        "state=confirmed": False,
        "state=nonsense": True,
        f"counterpart={market.bolt.id}": True,
        f"counterpart={market.nosy.id}": True,
        "late=y": False,
    }
    for query, is_shown in shown.items():
        assert (f"/orders/{placed.id}" in browser.get(f"/orders/?{query}").text) is is_shown, query


def test_index_costs_the_same_for_one_order_and_thirty(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    taken = []
    for number in (1, 30):
        for product_id in some_products(market.bolt, number):
            placed_orders(market.acme, {product_id: "1"})
        with counting() as seen:
            assert browser.get("/orders/").status_code == 200
        taken.append(len(seen))
    assert taken[0] == taken[1]


@pytest.mark.parametrize("address", PAGES)
def test_pages_of_an_order_are_for_its_parties_alone(
    browser: FlaskClient, market: Cast, address: str
) -> None:
    placed = a_placed_order(market)
    for party, role, status in (
        (market.acme, "requester", 200),
        (market.bolt, "warehouse", 200),
        (market.nosy, "procurement_lead", 404),
        (market.pry, "sales_desk", 404),
    ):
        market.sign_in(browser, party, role)
        assert browser.get(address.format(id=placed.id)).status_code == status, party.name


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("place", "requester"),
        ("confirm", "sales_desk"),
        ("refuse", "sales_desk"),
        ("propose", "sales_desk"),
        ("accept", "requester"),
        ("decline", "requester"),
        ("cancel", "procurement_lead"),
    ],
)
def test_post_by_an_outsider_finds_nothing(browser: FlaskClient, market: Cast, path: str, role: str) -> None:
    placed = a_placed_order(market)
    outsider = market.pry if role == "sales_desk" else market.nosy
    market.sign_in(browser, outsider, role)
    address = f"/orders/place/{placed.requisition_id}" if path == "place" else f"/orders/{placed.id}/{path}"
    assert browser.post(address, data={"reason": "x", "version": "1"}).status_code == 404


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "This order waits for your answer"), ("fr", "Cette commande attend votre réponse")],
)
def test_show_asks_the_side_whose_move_it_is(
    browser: FlaskClient, market: Cast, language: str, word: str
) -> None:
    placed = a_placed_order(market)
    browser.set_cookie("language", language)
    for party, role, is_asked in ((market.bolt, "sales_desk", True), (market.acme, "requester", False)):
        market.sign_in(browser, party, role)
        assert (word in browser.get(f"/orders/{placed.id}").text) is is_asked


def test_confirm_with_another_day_for_one_line_is_kept(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market, "3", "2")
    first, second = ids_of_lines(market.bolt, placed)
    earlier = placed.requested_on - timedelta(days=3)
    market.sign_in(browser, market.bolt, "sales_desk")
    answer = browser.post(
        f"/orders/{placed.id}/confirm",
        data={
            "confirmed_on": placed.requested_on.isoformat(),
            "lines-0-order_line_id": first,
            "lines-0-promised_on": earlier.isoformat(),
            "lines-1-order_line_id": second,
            "lines-1-promised_on": "",
        },
    )
    assert answer.status_code == 303
    with market.acme.reading("requester"):
        assert [line.promised_on for line in lines_of(placed.id)] == [earlier, placed.requested_on]


def test_confirm_for_too_late_a_day_stands_beside_the_field(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market)
    market.sign_in(browser, market.bolt, "sales_desk")
    later = (placed.requested_on + timedelta(days=1)).isoformat()
    answer = browser.post(f"/orders/{placed.id}/confirm", data={"confirmed_on": later})
    assert answer.status_code == 422
    assert "A later day is a change" in answer.text
    assert as_seen(market.acme, placed.id).status == OrderState.PLACED


def test_refuse_states_its_consequences_first(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market)
    market.sign_in(browser, market.bolt, "sales_desk")
    assert "This cannot be undone" in browser.get(f"/orders/{placed.id}/refuse").text
    assert browser.post(f"/orders/{placed.id}/refuse", data={"reason": ""}).status_code == 422
    assert browser.post(f"/orders/{placed.id}/refuse", data={"reason": "Rupture"}).status_code == 303
    market.sign_in(browser, market.acme, "requester")
    shown = browser.get(f"/orders/{placed.id}").text
    assert "Rupture" in shown
    assert "Refused" in shown


def propose(browser: FlaskClient, market: Cast, placed: PurchaseOrder, **values: str) -> Any:
    [line] = ids_of_lines(market.bolt, placed)
    market.sign_in(browser, market.bolt, "sales_desk")
    typed = {
        "confirmed_on": (placed.requested_on + timedelta(days=5)).isoformat(),
        "lines-0-order_line_id": line,
        "lines-0-quantity": "6",
        "lines-0-unit_price": "9.50",
        "reason": "Rupture partielle",
    }
    return browser.post(f"/orders/{placed.id}/propose", data={**typed, **values})


def test_propose_and_accept_go_through_a_readable_difference(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market, "10")
    market.sign_in(browser, market.bolt, "sales_desk")
    assert browser.get(f"/orders/{placed.id}/propose").status_code == 200
    assert propose(browser, market, placed).status_code == 303
    market.sign_in(browser, market.acme, "requester")
    shown = browser.get(f"/orders/{placed.id}").text
    for part in (
        "The supplier proposes a change",
        "Rupture partielle",
        "<del>10</del>",
        "<ins>6</ins>",
        "€57.00",
    ):
        assert part in shown
    assert browser.post(f"/orders/{placed.id}/accept", data={"version": "2"}).status_code == 303
    assert as_seen(market.bolt, placed.id).status == OrderState.CONFIRMED
    version = browser.get(f"/orders/{placed.id}/versions/2").text
    assert "<ins>€9.50</ins>" in version


def test_propose_with_a_wrong_figure_shows_it_again_beside_its_line(
    browser: FlaskClient, market: Cast
) -> None:
    placed = a_placed_order(market, "10")
    answer = propose(browser, market, placed, **{"lines-0-quantity": "six"})
    assert answer.status_code == 422
    assert "is not a number" in answer.text
    assert 'value="six"' in answer.text


def test_accept_of_more_than_was_approved_is_not_offered_and_refused(
    browser: FlaskClient, market: Cast
) -> None:
    placed = a_placed_order(market, "10")
    propose(browser, market, placed, **{"lines-0-quantity": "10", "lines-0-unit_price": "12"})
    market.sign_in(browser, market.acme, "requester")
    assert "More than was approved" in browser.get(f"/orders/{placed.id}").text
    answer = browser.post(f"/orders/{placed.id}/accept", data={"version": "2"})
    assert answer.status_code == 409
    assert as_seen(market.acme, placed.id).status == OrderState.CHANGE_PROPOSED


def test_decline_without_a_reason_is_asked_for_one(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market, "10")
    a_proposal(market, placed, [("6", "10")])
    market.sign_in(browser, market.acme, "requester")
    assert browser.post(f"/orders/{placed.id}/decline", data={}).status_code == 422
    assert browser.post(f"/orders/{placed.id}/decline", data={"reason": "Trop peu"}).status_code == 303
    assert as_seen(market.acme, placed.id).status == OrderState.PLACED


def test_cancel_states_its_consequences_and_then_does_it(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market, "10")
    market.sign_in(browser, market.acme, "procurement_lead")
    shown = browser.get(f"/orders/{placed.id}/cancel").text
    assert "€100.00 are free again" in shown
    answer = browser.post(f"/orders/{placed.id}/cancel", data={"reason": "Plus besoin", "version": "1"})
    assert answer.status_code == 303
    assert as_seen(market.bolt, placed.id).status == OrderState.CANCELLED
    assert browser.get(f"/orders/{placed.id}/cancel").status_code == 409


def test_cancel_after_the_supplier_has_answered_is_asked_again(
    browser: FlaskClient, market: Cast, portal: Flask
) -> None:
    confirmed = in_context(portal, a_confirmed_order, market)
    market.sign_in(browser, market.acme, "procurement_lead")
    answer = browser.post(f"/orders/{confirmed.id}/cancel", data={"reason": "Plus besoin", "version": "1"})
    assert answer.status_code == 409
    assert "answered meanwhile" in answer.text


def test_document_is_served_to_both_parties_with_its_hash(
    browser: FlaskClient, market: Cast, portal: Flask
) -> None:
    confirmed = in_context(portal, a_confirmed_order, market)
    in_context(portal, market.run_jobs)
    for party, role in ((market.acme, "requester"), (market.bolt, "sales_desk")):
        market.sign_in(browser, party, role)
        answer = browser.get(f"/orders/{confirmed.id}/documents/2.pdf")
        assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")
        assert answer.headers["X-Content-SHA256"] in browser.get(f"/orders/{confirmed.id}").text
    assert browser.get(f"/orders/{confirmed.id}/documents/9.pdf").status_code == 404
    market.sign_in(browser, market.nosy, "requester")
    assert browser.get(f"/orders/{confirmed.id}/documents/2.pdf").status_code == 404


def test_papers_asks_again_until_the_document_is_there(
    browser: FlaskClient, market: Cast, portal: Flask
) -> None:
    placed = a_placed_order(market)
    market.sign_in(browser, market.acme, "requester")
    assert "every 3s" in browser.get(f"/orders/{placed.id}/papers").text
    in_context(portal, market.run_jobs)
    assert "every 3s" not in browser.get(f"/orders/{placed.id}/papers").text


def test_show_says_late_to_both_sides(browser: FlaskClient, market: Cast, portal: Flask) -> None:
    ordered = in_context(portal, a_shipped_order, market)
    with clock.clock_at(clock.now() + timedelta(days=13)):
        for party, role in ((market.acme, "requester"), (market.bolt, "sales_desk")):
            market.sign_in(browser, party, role)
            assert (
                "are not complete. Buyer and supplier see this alike"
                in browser.get(f"/orders/{ordered.id}").text
            )
            listed = browser.get(
                "/orders/?late=y" if party is market.acme else "/orders/received?late=y"
            ).text
            assert ordered.number in listed
            assert "3 days late" in listed


def test_every_page_of_an_order_reads_in_french(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market, "10")
    browser.set_cookie("language", "fr")
    market.sign_in(browser, market.acme, "procurement_lead")
    for address, words in {
        "/orders/": "Commandes",
        f"/orders/{placed.id}": "Commande",
        f"/orders/{placed.id}/cancel": "Annuler la commande",
        f"/orders/{placed.id}/versions/1": "Version 1 de la commande",
    }.items():
        assert words in browser.get(address).text
    market.sign_in(browser, market.bolt, "sales_desk")
    for address, words in {
        "/orders/received": "Commandes reçues",
        f"/orders/{placed.id}/refuse": "Refuser la commande",
        f"/orders/{placed.id}/propose": "Proposer une modification",
    }.items():
        assert words in browser.get(address).text
