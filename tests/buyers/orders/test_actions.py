"""Do orders come about, get answered and end as they should?"""

from tests.cast import Cast
from tests.factories.orders import a_placed_order


def test_place_orders_of_an_approved_requisition_freezes_its_prices(market: Cast) -> None:
    placed = a_placed_order(market, "3", "2")
    assert placed.number == "PO-2026-00001"
