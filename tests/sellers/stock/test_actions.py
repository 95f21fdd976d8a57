"""Is stock never promised twice, whoever asks for it?"""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.quantity import WrongQuantity
from marketplace.sellers.stock.actions import (
    Paper,
    StockLine,
    change_reservation,
    consume_reservation,
    count_from_file,
    count_stock,
    hand_over_reservation,
    receive_stock,
    release_reservation,
    reserve_stock,
    shelve_stock,
)
from marketplace.sellers.stock.doors import OutOfStock, ReservationLost, StillPromised
from marketplace.sellers.stock.findings import stock_findings
from marketplace.sellers.stock.models import Reservation, StockLevel, StockMovement
from marketplace.sellers.stock.promises import available
from marketplace.sellers.warehouses.models import Bin
from tests.cast import Cast, Party
from tests.factories.stock import a_reservation, a_stocked_product

HOUR = timedelta(hours=1)


def line(product_id: UUID, quantity: str) -> StockLine:
    return StockLine(product_id, Decimal(quantity))


def level(seller: Party, product_id: UUID) -> tuple[Decimal, Decimal]:
    with seller.reading("warehouse") as work:
        row = work.scalars(select(StockLevel).where(StockLevel.product_id == product_id)).one()
        return row.on_hand, row.reserved


def kinds(seller: Party, product_id: UUID) -> list[str]:
    with seller.reading("warehouse") as work:
        rows = select(StockMovement.kind).where(StockMovement.product_id == product_id)
        return list(work.scalars(rows.order_by(StockMovement.id)))


def reserve(buyer: Party, product_id: UUID, quantity: str, holder_id: UUID | None = None) -> UUID:
    return a_reservation(buyer, product_id, quantity, holder_id=holder_id)


def seen(buyer: Party, product_id: UUID) -> Decimal | None:
    with buyer.reading("requester"):
        return available([product_id]).get(product_id)


def nothing_disagrees(market: Cast) -> bool:
    with market.platform():
        return stock_findings() == []


def test_receive_goods_raises_the_level_and_writes_a_movement(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    assert level(market.bolt, product_id) == (10, 0)
    assert kinds(market.bolt, product_id) == ["receipt"]
    assert seen(market.acme, product_id) == 10


def test_receive_a_return_says_so(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="0")
    with market.bolt.at_work("warehouse"):
        receive_stock(product_id=product_id, quantity=Decimal("2"), is_return=True)
    assert kinds(market.bolt, product_id) == ["return"]


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "0.00001", "2000000000"])
def test_receive_a_quantity_that_is_none_is_refused(market: Cast, quantity: str) -> None:
    product_id = a_stocked_product(market.bolt)
    with pytest.raises(WrongQuantity), market.bolt.at_work("warehouse"):
        receive_stock(product_id=product_id, quantity=Decimal(quantity))


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity"])
def test_reserve_a_quantity_that_is_none_is_refused(market: Cast, quantity: str) -> None:
    product_id = a_stocked_product(market.bolt)
    with pytest.raises(IntegrityError, match="positive"):
        reserve(market.acme, product_id, quantity)


def test_receive_goods_of_another_seller_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    with pytest.raises(IntegrityError, match="not yours"), market.pry.at_work("warehouse"):
        receive_stock(product_id=product_id, quantity=Decimal(1))


@pytest.mark.parametrize(
    "call",
    [
        "receive_stock(:id, null, '{NaN}', '{null}', '{null}', false, false, null, '', '', now())",
        "count_stock(:id, null, null, 'NaN', '', now(), current_date)",
        "count_products(array[cast(:id as uuid)], '{NaN}', '', now())",
        "handle_stock('scrap', :id, null, null, 'NaN', 'x', now(), current_date)",
        "move_stock(:id, null, null, null, 'NaN', null, '', '', now(), current_date)",
    ],
)
def test_knock_with_a_quantity_that_is_none_is_refused_by_the_door(market: Cast, call: str) -> None:
    product_id = a_stocked_product(market.bolt)
    with pytest.raises(IntegrityError, match="finite"), market.bolt.at_work("warehouse") as work:
        work.execute(text(f"select doors.{call}"), {"id": product_id})


def test_reserve_within_the_level_keeps_the_goods(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    reserve(market.acme, product_id, "4")
    assert level(market.bolt, product_id) == (10, 4)
    assert seen(market.nosy, product_id) == 6
    assert nothing_disagrees(market)


def test_reserve_the_same_product_twice_in_one_document_adds_up(market: Cast) -> None:
    product_id, holder_id = a_stocked_product(market.bolt, stock="10"), uuid4()
    with market.acme.at_work("requester"):
        reserve_stock(
            holder_id=holder_id, lines=[line(product_id, "3"), line(product_id, "2")], expires_at=None
        )
    reserve(market.acme, product_id, "1", holder_id)
    assert level(market.bolt, product_id) == (10, 6)
    assert nothing_disagrees(market)


def test_reserve_more_than_there_is_names_the_product_and_keeps_nothing(market: Cast, speaking: None) -> None:
    plenty = a_stocked_product(market.bolt, stock="10")
    scarce = a_stocked_product(market.crown, stock="2", sku="RARE")
    wanted = [line(plenty, "1"), line(scarce, "3")]
    with (
        pytest.raises(OutOfStock, match="Only 2 of “Article RARE”") as refusal,
        market.acme.at_work("requester"),
    ):
        reserve_stock(holder_id=uuid4(), lines=wanted, expires_at=None)
    assert refusal.value.product_id == scarce
    assert refusal.value.available == 2
    assert level(market.bolt, plenty) == (10, 0)


def test_reserve_a_product_never_received_is_out_of_stock(market: Cast) -> None:
    with pytest.raises(OutOfStock):
        reserve(market.acme, a_stocked_product(market.bolt, stock="0"), "1")


def test_reserve_a_product_that_is_not_stocked_passes_through(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="0", is_stocked=False)
    holder_id = reserve(market.acme, product_id, "500")
    assert seen(market.acme, product_id) is None
    with market.acme.at_work("requester"):
        hand_over_reservation(holder_id=holder_id, new_holder_id=uuid4(), product_ids=[product_id])


def test_reserve_a_product_kept_for_another_buyer_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, visible_to_id=market.acme.id)
    with pytest.raises(IntegrityError, match="cannot be reserved"):
        reserve(market.nosy, product_id, "1")
    assert seen(market.nosy, product_id) is None
    assert seen(market.acme, product_id) == 10


def test_reserve_under_the_document_of_another_buyer_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, product_id, "1")
    with pytest.raises(IntegrityError, match="cannot be reserved"):
        reserve(market.nosy, product_id, "1", holder_id)


def test_release_gives_the_goods_back(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, product_id, "4")
    with market.acme.at_work("requester"):
        release_reservation(holder_id=holder_id)
        release_reservation(holder_id=holder_id)
    assert level(market.bolt, product_id) == (10, 0)
    assert kinds(market.bolt, product_id) == ["receipt", "reservation", "release"]
    assert nothing_disagrees(market)


def test_release_by_a_stranger_changes_nothing(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, product_id, "4")
    for stranger, role in ((market.nosy, "requester"), (market.pry, "warehouse")):
        with stranger.at_work(role):
            release_reservation(holder_id=holder_id)
    assert level(market.bolt, product_id) == (10, 4)


def test_release_by_the_seller_is_for_orders_only(market: Cast) -> None:
    product_id, requisition_id, order_id = a_stocked_product(market.bolt), uuid4(), uuid4()
    with market.acme.at_work("requester"):
        reserve_stock(holder_id=requisition_id, lines=[line(product_id, "4")], expires_at=clock.now() + HOUR)
    with market.bolt.at_work("sales_desk"):
        release_reservation(holder_id=requisition_id)
    assert level(market.bolt, product_id) == (10, 4)
    with market.acme.at_work("requester"):
        hand_over_reservation(holder_id=requisition_id, new_holder_id=order_id, product_ids=[product_id])
    with market.bolt.at_work("sales_desk"):
        release_reservation(holder_id=order_id)
    assert level(market.bolt, product_id) == (10, 0)


def test_hand_over_what_has_been_freed_names_the_product(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, product_id, "4")
    with market.acme.at_work("requester"):
        release_reservation(holder_id=holder_id)
    with pytest.raises(ReservationLost) as refusal, market.acme.at_work("requester"):
        hand_over_reservation(holder_id=holder_id, new_holder_id=uuid4(), product_ids=[product_id])
    assert refusal.value.product_id == product_id


def test_hand_over_by_a_stranger_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, product_id, "4")
    with pytest.raises(ReservationLost), market.nosy.at_work("requester"):
        hand_over_reservation(holder_id=holder_id, new_holder_id=uuid4(), product_ids=[product_id])


def test_change_moves_every_line_to_its_new_quantity(market: Cast) -> None:
    more, less, gone, new = (a_stocked_product(market.bolt) for _ in range(4))
    holder_id = uuid4()
    with market.acme.at_work("requester"):
        wanted = [line(more, "2"), line(less, "5"), line(gone, "3")]
        reserve_stock(holder_id=holder_id, lines=wanted, expires_at=None)
        change_reservation(holder_id=holder_id, lines=[line(more, "6"), line(less, "1"), line(new, "7")])
    assert [level(market.bolt, p)[1] for p in (more, less, gone, new)] == [6, 1, 0, 7]
    assert nothing_disagrees(market)


def test_change_beyond_the_level_is_refused_as_a_whole(market: Cast) -> None:
    first, second = a_stocked_product(market.bolt), a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, first, "5")
    with pytest.raises(OutOfStock) as refusal, market.acme.at_work("requester"):
        change_reservation(holder_id=holder_id, lines=[line(first, "1"), line(second, "11")])
    assert refusal.value.product_id == second
    assert level(market.bolt, first) == (10, 5)


def test_change_to_nothing_releases_everything(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, product_id, "5")
    with market.acme.at_work("requester"):
        change_reservation(holder_id=holder_id, lines=[])
    assert level(market.bolt, product_id) == (10, 0)


def test_change_by_a_stranger_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, product_id, "5")
    with pytest.raises(IntegrityError, match="cannot be changed"), market.nosy.at_work("requester"):
        change_reservation(holder_id=holder_id, lines=[line(product_id, "1")])


def test_consume_in_parts_leaves_the_exact_remainder(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    holder_id = reserve(market.acme, product_id, "6")
    for quantity, expected in (("2", (8, 4)), ("4", (4, 0))):
        with market.bolt.at_work("warehouse"):
            consume_reservation(
                holder_id=holder_id, lines=[line(product_id, quantity)], paper=Paper(uuid4(), "DN-1")
            )
        assert level(market.bolt, product_id) == expected
    with market.acme.reading("requester") as work:
        assert work.scalars(select(Reservation)).one().status == "consumed"
    assert nothing_disagrees(market)


def test_consume_beyond_the_reservation_takes_what_is_free(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    holder_id = reserve(market.acme, product_id, "6")
    reserve(market.nosy, product_id, "3")
    with market.bolt.at_work("warehouse"):
        consume_reservation(holder_id=holder_id, lines=[line(product_id, "7")])
    assert level(market.bolt, product_id) == (3, 3)
    with pytest.raises(OutOfStock), market.bolt.at_work("warehouse"):
        consume_reservation(holder_id=holder_id, lines=[line(product_id, "1")])
    assert nothing_disagrees(market)


def test_consume_what_the_buyer_has_released_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, product_id, "6")
    with market.acme.at_work("requester"):
        release_reservation(holder_id=holder_id)
    with pytest.raises(ReservationLost), market.bolt.at_work("warehouse"):
        consume_reservation(holder_id=holder_id, lines=[line(product_id, "6")])


def test_consume_by_anybody_but_the_seller_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    holder_id = reserve(market.acme, product_id, "6")
    for stranger, role in ((market.pry, "warehouse"), (market.acme, "requester")):
        with pytest.raises(IntegrityError, match="not yours to ship"), stranger.at_work(role):
            consume_reservation(holder_id=holder_id, lines=[line(product_id, "6")])


def test_count_writes_the_difference_as_an_adjustment(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    with market.bolt.at_work("warehouse") as work:
        count_stock(product_id=product_id, counted=Decimal(7), reason="Inventaire")
        count_stock(product_id=product_id, counted=Decimal(7), reason="Inventaire")
        rows = work.scalars(select(StockMovement).order_by(StockMovement.id)).all()
    assert [(row.kind, row.on_hand_change, row.reason) for row in rows][1:] == [
        ("adjustment", -3, "Inventaire")
    ]
    assert rows[1].person_id == market.bolt.people["warehouse"]
    assert nothing_disagrees(market)


def test_count_below_what_is_promised_is_refused(market: Cast, speaking: None) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    reserve(market.acme, product_id, "6")
    with pytest.raises(StillPromised, match="6 of"), market.bolt.at_work("warehouse"):
        count_stock(product_id=product_id, counted=Decimal(5), reason="Inventaire")


def test_count_from_a_file_goes_down_to_what_is_promised_and_says_so(market: Cast) -> None:
    promised, other = a_stocked_product(market.bolt, stock="10"), a_stocked_product(market.bolt, stock="0")
    reserve(market.acme, promised, "6")
    for _ in range(2):
        with market.bolt.automatically():
            count_from_file(counts={promised: Decimal(4), other: Decimal(9)}, reason="Import")
    assert level(market.bolt, promised) == (6, 6)
    assert level(market.bolt, other) == (9, 0)
    with market.bolt.reading("warehouse") as work:
        rows = work.scalars(select(StockMovement.reason).where(StockMovement.kind == "adjustment"))
        assert sorted(rows) == ["Import", "Import (4 < 6.0000)"]
    assert nothing_disagrees(market)


def test_count_from_a_file_of_anothers_products_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt)
    with pytest.raises(IntegrityError, match="not yours"), market.pry.automatically():
        count_from_file(counts={product_id: Decimal(4)}, reason="Import")


def test_shelve_writes_the_bin(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="0")
    with market.bolt.at_work("warehouse") as work:
        shelve_stock(product_id=product_id, bin=" A-03 ")
        assert work.scalars(select(Bin.code).where(~Bin.is_goods_in)).one() == "A-03"


def test_reserve_takes_what_has_expired_from_another(market: Cast) -> None:
    product_id, start = a_stocked_product(market.bolt, stock="10"), clock.now() - 10 * HOUR
    with clock_at(start), market.acme.at_work("requester"):
        reserve_stock(holder_id=uuid4(), lines=[line(product_id, "10")], expires_at=start + HOUR)
    with clock_at(start + HOUR / 2), pytest.raises(OutOfStock):
        reserve(market.nosy, product_id, "1")
    with clock_at(start + HOUR):
        assert seen(market.nosy, product_id) == 10
        reserve(market.nosy, product_id, "8")
    assert level(market.bolt, product_id) == (10, 8)
    assert kinds(market.bolt, product_id) == ["receipt", "reservation", "expiry", "reservation"]
    assert nothing_disagrees(market)


def test_reserve_with_a_clock_that_runs_ahead_frees_nobodys_goods(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    with market.acme.at_work("requester"):
        reserve_stock(holder_id=uuid4(), lines=[line(product_id, "10")], expires_at=clock.now() + HOUR)
    with clock_at(clock.now() + 100 * HOUR), pytest.raises(OutOfStock):
        reserve(market.nosy, product_id, "1")


WRITES = (
    "insert into stock_levels (id, product_id, organisation_id, on_hand, reserved, held, tracking)"
    " select uuidv7(), id, organisation_id, 5, 0, 0, 'none' from products",
    "update stock_levels set on_hand = 1000",
    "update stock_levels set reserved = 0",
    "delete from stock_levels",
    "update stock_holdings set on_hand = 1000",
    "delete from stock_holdings",
    "insert into stock_batches (id, product_id, organisation_id, number, is_serial, on_hand, received_at)"
    " select uuidv7(), id, organisation_id, 'L', false, 5, now() from products",
    "update stock_batches set expires_on = '2999-01-01'",
    "insert into stock_movements (id, product_id, organisation_id, kind, bin_id, on_hand_change, reserved_change,"
    " held_change, document, reason, moved_at)"
    " select uuidv7(), product_id, organisation_id, 'receipt', bin_id, 5, 0, 0, '', '', now() from stock_holdings",
    "update stock_movements set on_hand_change = 3",
    "delete from stock_movements",
    "update stock_reservations set expires_at = null",
    "update stock_reservations set quantity = 1",
    "delete from stock_reservations",
    "select doors.expire_reservations('2999-01-01')",
    "select doors.end_reservations(array(select id from stock_reservations), 'released', now())",
    "select doors.lock_stock(array(select product_id from stock_reservations), '2999-01-01')",
    "select doors.adjust_stock('{}', '{}', '{}', '{}', null, '', 'x', now(), current_date)",
    "select doors.take_stock(uuidv7(), uuidv7(), 1, null, null, null, '', now(), current_date)",
)


@pytest.mark.parametrize("statement", WRITES)
@pytest.mark.parametrize("who", ["bolt", "acme", "pry"])
def test_write_stock_by_hand_is_denied_to_every_tenant(market: Cast, statement: str, who: str) -> None:
    reserve(market.acme, a_stocked_product(market.bolt), "1")
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        getattr(market, who).at_work("administrator") as work,
    ):
        work.execute(text(statement))


def test_read_stock_of_others_finds_no_row(market: Cast) -> None:
    reserve(market.acme, a_stocked_product(market.bolt), "1")
    for stranger in (market.nosy, market.pry):
        with stranger.reading("administrator") as work:
            for model in (StockLevel, StockMovement, Reservation):
                assert work.scalars(select(model)).all() == []
