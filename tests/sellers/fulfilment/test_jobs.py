"""Are the papers drawn up once, and also after a crash?"""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.events.sellers import GoodsShipped
from marketplace.foundation import clock
from marketplace.foundation.background import run_waiting
from marketplace.foundation.clock import clock_at
from marketplace.foundation.files import StoredFile
from marketplace.sellers.fulfilment import parcels, reactions
from marketplace.sellers.fulfilment.actions import ask_for_pick_list
from marketplace.sellers.fulfilment.jobs import (
    draw_up_missing_papers,
    draw_up_packing_slip,
    draw_up_pick_list,
)
from marketplace.sellers.fulfilment.models import FulfilmentOrder, Shipment
from tests.cast import Cast
from tests.factories.fulfilment import an_order_to_ship

pytestmark = pytest.mark.usefixtures("speaking")


def papers(market: Cast) -> int:
    with market.platform() as work:
        return work.scalar(select(func.count()).select_from(StoredFile)) or 0


def notice(shipment: Shipment) -> GoodsShipped:
    return parcels.goods_shipped(shipment, [])


def test_draw_up_a_packing_slip_twice_files_it_once_with_both_parties(market: Cast) -> None:
    shipment = an_order_to_ship(market, "10").ship("4")
    for _ in range(2):
        draw_up_packing_slip(shipment_id=shipment.id, seller_id=market.bolt.id)
    assert papers(market) == 1
    for party, role in ((market.bolt, "warehouse"), (market.acme, "receiver")):
        with party.reading(role) as work:
            assert work.scalars(select(StoredFile)).one().name == f"{shipment.number}.pdf"


def test_hear_of_goods_that_left_has_the_packing_slip_drawn_up(market: Cast) -> None:
    shipment = an_order_to_ship(market, "10").ship("4")
    with market.bolt.automatically():
        reactions.order_packing_slip(notice(shipment))
    run_waiting()
    assert papers(market) == 1


def test_draw_up_a_pick_list_that_nobody_waits_for_files_nothing(market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    draw_up_pick_list(order_id=order.id, seller_id=market.bolt.id)
    assert papers(market) == 0


def test_pick_list_is_seen_by_its_seller_alone_and_overtaken_by_a_shipment(market: Cast) -> None:
    order = an_order_to_ship(market, "10")
    with market.bolt.at_work("warehouse"):
        ask_for_pick_list(order_id=order.id)
    draw_up_pick_list(order_id=order.id, seller_id=market.bolt.id)
    with market.acme.reading("receiver") as work:
        assert work.scalars(select(StoredFile)).all() == []
    order.ship("3")
    with market.bolt.reading("warehouse") as work:
        assert work.scalars(select(FulfilmentOrder)).one().pick_list_file_id is None


def test_draw_up_missing_papers_finds_what_a_crash_left(market: Cast) -> None:
    with clock_at(clock.now() - timedelta(minutes=5)):
        order = an_order_to_ship(market, "10")
        order.ship("4")
        with market.bolt.at_work("warehouse"):
            ask_for_pick_list(order_id=order.id)
    assert draw_up_missing_papers() == 2
    run_waiting()
    assert papers(market) == 2
    assert draw_up_missing_papers() == 0
