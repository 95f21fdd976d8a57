"""Is it known where each piece lies, of which batch it is, and what may not be sold?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.foundation.clock import clock_at
from marketplace.foundation.errors import Invalid
from marketplace.sellers.stock.actions import (
    Paper,
    StockLine,
    clear_stock,
    consume_reservation,
    count_from_file,
    count_stock,
    hold_stock,
    move_stock,
    receive_stock,
    scrap_stock,
    shelve_stock,
    track_stock,
)
from marketplace.sellers.stock.doors import NotThere, OutOfStock, StillPromised
from marketplace.sellers.stock.findings import place_findings, stock_findings
from marketplace.sellers.stock.models import StockMovement, Tracking
from marketplace.sellers.stock.promises import available
from marketplace.sellers.stock.queries import ShelfRow, home_bin, picks, shelf
from tests.cast import Cast
from tests.factories.stock import (
    a_product_in_batches,
    a_reservation,
    a_stocked_product,
    places_of,
    some_bins,
)

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)
TODAY = NOON.date()
SOON, LATER = TODAY + timedelta(days=1), TODAY + timedelta(days=30)
ALL_DAY = clock_at(NOON)


def left(market: Cast, product_id: UUID) -> Decimal:
    with market.acme.reading("requester"):
        return available([product_id])[product_id]


def level(market: Cast, product_id: UUID) -> ShelfRow:
    with market.bolt.reading("warehouse"):
        return shelf(product_id)


def proposal(market: Cast, holder_id: UUID, product_id: UUID, quantity: str) -> list[tuple[str, Decimal]]:
    names = {(p.bin_id, p.batch_id): name for name, p in places_of(market.bolt, product_id).items()}
    with market.bolt.reading("warehouse"):
        found = picks(holder_id, {product_id: Decimal(quantity)}).get(product_id, [])
        return [(names[pick.bin_id, pick.batch_id], pick.quantity) for pick in found]


def nothing_disagrees(market: Cast) -> bool:
    with market.platform():
        return (stock_findings(), place_findings()) == ([], [])


@ALL_DAY
def test_picks_take_first_what_expires_first(market: Cast) -> None:
    batches = {"NEVER": ("5", None), "LATER": ("5", LATER), "SOON": ("5", SOON)}
    product_id = a_product_in_batches(market.bolt, batches)
    holder_id = a_reservation(market.acme, product_id, "12")
    expected = [("IN SOON", 5), ("IN LATER", 5), ("IN NEVER", 2)]
    assert proposal(market, holder_id, product_id, "12") == expected


@ALL_DAY
def test_picks_of_two_orders_never_name_the_same_piece(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"SOON": ("5", SOON), "LATER": ("5", LATER)})
    first, second = (a_reservation(market.acme, product_id, quantity) for quantity in ("3", "4"))
    assert proposal(market, first, product_id, "3") == [("IN SOON", 3)]
    assert proposal(market, second, product_id, "4") == [("IN SOON", 2), ("IN LATER", 2)]
    assert proposal(market, uuid4(), product_id, "9") == [("IN LATER", 3)]


@ALL_DAY
def test_picks_go_along_the_way_and_to_the_first_warehouse_first(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="0")
    second = some_bins(market.bolt, "A-1", warehouse="S", position=2)
    first = some_bins(market.bolt, "A-10", "A-2", warehouse="N", position=1)
    for bin_id in (second["A-1"], first["A-10"], first["A-2"]):
        with market.bolt.at_work("warehouse"):
            receive_stock(product_id=product_id, quantity=Decimal(2), bin_id=bin_id)
    assert proposal(market, uuid4(), product_id, "6") == [("A-2", 2), ("A-10", 2), ("A-1", 2)]


def test_what_has_expired_is_neither_available_nor_proposed_nor_shipped(market: Cast) -> None:
    with clock_at(NOON):
        product_id = a_product_in_batches(market.bolt, {"SOON": ("5", SOON), "LATER": ("5", LATER)})
        assert left(market, product_id) == 10
    with clock_at(NOON + timedelta(days=1)):
        assert left(market, product_id) == 10, "it is good until the end of that day"
    with clock_at(NOON + timedelta(days=2)):
        assert left(market, product_id) == 5
        assert level(market, product_id).expired == 5
        assert proposal(market, uuid4(), product_id, "10") == [("IN LATER", 5)]
        with pytest.raises(OutOfStock):
            a_reservation(market.acme, product_id, "6")
        holder_id = a_reservation(market.acme, product_id, "5")
        place = places_of(market.bolt, product_id)["IN SOON"]
        lines = [StockLine(product_id, Decimal(1), place.bin_id, place.batch_id)]
        with pytest.raises(NotThere), market.bolt.at_work("warehouse"):
            consume_reservation(holder_id=holder_id, lines=lines)


@ALL_DAY
def test_what_is_promised_and_then_expires_is_shown_as_short(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"SOON": ("5", SOON), "LATER": ("5", LATER)})
    holder_id = a_reservation(market.acme, product_id, "8")
    with clock_at(NOON + timedelta(days=2)):
        assert (level(market, product_id).available, level(market, product_id).short) == (0, 3)
        with pytest.raises(OutOfStock), market.bolt.at_work("warehouse"):
            consume_reservation(holder_id=holder_id, lines=[StockLine(product_id, Decimal(8))])
        with market.bolt.at_work("warehouse"):
            consume_reservation(holder_id=holder_id, lines=[StockLine(product_id, Decimal(5))])
    assert nothing_disagrees(market)


@ALL_DAY
def test_ship_names_the_batches_and_the_paper_in_the_movements(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"SOON": ("5", SOON), "LATER": ("5", LATER)})
    holder_id, paper = a_reservation(market.acme, product_id, "7"), Paper(uuid4(), "DN-7")
    with market.bolt.at_work("warehouse") as work:
        consume_reservation(holder_id=holder_id, lines=[StockLine(product_id, Decimal(7))], paper=paper)
        rows = work.scalars(select(StockMovement).where(StockMovement.kind == "shipment")).all()
    assert [(row.on_hand_change, row.reserved_change) for row in rows] == [(-5, -5), (-2, -2)]
    assert {(row.document, row.cause_id, row.buyer_id, row.person_id) for row in rows} == {
        ("DN-7", paper.id, market.acme.id, market.bolt.people["warehouse"])
    }
    assert len({row.batch_id for row in rows}) == 2
    assert nothing_disagrees(market)


@ALL_DAY
def test_ship_from_a_named_batch_takes_it_whoever_it_was_proposed_to(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"SOON": ("5", SOON), "LATER": ("5", LATER)})
    holder_id = a_reservation(market.acme, product_id, "4")
    place = places_of(market.bolt, product_id)["IN LATER"]
    lines = [StockLine(product_id, Decimal(3), batch_id=place.batch_id), StockLine(product_id, Decimal(1))]
    with market.bolt.at_work("warehouse"):
        consume_reservation(holder_id=holder_id, lines=lines)
    assert proposal(market, uuid4(), product_id, "9") == [("IN SOON", 4), ("IN LATER", 2)]
    assert nothing_disagrees(market)


@ALL_DAY
def test_hold_takes_goods_off_sale_and_clear_gives_them_back(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"L1": ("6", None), "L2": ("4", None)})
    place = places_of(market.bolt, product_id)["IN L1"]
    with market.bolt.at_work("warehouse"):
        hold_stock(place=place, reason="Odeur")
    assert (left(market, product_id), level(market, product_id).held) == (4, 6)
    with pytest.raises(OutOfStock):
        a_reservation(market.acme, product_id, "5")
    with market.bolt.at_work("warehouse"):
        clear_stock(place=place, quantity=Decimal(2))
    assert (left(market, product_id), level(market, product_id).held) == (6, 4)
    with pytest.raises(NotThere), market.bolt.at_work("warehouse"):
        clear_stock(place=place, quantity=Decimal(5))
    assert nothing_disagrees(market)


@ALL_DAY
def test_hold_what_is_promised_is_possible_and_promises_nothing_more(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    holder_id = a_reservation(market.acme, product_id, "8")
    with market.bolt.at_work("warehouse"):
        hold_stock(
            place=places_of(market.bolt, product_id)["IN"], reason="Rappel du fabricant", quantity=Decimal(5)
        )
    assert (left(market, product_id), level(market, product_id).short) == (0, 3)
    with pytest.raises(OutOfStock), market.bolt.at_work("warehouse"):
        consume_reservation(holder_id=holder_id, lines=[StockLine(product_id, Decimal(6))])


@ALL_DAY
def test_scrap_takes_what_is_held_first_and_never_what_is_promised(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    place = places_of(market.bolt, product_id)["IN"]
    a_reservation(market.acme, product_id, "6")
    with market.bolt.at_work("warehouse"):
        hold_stock(place=place, reason="Casse", quantity=Decimal(3))
        scrap_stock(place=place, reason="Casse", quantity=Decimal(4))
    assert (level(market, product_id).on_hand, level(market, product_id).held) == (6, 0)
    with pytest.raises(StillPromised), market.bolt.at_work("warehouse"):
        scrap_stock(place=place, reason="Casse", quantity=Decimal(1))
    assert nothing_disagrees(market)


@ALL_DAY
def test_move_brings_goods_and_their_hold_to_another_warehouse(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"L1": ("10", SOON)})
    place, goal = places_of(market.bolt, product_id)["IN L1"], some_bins(market.bolt, "B-1", warehouse="S")
    a_reservation(market.acme, product_id, "10")
    with market.bolt.at_work("warehouse"):
        hold_stock(place=place, reason="Contrôle", quantity=Decimal(3))
        move_stock(place=place, to_bin_id=goal["B-1"], quantity=Decimal(8), reason="Rangement")
    assert set(places_of(market.bolt, product_id)) == {"IN L1", "B-1 L1"}
    assert (level(market, product_id).on_hand, level(market, product_id).held) == (10, 3)
    with pytest.raises(NotThere), market.bolt.at_work("warehouse"):
        move_stock(place=place, to_bin_id=goal["B-1"], quantity=Decimal(3))
    assert nothing_disagrees(market)


@ALL_DAY
def test_move_to_a_bin_of_somebody_else_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    place, theirs = places_of(market.bolt, product_id)["IN"], some_bins(market.pry, "P-1")["P-1"]
    with pytest.raises(IntegrityError), market.bolt.at_work("warehouse"):
        move_stock(place=place, to_bin_id=theirs)
    with pytest.raises(IntegrityError, match="not yours"), market.bolt.at_work("warehouse"):
        receive_stock(product_id=product_id, quantity=Decimal(1), bin_id=theirs)


@ALL_DAY
def test_deeds_on_goods_of_somebody_else_are_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    place = places_of(market.bolt, product_id)["IN"]
    for deed in (hold_stock, scrap_stock):
        with pytest.raises(IntegrityError, match="not yours"), market.pry.at_work("warehouse"):
            deed(place=place, reason="x", quantity=Decimal(1))
    with pytest.raises(IntegrityError, match="not yours"), market.pry.at_work("warehouse"):
        move_stock(place=place, to_bin_id=some_bins(market.pry, "P-1")["P-1"])
    with pytest.raises(IntegrityError, match="not yours"), market.pry.at_work("warehouse"):
        track_stock(product_id=product_id, tracking=Tracking.BATCH)


@ALL_DAY
def test_a_serial_number_is_one_piece_and_comes_in_once(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="0")
    with market.bolt.at_work("warehouse"):
        track_stock(product_id=product_id, tracking=Tracking.SERIAL)
        receive_stock(product_id=product_id, quantity=Decimal(3), numbers=["S1", "S2", "S3"])
    for quantity, numbers in ((1, ["S1"]), (2, ["S4"])):
        with pytest.raises(IntegrityError, match="serial_is_one"), market.bolt.at_work("warehouse"):
            receive_stock(product_id=product_id, quantity=Decimal(quantity), numbers=numbers)
    for quantity, numbers in ((3, ["S5", "S6"]), (2, ["S5", "S5"])):
        with pytest.raises(Invalid), market.bolt.at_work("warehouse"):
            receive_stock(product_id=product_id, quantity=Decimal(quantity), numbers=numbers)
    assert level(market, product_id).on_hand == 3


@ALL_DAY
def test_a_serial_number_that_was_shipped_may_come_back(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"S1": ("1", None)}, tracking=Tracking.SERIAL)
    holder_id = a_reservation(market.acme, product_id, "1")
    with market.bolt.at_work("warehouse"):
        consume_reservation(holder_id=holder_id, lines=[StockLine(product_id, Decimal(1))])
        receive_stock(
            product_id=product_id, quantity=Decimal(1), numbers=["S1"], is_return=True, is_held=True
        )
    assert (level(market, product_id).on_hand, left(market, product_id)) == (1, 0)
    assert nothing_disagrees(market)


@ALL_DAY
def test_numbers_are_asked_for_where_they_are_kept_and_only_there(market: Cast) -> None:
    tracked, plain = a_product_in_batches(market.bolt, {"L1": ("1", SOON)}), a_stocked_product(market.bolt)
    with pytest.raises(IntegrityError, match="bears batch"), market.bolt.at_work("warehouse"):
        receive_stock(product_id=tracked, quantity=Decimal(1))
    with pytest.raises(IntegrityError, match="bears none"), market.bolt.at_work("warehouse"):
        receive_stock(product_id=plain, quantity=Decimal(1), numbers=["L1"])
    with pytest.raises(IntegrityError, match="expires once"), market.bolt.at_work("warehouse"):
        receive_stock(product_id=tracked, quantity=Decimal(1), numbers=["L1"], expires_on=LATER)
    with market.bolt.at_work("warehouse"):
        receive_stock(product_id=tracked, quantity=Decimal(1), numbers=["L1"])
    with pytest.raises(IntegrityError, match="on hand"), market.bolt.at_work("warehouse"):
        track_stock(product_id=plain, tracking=Tracking.BATCH)


@ALL_DAY
def test_count_is_of_one_place(market: Cast) -> None:
    product_id = a_product_in_batches(market.bolt, {"L1": ("5", None), "L2": ("5", None)})
    place = places_of(market.bolt, product_id)["IN L2"]
    with pytest.raises(IntegrityError, match="several places"), market.bolt.at_work("warehouse"):
        count_stock(product_id=product_id, counted=Decimal(9), reason="Inventaire")
    with market.bolt.at_work("warehouse"):
        hold_stock(place=place, reason="Contrôle", quantity=Decimal(4))
        spot = {"bin_id": place.bin_id, "batch_id": place.batch_id}
        count_stock(product_id=product_id, counted=Decimal(2), reason="Inventaire", **spot)
    assert (level(market, product_id).on_hand, level(market, product_id).held) == (7, 2)
    assert nothing_disagrees(market)


@ALL_DAY
def test_count_from_a_file_takes_from_what_would_be_fetched_last(market: Cast) -> None:
    bins, product_id = some_bins(market.bolt, "A-1", "A-2"), a_stocked_product(market.bolt, stock="0")
    tracked = a_product_in_batches(market.bolt, {"L1": ("5", None)})
    with market.bolt.at_work("warehouse"):
        for bin_id in bins.values():
            receive_stock(product_id=product_id, quantity=Decimal(5), bin_id=bin_id)
    for counted, expected in (("7", {"A-1": 5, "A-2": 2}), ("3", {"A-1": 3}), ("8", {"A-1": 8})):
        with market.bolt.automatically():
            count_from_file(counts={product_id: Decimal(counted), tracked: Decimal(9)}, reason="Import")
        assert dict(proposal(market, uuid4(), product_id, "20")) == expected
    assert level(market, tracked).on_hand == 5
    with market.bolt.automatically():
        count_from_file(counts={tracked: Decimal(2)}, reason="Import")
    assert level(market, tracked).on_hand == 2
    assert nothing_disagrees(market)


@ALL_DAY
def test_shelve_moves_what_lies_there_and_what_comes_in_follows(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="4")
    a_reservation(market.acme, product_id, "4")
    with market.bolt.at_work("warehouse"):
        shelve_stock(product_id=product_id, bin="c-7")
        receive_stock(product_id=product_id, quantity=Decimal(3))
    assert set(places_of(market.bolt, product_id)) == {"C-7"}
    with market.bolt.at_work("warehouse"):
        shelve_stock(product_id=product_id, bin=None)
        assert home_bin(product_id) is None
    assert level(market, product_id).on_hand == 7
    assert nothing_disagrees(market)
