"""Does the warehouse see what to ship, and each side what was shipped?"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.db import runtime_engine
from marketplace.sellers.fulfilment.jobs import draw_up_packing_slip, draw_up_pick_list
from marketplace.sellers.fulfilment.models import Shipment
from marketplace.sellers.stock.actions import shelve_stock
from tests.cast import Cast
from tests.factories.fulfilment import TradedOrder, an_order, an_order_to_ship

FRIDAY_IN_PARIS = datetime(2027, 6, 3, 22, 30, tzinfo=UTC)


@pytest.fixture
def warehouse(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.bolt, "warehouse")


def shipping(order: TradedOrder, *quantities: str, **others: str) -> dict[str, str]:
    typed = {f"line-{line.order_line_id}": q for line, q in zip(order.lines, quantities, strict=False)}
    return {
        **typed,
        "carrier": "Chronopost",
        "tracking_number": "XY1",
        "expected_on": (clock.today() + timedelta(days=2)).isoformat(),
        "request_id": str(uuid4()),
        **others,
    }


def shipments(market: Cast) -> list[Shipment]:
    with market.platform() as work:
        return list(work.scalars(select(Shipment)))


@pytest.mark.parametrize(("language", "word"), [("en", "Promised for"), ("fr", "Promis pour le")])
def test_index_lists_the_work_in_both_languages(
    warehouse: FlaskClient, market: Cast, language: str, word: str
) -> None:
    an_order_to_ship(market, "10", "4")
    warehouse.set_cookie("language", language)
    page = warehouse.get("/shipping/").text
    assert word in page
    assert "PO-2026-00001" in page
    assert "Acme Industrie" in page


def test_index_puts_what_was_promised_first_at_the_top(warehouse: FlaskClient, market: Cast) -> None:
    today = clock.today()
    for number, days in (("PO-LATER", 9), ("PO-LATE", -2), ("PO-SOON", 1), ("PO-NOW", 0)):
        an_order_to_ship(market, "1", number=number, confirmed_on=today + timedelta(days=days))
    page = warehouse.get("/shipping/").text
    assert page.index("PO-LATE<") < page.index("PO-SOON") < page.index("PO-LATER")
    late = warehouse.get("/shipping/?view=late").text
    assert "PO-LATE<" in late
    assert "PO-SOON" not in late
    assert "PO-NOW" in warehouse.get("/shipping/?view=today").text


def test_index_goes_on_after_a_full_page(warehouse: FlaskClient, market: Cast) -> None:
    for number in range(32):
        an_order_to_ship(market, "1", number=f"PO-{number:02}")
    first = warehouse.get("/shipping/").text
    assert "PO-29" in first
    assert "PO-30" not in first
    after = first.partition("after=")[2].partition('"')[0]
    assert "PO-31" in warehouse.get(f"/shipping/?after={after}").text
    assert warehouse.get("/shipping/?after=nonsense").status_code == 422


def test_index_sorts_what_is_not_agreed_and_what_is_done_apart(warehouse: FlaskClient, market: Cast) -> None:
    an_order(market, "1", number="PO-NEW")
    an_order_to_ship(market, "1", number="PO-DONE").ship("1")
    assert "PO-NEW" not in warehouse.get("/shipping/").text
    assert "PO-NEW" in warehouse.get("/shipping/?view=new").text
    assert "PO-DONE" in warehouse.get("/shipping/?view=done").text


def test_index_asks_the_database_as_often_for_many_orders(warehouse: FlaskClient, market: Cast) -> None:
    counts = []
    for start, number in ((0, 1), (10, 3)):
        for n in range(number):
            an_order_to_ship(market, "1", "2", number=f"PO-{start + n}")
        counts.append(_statements(warehouse, "/shipping/"))
    assert counts[0] == counts[1]


def test_show_lists_the_goods_in_the_order_of_the_bins(warehouse: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "1", "1", "1")
    with market.bolt.at_work("warehouse"):
        for line, bin in zip(order.lines, ("A-10", "A-2", None), strict=True):
            shelve_stock(product_id=line.product_id, bin=bin)
    page = warehouse.get(f"/shipping/{order.id}").text
    picks = page[page.index('id="pick-list"') :]
    assert picks.index("SKU-2") < picks.index("SKU-1") < picks.index("SKU-3")


def test_show_an_order_that_is_late_says_so(warehouse: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "1", confirmed_on=clock.today() - timedelta(days=1))
    assert "This order is late" in warehouse.get(f"/shipping/{order.id}").text


def test_show_an_order_that_is_not_agreed_offers_no_shipment(warehouse: FlaskClient, market: Cast) -> None:
    order = an_order(market, "1")
    page = warehouse.get(f"/shipping/{order.id}").text
    assert "Do not ship yet" in page
    assert f"/shipping/{order.id}/ship" not in page
    assert "Nothing of this order" in warehouse.get(f"/shipping/{order.id}/ship").text


def test_ship_form_offers_the_whole_remainder(warehouse: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "10", "4")
    order.ship("3", "4")
    page = warehouse.get(f"/shipping/{order.id}/ship").text
    assert 'value="7"' in page
    assert str(order.lines[1].order_line_id) not in page


def test_ship_form_offers_the_next_working_day_also_after_midnight(
    browser: FlaskClient, market: Cast
) -> None:
    with clock_at(FRIDAY_IN_PARIS):
        order = an_order_to_ship(market, "1", confirmed_on=clock.today())
        page = market.sign_in(browser, market.bolt, "warehouse").get(f"/shipping/{order.id}/ship").text
    assert 'value="2027-06-07"' in page


def test_ship_writes_the_shipment_and_shows_it(warehouse: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "10", "4")
    answer = warehouse.post(f"/shipping/{order.id}/ship", data=shipping(order, "3", "4"))
    assert answer.status_code == 303
    page = warehouse.get(answer.location).text
    assert "Chronopost" in page
    assert "XY1" in page
    assert "7" in warehouse.get(f"/shipping/{order.id}").text


def test_ship_by_two_clicks_of_one_form_is_one_shipment(warehouse: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    data = shipping(order, "3")
    answers = [warehouse.post(f"/shipping/{order.id}/ship", data=data) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert len(shipments(market)) == 1


@pytest.mark.parametrize(
    ("quantity", "status", "sentence"),
    [("11", 409, "less is left to ship"), ("", 422, "at least one quantity"), ("x", 422, "is not a number")],
)
def test_ship_a_wrong_quantity_is_asked_again_beside_its_line(
    warehouse: FlaskClient, market: Cast, quantity: str, status: int, sentence: str
) -> None:
    order = an_order_to_ship(market, "10")
    answer = warehouse.post(f"/shipping/{order.id}/ship", data=shipping(order, quantity))
    assert answer.status_code == status
    assert sentence in answer.text
    assert shipments(market) == []


@pytest.mark.parametrize("missing", ["carrier", "expected_on", "request_id"])
def test_ship_without_what_is_needed_is_asked_again(
    warehouse: FlaskClient, market: Cast, missing: str
) -> None:
    order = an_order_to_ship(market, "10")
    answer = warehouse.post(f"/shipping/{order.id}/ship", data=shipping(order, "1", **{missing: ""}))
    assert answer.status_code == 422


def test_pick_list_is_drawn_up_by_a_worker_and_can_be_fetched(
    warehouse: FlaskClient, market: Cast, speaking: None
) -> None:
    order = an_order_to_ship(market, "10")
    assert warehouse.get(f"/shipping/{order.id}/pick-list.pdf").status_code == 404
    assert warehouse.post(f"/shipping/{order.id}/pick-list").status_code == 303
    assert "hx-get" in warehouse.get(f"/shipping/{order.id}/pick-list").text
    draw_up_pick_list(order_id=order.id, seller_id=market.bolt.id)
    assert "hx-get" not in warehouse.get(f"/shipping/{order.id}/pick-list").text
    answer = warehouse.get(f"/shipping/{order.id}/pick-list.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")


def test_packing_slip_can_be_fetched_by_both_sides(
    warehouse: FlaskClient, browser: FlaskClient, market: Cast, speaking: None
) -> None:
    shipment = an_order_to_ship(market, "10").ship("4")
    address = f"/shipping/shipments/{shipment.id}/packing-slip"
    assert "hx-get" in warehouse.get(address).text
    draw_up_packing_slip(shipment_id=shipment.id, seller_id=market.bolt.id)
    slips = []
    for party, role in ((market.bolt, "warehouse"), (market.acme, "receiver")):
        market.sign_in(browser, party, role)
        assert f"{address}.pdf" in browser.get(address).text
        slips.append(browser.get(f"{address}.pdf").data)
    assert slips[0] == slips[1]
    assert slips[0].startswith(b"%PDF")


def test_shipment_is_seen_by_the_buyer_without_the_sellers_tools(browser: FlaskClient, market: Cast) -> None:
    shipment = an_order_to_ship(market, "10").ship("4")
    market.sign_in(browser, market.acme, "requester")
    page = browser.get(f"/shipping/shipments/{shipment.id}").text
    assert "XY123456789FR" in page
    assert "/track" not in page


def test_shipment_that_comes_late_says_so_on_both_sides(browser: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "10", confirmed_on=clock.today() + timedelta(days=1))
    shipment = order.ship("4")
    for party, role in ((market.bolt, "warehouse"), (market.acme, "receiver")):
        market.sign_in(browser, party, role)
        assert "This shipment is late" in browser.get(f"/shipping/shipments/{shipment.id}").text


def test_shipments_of_an_order_are_a_page_and_a_fragment(browser: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    shipment = order.ship("4")
    market.sign_in(browser, market.acme, "requester")
    address = f"/shipping/orders/{order.id}/shipments"
    assert "<html" in browser.get(address).text
    part = browser.get(address, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert shipment.number in part


def test_track_notes_where_the_parcel_is_for_both_sides(
    warehouse: FlaskClient, browser: FlaskClient, market: Cast
) -> None:
    with clock_at(clock.now() - timedelta(days=1)):
        shipment = an_order_to_ship(market, "10").ship("4")
    address = f"/shipping/shipments/{shipment.id}"
    at = (clock.now() - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    data = {"happened_at": at, "place": "Lyon", "remark": "Tri terminé", "is_delivered": "y"}
    assert warehouse.post(f"{address}/track", data=data).status_code == 303
    assert warehouse.post(f"{address}/track", data={**data, "remark": ""}).status_code == 422
    assert warehouse.post(f"{address}/track", data=data).status_code == 409
    market.sign_in(browser, market.acme, "receiver")
    page = browser.get(address).text
    assert "Tri terminé" in page
    assert "Delivered" in page


SELLER_PAGES = (
    "/shipping/{order}",
    "/shipping/{order}/ship",
    "/shipping/{order}/pick-list",
    "/shipping/{order}/pick-list.pdf",
)
SHARED_PAGES = (
    "/shipping/shipments/{shipment}",
    "/shipping/shipments/{shipment}/packing-slip",
    "/shipping/shipments/{shipment}/packing-slip.pdf",
)


@pytest.mark.parametrize("address", SELLER_PAGES + SHARED_PAGES)
def test_every_page_is_not_there_for_another_seller(browser: FlaskClient, market: Cast, address: str) -> None:
    order = an_order_to_ship(market, "10")
    shipment = order.ship("4")
    market.sign_in(browser, market.pry, "warehouse")
    assert browser.get(address.format(order=order.id, shipment=shipment.id)).status_code == 404


def test_every_deed_on_anothers_order_is_refused(browser: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    shipment = order.ship("4")
    market.sign_in(browser, market.pry, "warehouse")
    at = clock.now().strftime("%Y-%m-%dT%H:%M")
    for address, data in (
        (f"/shipping/{order.id}/ship", shipping(order, "1")),
        (f"/shipping/{order.id}/pick-list", {}),
        (f"/shipping/shipments/{shipment.id}/track", {"happened_at": at, "remark": "x"}),
    ):
        assert browser.post(address, data=data).status_code == 404
    assert "XY1234" not in browser.get(f"/shipping/orders/{order.id}/shipments").text


def test_every_shared_page_is_not_there_for_another_buyer(browser: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    shipment = order.ship("4")
    market.sign_in(browser, market.nosy, "receiver")
    for address in SHARED_PAGES:
        assert browser.get(address.format(order=order.id, shipment=shipment.id)).status_code == 404
    assert "XY1234" not in browser.get(f"/shipping/orders/{order.id}/shipments").text


def test_the_buyer_itself_does_not_see_the_pick_list(browser: FlaskClient, market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    market.sign_in(browser, market.acme, "receiver")
    assert browser.get(f"/shipping/{order.id}").status_code == 403


def _statements(browser: FlaskClient, address: str) -> int:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(runtime_engine(), "before_cursor_execute", note)
    try:
        assert browser.get(address).status_code == 200
    finally:
        event.remove(runtime_engine(), "before_cursor_execute", note)
    return len(seen)
