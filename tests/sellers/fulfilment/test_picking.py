"""Is what lies there fetched along the way, from what expires first, or from what was scanned?"""

from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid
from marketplace.sellers.fulfilment.picking import Scanned, read_scanned
from marketplace.sellers.fulfilment.queries import fulfilment, pick_list, recall
from marketplace.sellers.stock.models import Tracking
from marketplace.sellers.stock.queries import batches_of
from tests.cast import Cast
from tests.factories.fulfilment import TradedOrder, an_order_line
from tests.factories.stock import a_product_in_batches, places_of, some_bins

pytestmark = pytest.mark.usefixtures("speaking")
SOON, LATER = (clock.today() + timedelta(days=days) for days in (10, 90))


def an_order_of(market: Cast, *products: tuple[object, str], number: str = "PO-1") -> TradedOrder:
    lines = [an_order_line(p, q, position=n) for n, (p, q) in enumerate(products, 1)]  # type: ignore[arg-type]
    return TradedOrder(market, lines, number=number).place().confirm()


def picked(order: TradedOrder) -> list[tuple[int, str | None, str | None, Decimal]]:
    with order.seller.reading("warehouse"):
        return [
            (pick.line.position, pick.bin and pick.bin.code, pick.batch and pick.batch.number, pick.quantity)
            for pick in pick_list(fulfilment(order.id))
        ]


def test_pick_list_goes_along_the_way_and_takes_what_expires_first(market: Cast) -> None:
    bins = some_bins(market.bolt, "A-2", "A-10")
    far = a_product_in_batches(market.bolt, {"F": ("9", None)}, bin_id=bins["A-10"])
    near = a_product_in_batches(market.bolt, {"LATER": ("5", LATER), "SOON": ("5", SOON)}, bin_id=bins["A-2"])
    order = an_order_of(market, (far, "2"), (near, "7"), (near, "1"))
    assert picked(order) == [
        (2, "A-2", "SOON", 5),
        (2, "A-2", "LATER", 2),
        (3, "A-2", "LATER", 1),
        (1, "A-10", "F", 2),
    ]
    order.ship("2", "7", "0")
    assert picked(order) == [(3, "A-2", "LATER", 1)]


def test_pick_list_says_where_nothing_lies(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"SOON": ("5", SOON)})
    order = an_order_of(market, (product_id, "4"))
    order.ship("4")
    order.settle("3")
    assert picked(order) == [(1, "IN", "SOON", 1), (1, None, None, 2)]


@pytest.mark.parametrize(
    ("entries", "leaving", "scanned"),
    [
        (["L-1"], 7, [("L-1", 7)]),
        (["L-1", "L 2"], 2, [("L-1", 1), ("L 2", 1)]),
        (["L-1 × 3", "N/A-1 x 4", "Lx5 * 2"], 9, [("L-1", 3), ("N/A-1", 4), ("Lx5", 2)]),
    ],
)
def test_read_what_was_scanned(entries: list[str], leaving: int, scanned: list[tuple[str, int]]) -> None:
    found = read_scanned(entries, Decimal(leaving), field="from")
    assert found == [Scanned(code, Decimal(quantity)) for code, quantity in scanned]


@pytest.mark.parametrize("entry", ["L-1 × 0", "L-1 x 1.2.3", "A × 9z"])
def test_read_what_nobody_means_is_asked_again(entry: str) -> None:
    with pytest.raises(Invalid):
        read_scanned([entry], Decimal(5), field="from")


def leaving(order: TradedOrder, quantity: str, *scanned: str) -> dict[str, str]:
    line_id = order.lines[0].order_line_id
    return {
        f"line-{line_id}": quantity,
        f"from-{line_id}": "\r\n".join(scanned),
        "carrier": "Geodis",
        "expected_on": (clock.today() + timedelta(days=2)).isoformat(),
        "request_id": "01920000-0000-7000-8000-000000000001",
    }


def test_ship_what_was_scanned_and_recall_finds_who_got_it(browser: FlaskClient, market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"SOON": ("5", SOON), "LATER": ("5", LATER)})
    order = an_order_of(market, (product_id, "6"))
    warehouse = market.sign_in(browser, market.bolt, "warehouse")
    assert "SOON" in warehouse.get(f"/shipping/{order.id}/ship").text
    answer = warehouse.post(f"/shipping/{order.id}/ship", data=leaving(order, "5", "LATER × 3", "SOON × 2"))
    assert answer.status_code == 303
    with market.bolt.reading("warehouse"):
        left = {batch.number: batch for batch in batches_of(product_id).rows}
        sent = [(s.shipment.order_number, -s.movement.on_hand_change) for s in recall(left["LATER"].id).rows]
    assert {number: batch.on_hand for number, batch in left.items()} == {"SOON": 3, "LATER": 2}
    assert sent == [("PO-1", 3)]
    page = warehouse.get(f"/shipping/recall/{left['LATER'].id}").text
    assert "Acme Industrie" in page
    assert "Site Acme" in page


@pytest.mark.parametrize(
    ("scanned", "status", "sentence"),
    [
        (["NOBODY"], 422, "neither a bin nor a number"),
        (["SOON × 2"], 422, "does not add up"),
        (["SOON × 6"], 409, "lies there, or may be taken"),
        (["OTHER"], 422, "neither a bin nor a number"),
    ],
)
def test_ship_what_cannot_have_been_taken_is_asked_again(
    browser: FlaskClient, market: Cast, scanned: list[str], status: int, sentence: str
) -> None:
    product_id = a_product_in_batches(market.bolt, {"SOON": ("5", SOON), "LATER": ("5", LATER)})
    a_product_in_batches(market.bolt, {"OTHER": ("5", None)})
    order = an_order_of(market, (product_id, "6"))
    warehouse = market.sign_in(browser, market.bolt, "warehouse")
    answer = warehouse.post(f"/shipping/{order.id}/ship", data=leaving(order, "6", *scanned))
    assert answer.status_code == status
    assert sentence in answer.text
    assert scanned[0] in answer.text


def test_ship_serial_numbers_as_they_are_scanned(market: Cast, browser: FlaskClient) -> None:
    pieces = {f"S{n}": ("1", None) for n in range(4)}
    product_id = a_product_in_batches(market.bolt, pieces, tracking=Tracking.SERIAL)
    order = an_order_of(market, (product_id, "2"))
    warehouse = market.sign_in(browser, market.bolt, "warehouse")
    assert (
        warehouse.post(f"/shipping/{order.id}/ship", data=leaving(order, "2", "S3", "S1")).status_code == 303
    )
    assert set(places_of(market.bolt, product_id)) == {"IN S0", "IN S2"}


def test_recall_of_another_sellers_batch_is_not_there(browser: FlaskClient, market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"SOON": ("5", SOON)})
    batch_id = places_of(market.bolt, product_id)["IN SOON"].batch_id
    market.sign_in(browser, market.pry, "warehouse")
    assert browser.get(f"/shipping/recall/{batch_id}").status_code == 404
    assert browser.get(f"/stock/batches/{batch_id}").status_code == 404
