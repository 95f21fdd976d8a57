"""What does the person at the ramp see, and what do both parties see of a count?"""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.buyers.orders.actions import confirm_order
from marketplace.buyers.orders.lifecycle import OrderState
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import lines_of
from marketplace.buyers.receiving.queries import photos_of, receipts_of, uncounted_shipments
from tests.buyers.orders.test_queries import counting
from tests.cast import Cast
from tests.factories.orders import (
    a_confirmed_order,
    a_placed_order,
    a_shipped_order,
    as_seen,
    placed_orders,
    shipped,
    some_products,
)
from tests.factories.receipts import a_picture, a_receipt


@pytest.fixture
def underway(market: Cast, portal: Flask) -> PurchaseOrder:
    """An order of 10 and of 5 that has left as a whole."""
    with portal.test_request_context(base_url="http://localhost"):
        return a_shipped_order(market, "10", "5")


def typed(
    market: Cast, ordered: PurchaseOrder, *figures: tuple[str, str, str], **more: Any
) -> dict[str, Any]:
    """A count as the form sends it."""
    with market.acme.reading("receiver"):
        lines = lines_of(ordered.id)
    values: dict[str, Any] = {
        "request_id": str(uuid4()),
        "receipts_seen": "0",
        "received_on": as_seen(market.acme, ordered.id).placed_at.date().isoformat(),
        "note": "",
        **more,
    }
    for number, (line, (accepted, damaged, missing)) in enumerate(zip(lines, figures, strict=False)):
        values |= {
            f"lines-{number}-order_line_id": str(line.id),
            f"lines-{number}-accepted": accepted,
            f"lines-{number}-damaged": damaged,
            f"lines-{number}-missing": missing,
        }
    return values


def test_index_shows_what_is_awaited_and_its_parcels(
    browser: FlaskClient, market: Cast, underway: PurchaseOrder
) -> None:
    market.sign_in(browser, market.acme, "receiver")
    shown = browser.get("/receipts/").text
    assert underway.number in shown
    assert "DN-2026-00001" in shown
    market.sign_in(browser, market.nosy, "receiver")
    assert underway.number not in browser.get("/receipts/").text


def test_index_costs_the_same_for_one_delivery_and_thirty(
    browser: FlaskClient, market: Cast, portal: Flask, underway: PurchaseOrder
) -> None:
    market.sign_in(browser, market.acme, "receiver")
    taken = []
    for number in (0, 30):
        with portal.test_request_context(base_url="http://localhost"):
            for product_id in some_products(market.bolt, number):
                confirm(market, placed_orders(market.acme, {product_id: "1"})[0])
        with counting() as seen:
            assert browser.get("/receipts/").status_code == 200
        taken.append(len(seen))
    assert taken[0] == taken[1]


def confirm(market: Cast, placed: PurchaseOrder) -> None:
    with market.bolt.at_work("sales_desk"):
        confirm_order(order_id=placed.id)


def test_counted_costs_the_same_for_one_receipt_and_many(
    browser: FlaskClient, market: Cast, underway: PurchaseOrder
) -> None:
    market.sign_in(browser, market.acme, "receiver")
    taken = []
    for number in (1, 8):
        for _ in range(number):
            a_receipt(market, underway, "1")
        with counting() as seen:
            assert browser.get("/receipts/counted").status_code == 200
        taken.append(len(seen))
    assert taken[0] == taken[1]


def test_count_with_one_tap_records_all_as_announced(
    browser: FlaskClient, market: Cast, underway: PurchaseOrder
) -> None:
    market.sign_in(browser, market.acme, "receiver")
    address = f"/receipts/orders/{underway.id}/count"
    assert "All as announced" in browser.get(address).text
    answer = browser.post(address, data=typed(market, underway, as_announced="yes"))
    assert answer.status_code == 303
    assert as_seen(market.bolt, underway.id).status == OrderState.RECEIVED
    assert "Everything that was counted was accepted" in browser.get(answer.location).text


def test_count_line_by_line_with_a_picture_is_shown_to_both(
    browser: FlaskClient, market: Cast, underway: PurchaseOrder
) -> None:
    market.sign_in(browser, market.acme, "receiver")
    values = typed(market, underway, ("8", "2", ""), ("5", "", ""), note="Carton éventré")
    values["lines-0-photo"] = (BytesIO(a_picture()), "damage.png")
    values["photo"] = (BytesIO(a_picture()), "parcel.png")
    answer = browser.post(
        f"/receipts/orders/{underway.id}/count", data=values, content_type="multipart/form-data"
    )
    assert answer.status_code == 303
    with market.acme.reading("receiver"):
        [receipt] = receipts_of(underway.id)
        photo_ids = [photo.id for photo in photos_of(receipt.id)]
    assert len(photo_ids) == 2
    for party, role, status in (
        (market.acme, "requester", 200),
        (market.bolt, "sales_desk", 200),
        (market.nosy, "receiver", 404),
        (market.pry, "sales_desk", 404),
    ):
        market.sign_in(browser, party, role)
        shown = browser.get(f"/receipts/{receipt.id}")
        picture = browser.get(f"/receipts/{receipt.id}/photos/{photo_ids[0]}.jpg")
        assert (shown.status_code, picture.status_code) == (status, status)
        if status == 200:
            assert "Carton éventré" in shown.text
            assert "Not as ordered" in shown.text
            assert picture.mimetype == "image/jpeg"


def test_count_of_a_shipment_expects_what_it_announces(
    browser: FlaskClient, market: Cast, portal: Flask
) -> None:
    with portal.test_request_context(base_url="http://localhost"):
        ordered = a_confirmed_order(market, "10", "5")
        shipment = shipped(market, ordered, "4")
    market.sign_in(browser, market.acme, "receiver")
    address = f"/receipts/orders/{ordered.id}/count?shipment_id={shipment.id}"
    assert "expected: 4" in browser.get(address).text
    values = typed(market, ordered, as_announced="yes", shipment_id=str(shipment.id))
    assert browser.post(address, data=values).status_code == 303
    with market.acme.reading("receiver"):
        assert [int(line.accepted) for line in lines_of(ordered.id)] == [4, 0]
        assert uncounted_shipments([ordered.id]) == {}


def test_count_with_a_wrong_figure_shows_it_again_beside_its_line(
    browser: FlaskClient, market: Cast, underway: PurchaseOrder
) -> None:
    market.sign_in(browser, market.acme, "receiver")
    for figures, sentence in (
        (("ten", "", ""), "is not a number"),
        (("-1", "", ""), "not negative"),
        (("1.5", "", ""), "divided that finely"),
        (("8", "", "5"), "more is declared missing"),
        (("", "", ""), "at least one line"),
    ):
        answer = browser.post(f"/receipts/orders/{underway.id}/count", data=typed(market, underway, figures))
        assert answer.status_code == 422, figures
        assert sentence in answer.text


def test_count_with_something_that_is_no_picture_says_so(
    browser: FlaskClient, market: Cast, underway: PurchaseOrder
) -> None:
    market.sign_in(browser, market.acme, "receiver")
    values = typed(market, underway, ("10", "", ""))
    values["photo"] = (BytesIO(b"MZ not a picture"), "photo.jpg")
    answer = browser.post(
        f"/receipts/orders/{underway.id}/count", data=values, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert "no picture" in answer.text


def test_count_twice_with_the_same_click_lands_on_the_same_receipt(
    browser: FlaskClient, market: Cast, underway: PurchaseOrder
) -> None:
    market.sign_in(browser, market.acme, "receiver")
    values = typed(market, underway, ("10", "", ""))
    answers = [browser.post(f"/receipts/orders/{underway.id}/count", data=values) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location


def test_count_by_somebody_else_is_refused(
    browser: FlaskClient, market: Cast, underway: PurchaseOrder
) -> None:
    for party, role, status in (
        (market.acme, "requester", 403),
        (market.bolt, "warehouse", 403),
        (market.nosy, "receiver", 404),
    ):
        market.sign_in(browser, party, role)
        address = f"/receipts/orders/{underway.id}/count"
        assert browser.get(address).status_code == status
        assert browser.post(address, data={"as_announced": "yes"}).status_code == status


def test_count_of_an_order_that_is_not_agreed_is_refused(browser: FlaskClient, market: Cast) -> None:
    placed = a_placed_order(market)
    market.sign_in(browser, market.acme, "receiver")
    assert browser.get(f"/receipts/orders/{placed.id}/count").status_code == 409


def test_every_page_of_receiving_reads_in_french(
    browser: FlaskClient, market: Cast, underway: PurchaseOrder
) -> None:
    receipt = a_receipt(market, underway, ("8", "2"))
    browser.set_cookie("language", "fr")
    market.sign_in(browser, market.acme, "receiver")
    for address, words in {
        "/receipts/": "Livraisons",
        "/receipts/counted": "Chaque comptage",
        f"/receipts/orders/{underway.id}/count": "Compter une livraison",
        f"/receipts/{receipt.id}": "Non conforme à la commande",
    }.items():
        assert words in browser.get(address).text
