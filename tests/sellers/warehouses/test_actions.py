"""Do warehouses and bins stand in their order, and stay while goods lie in them?"""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.foundation.errors import Invalid, NotFound
from marketplace.sellers.stock.actions import move_stock, receive_stock
from marketplace.sellers.warehouses.actions import (
    add_bins,
    close_bin,
    close_warehouse,
    open_warehouse,
    reopen_warehouse,
)
from marketplace.sellers.warehouses.queries import bin_typed, bins_of, warehouses
from tests.cast import Cast
from tests.factories.stock import a_stocked_product, places_of, some_bins


def test_open_gives_a_bin_where_goods_come_in(market: Cast) -> None:
    with market.bolt.at_work("warehouse"):
        row = open_warehouse(code="lyo", name="Lyon", site_id=market.bolt.sites[0])
        assert [bin.code for bin in bins_of(row.id).rows] == ["IN"]
        assert [
            (found.warehouse.code, found.site and found.site.city, found.bins) for found in warehouses()
        ] == [("LYO", "Lyon", 1)]


def test_open_at_a_site_of_somebody_else_is_refused(market: Cast) -> None:
    with pytest.raises(NotFound), market.bolt.at_work("warehouse"):
        open_warehouse(code="X", name="X", site_id=market.pry.sites[0])
    some_bins(market.bolt, "A-1")
    with pytest.raises(IntegrityError, match="site_id"), market.bolt.at_work("warehouse") as work:
        work.execute(text("update warehouses set site_id = :site"), {"site": market.pry.sites[0]})


def test_bins_stand_in_the_order_in_which_one_walks(market: Cast) -> None:
    some_bins(market.bolt, "B-1", "A-10", "a-2", "A-2-B", "A-2-A")
    with market.bolt.reading("warehouse"):
        place = warehouses()[0].warehouse
        assert [bin.code for bin in bins_of(place.id).rows] == ["A-2", "A-2-A", "A-2-B", "A-10", "B-1", "IN"]


def test_add_a_series_adds_each_bin_once(market: Cast) -> None:
    with market.bolt.at_work("warehouse"):
        place = open_warehouse(code="N", name="Nord")
        assert len(add_bins(warehouse_id=place.id, first="A-1", last="A-12")) == 12
        assert len(add_bins(warehouse_id=place.id, first="A-10", last="A-14")) == 5
        assert len(bins_of(place.id).rows) == 15
        with pytest.raises(Invalid):
            add_bins(warehouse_id=place.id, first="A-1", last="Z-1")


def test_close_a_bin_waits_until_it_is_empty(market: Cast) -> None:
    bins, product_id = some_bins(market.bolt, "A-1", "A-2"), a_stocked_product(market.bolt, stock="0")
    with market.bolt.at_work("warehouse"):
        receive_stock(product_id=product_id, quantity=Decimal(3), bin_id=bins["A-1"])
    with pytest.raises(IntegrityError, match="not empty"), market.bolt.at_work("warehouse"):
        close_bin(bin_id=bins["A-1"])
    with market.bolt.at_work("warehouse"):
        move_stock(place=places_of(market.bolt, product_id)["A-1"], to_bin_id=bins["A-2"])
        close_bin(bin_id=bins["A-1"])
    with pytest.raises(IntegrityError, match="closed"), market.bolt.at_work("warehouse"):
        receive_stock(product_id=product_id, quantity=Decimal(3), bin_id=bins["A-1"])


def test_close_the_bin_where_goods_come_in_is_refused(market: Cast) -> None:
    with market.bolt.at_work("warehouse"):
        place = open_warehouse(code="N", name="Nord")
        goods_in = bins_of(place.id).rows[0]
    with pytest.raises(IntegrityError, match="come in"), market.bolt.at_work("warehouse"):
        close_bin(bin_id=goods_in.id)


def test_close_a_warehouse_waits_until_it_is_empty(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="3")
    with market.bolt.reading("warehouse"):
        place = warehouses()[0].warehouse
    with pytest.raises(IntegrityError, match="not empty"), market.bolt.at_work("warehouse"):
        close_warehouse(warehouse_id=place.id)
    other = some_bins(market.bolt, "B-1")
    with market.bolt.at_work("warehouse"):
        move_stock(place=places_of(market.bolt, product_id)["IN"], to_bin_id=other["B-1"])
        close_warehouse(warehouse_id=place.id)
        reopen_warehouse(warehouse_id=place.id)


def test_the_first_goods_open_the_first_warehouse_at_the_first_site(market: Cast) -> None:
    a_stocked_product(market.bolt, stock="3")
    a_stocked_product(market.bolt, stock="3")
    with market.bolt.reading("warehouse"):
        assert [(found.warehouse.name, found.warehouse.site_id) for found in warehouses()] == [
            ("Site Bolt Fournitures", market.bolt.sites[0])
        ]


@pytest.mark.usefixtures("speaking")
def test_a_bin_is_found_by_its_name_with_or_without_its_warehouse(market: Cast) -> None:
    first = some_bins(market.bolt, "A-1", "B-1", warehouse="N")
    second = some_bins(market.bolt, "A-1", warehouse="S", position=2)
    with market.bolt.reading("warehouse"):
        assert bin_typed(" n/a-1").id == first["A-1"]
        assert bin_typed("S/A-1").id == second["A-1"]
        assert bin_typed("b-1").id == first["B-1"]
        for typed, sentence in (("A-1", "N/A-1 / S/A-1"), ("Z-9", "no open bin"), ("S/B-1", "no open bin")):
            with pytest.raises(Invalid, match=sentence):
                bin_typed(typed)


WRITES = (
    "insert into bins (id, warehouse_id, organisation_id, code, path, is_goods_in, is_active)"
    " select uuidv7(), w.id, '{pry}', 'X', '', false, true from (select '{warehouse}'::uuid as id) w",
    "update bins set path = 'Z'",
    "update bins set is_goods_in = false",
    "delete from bins",
    "delete from warehouses",
)


@pytest.mark.parametrize("statement", WRITES)
def test_write_places_by_hand_is_refused(market: Cast, statement: str) -> None:
    some_bins(market.bolt, "A-1")
    with market.bolt.reading("warehouse"):
        place = warehouses()[0].warehouse
    named = statement.format(pry=market.pry.id, warehouse=place.id)
    with pytest.raises(DBAPIError), market.pry.at_work("administrator") as work:
        work.execute(text(named))
