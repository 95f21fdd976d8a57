"""Is a difference booked once, for what was counted when it was counted, and by two people where it is large?"""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.foundation.errors import Invalid
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.quantity import WrongQuantity
from marketplace.sellers.stock.actions import StockLine, consume_reservation, count_stock, receive_stock
from marketplace.sellers.stock.doors import StillPromised
from marketplace.sellers.stock.findings import place_findings, stock_findings
from marketplace.sellers.stock.models import StockMovement
from marketplace.sellers.stock.queries import shelf
from marketplace.sellers.stocktaking.actions import (
    add_place,
    approve_sheet,
    drop_sheet,
    hand_in,
    open_sheet,
    send_back,
    write_counts,
)
from marketplace.sellers.stocktaking.models import CountLine, CountSheet
from marketplace.sellers.stocktaking.queries import bins_to_count, difference_value, differences
from marketplace.sellers.stocktaking.scope import Scope
from marketplace.sellers.warehouses.queries import bin_typed, main_warehouse
from tests.cast import Cast
from tests.factories.stock import (
    a_policy,
    a_product_in_batches,
    a_reservation,
    a_stocked_product,
    places_of,
    some_bins,
)

pytestmark = pytest.mark.usefixtures("speaking")


def a_sheet(market: Cast, scope: Scope = Scope()) -> UUID:
    with market.bolt.at_work("warehouse"):
        return open_sheet(warehouse_id=main_warehouse().id, scope=scope).id


def counted(market: Cast, sheet_id: UUID, found: Mapping[UUID, str]) -> None:
    with market.bolt.at_work("warehouse") as work:
        lines = work.scalars(select(CountLine).where(CountLine.sheet_id == sheet_id)).all()
        counts = {line.id: Decimal(found[line.product_id]) for line in lines if line.product_id in found}
        write_counts(sheet_id=sheet_id, counts=counts)


def handed_in(market: Cast, sheet_id: UUID) -> str:
    with market.bolt.at_work("warehouse"):
        return str(hand_in(sheet_id=sheet_id).status)


def on_hand(market: Cast, product_id: UUID) -> Decimal:
    with market.bolt.reading("warehouse"):
        return shelf(product_id).on_hand


def nothing_disagrees(market: Cast) -> bool:
    with market.platform():
        return (stock_findings(), place_findings()) == ([], [])


def test_open_lists_all_that_lies_within_the_scope(market: Cast) -> None:
    bins = some_bins(market.bolt, "A-2", "A-10", "B-1")
    for bin_id in bins.values():
        a_product_in_batches(market.bolt, {"L1": ("3", None), "L2": ("2", None)}, bin_id=bin_id)
    with market.bolt.reading("warehouse"):
        first, last = bin_typed("A-2"), bin_typed("A-10")
    sheet_id = a_sheet(market, Scope(first, last))
    with market.bolt.reading("warehouse") as work:
        assert [(row.bin.code, row.places, row.counted) for row in bins_to_count(sheet_id)] == [
            ("A-2", 2, 0),
            ("A-10", 2, 0),
        ]
        assert work.scalars(select(CountSheet.title)).one() == "Count of Entrepôt N, A-2 – A-10"


def test_open_where_nothing_lies_is_refused(market: Cast) -> None:
    some_bins(market.bolt, "A-1")
    with pytest.raises(Invalid, match="Nothing lies there"):
        a_sheet(market)


def test_open_leaves_out_what_was_counted_lately(market: Cast) -> None:
    done, due = a_stocked_product(market.bolt), a_stocked_product(market.bolt)
    counted(market, a_sheet(market), {done: "10"})
    sheet_id = a_sheet(market, Scope(idle_days=30))
    with market.bolt.reading("warehouse") as work:
        lines = work.scalars(select(CountLine.product_id).where(CountLine.sheet_id == sheet_id))
        assert list(lines) == [due]


def test_open_takes_a_class_of_what_moves_most(market: Cast) -> None:
    hot, cold = (a_stocked_product(market.bolt, stock="100") for _ in range(2))
    order_id = a_reservation(market.acme, hot, "50")
    with market.bolt.at_work("warehouse"):
        consume_reservation(holder_id=order_id, lines=[StockLine(hot, Decimal(50))])
    for letter, expected in (("A", hot), ("C", cold)):
        sheet_id = a_sheet(market, Scope(letter=letter))
        with market.bolt.reading("warehouse") as work:
            lines = work.scalars(select(CountLine.product_id).where(CountLine.sheet_id == sheet_id))
            assert list(lines) == [expected]


def test_hand_in_books_each_difference_with_its_paper(market: Cast) -> None:
    more, less, same, left = (a_stocked_product(market.bolt, stock="10") for _ in range(4))
    sheet_id = a_sheet(market)
    counted(market, sheet_id, {more: "12", less: "7", same: "10"})
    assert handed_in(market, sheet_id) == "booked"
    assert [on_hand(market, p) for p in (more, less, same, left)] == [12, 7, 10, 10]
    with market.bolt.reading("warehouse") as work:
        sheet = work.get_one(CountSheet, sheet_id)
        rows = work.scalars(select(StockMovement).where(StockMovement.kind == "adjustment")).all()
        assert {(r.cause_id, r.document, r.reason) for r in rows} == {(sheet.id, sheet.number, sheet.title)}
        assert {r.on_hand_change for r in rows} == {2, -3}
    assert nothing_disagrees(market)


def test_goods_may_move_between_the_count_and_its_booking(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    order_id, sheet_id = a_reservation(market.acme, product_id, "4"), a_sheet(market)
    counted(market, sheet_id, {product_id: "9"})
    with market.bolt.at_work("warehouse"):
        consume_reservation(holder_id=order_id, lines=[StockLine(product_id, Decimal(4))])
        receive_stock(product_id=product_id, quantity=Decimal(2))
    assert handed_in(market, sheet_id) == "booked"
    assert on_hand(market, product_id) == 7
    assert nothing_disagrees(market)


def test_hand_in_twice_books_once(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    sheet_id = a_sheet(market)
    counted(market, sheet_id, {product_id: "9"})
    handed_in(market, sheet_id)
    with pytest.raises(WrongState):
        handed_in(market, sheet_id)
    with pytest.raises(IntegrityError, match="not being counted"):
        counted(market, sheet_id, {product_id: "8"})
    assert on_hand(market, product_id) == 9


def test_hand_in_nothing_counted_or_below_what_is_promised_is_refused(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    a_reservation(market.acme, product_id, "8")
    sheet_id = a_sheet(market)
    with pytest.raises(Invalid, match="Nothing is counted"):
        handed_in(market, sheet_id)
    counted(market, sheet_id, {product_id: "7"})
    with pytest.raises(StillPromised) as refusal:
        handed_in(market, sheet_id)
    assert refusal.value.product_id == product_id
    assert on_hand(market, product_id) == 10


@pytest.mark.parametrize("quantity", ["-1", "1.5", "NaN", "2000000000"])
def test_count_what_is_no_quantity_is_refused(market: Cast, quantity: str) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    sheet_id = a_sheet(market)
    with pytest.raises(WrongQuantity):
        counted(market, sheet_id, {product_id: quantity})


def test_a_large_difference_needs_a_second_person(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="100", price="10")
    a_policy(market.bolt, count_limit="50")
    with pytest.raises(IntegrityError, match="limit"), market.bolt.at_work("warehouse"):
        count_stock(product_id=product_id, counted=Decimal(90), reason="Inventaire")
    sheet_id = a_sheet(market)
    counted(market, sheet_id, {product_id: "90"})
    assert handed_in(market, sheet_id) == "submitted"
    assert on_hand(market, product_id) == 100
    with pytest.raises(NotYourMove), market.bolt.at_work("warehouse"):
        approve_sheet(sheet_id=sheet_id)
    with market.bolt.at_work("supplier_finance"):
        assert difference_value(sheet_id) == 100
        assert len(differences(sheet_id).rows) == 1
        approve_sheet(sheet_id=sheet_id)
    with market.bolt.reading("warehouse") as work:
        sheet = work.get_one(CountSheet, sheet_id)
        assert sheet.submitted_by_id == market.bolt.people["warehouse"]
        assert sheet.approved_by_id == market.bolt.people["supplier_finance"]
    assert on_hand(market, product_id) == 90
    assert nothing_disagrees(market)


def test_a_small_difference_is_within_the_limit(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="100", price="10")
    a_policy(market.bolt, count_limit="50")
    with market.bolt.at_work("warehouse"):
        count_stock(product_id=product_id, counted=Decimal(95), reason="Inventaire")
    assert on_hand(market, product_id) == 95


def test_a_large_difference_may_be_counted_again_or_dropped(market: Cast) -> None:
    product_id = a_stocked_product(market.bolt, stock="100", price="10")
    a_policy(market.bolt, count_limit="0")
    sheet_id = a_sheet(market)
    counted(market, sheet_id, {product_id: "90"})
    handed_in(market, sheet_id)
    with market.bolt.at_work("supplier_finance"):
        send_back(sheet_id=sheet_id)
    counted(market, sheet_id, {product_id: "100"})
    assert handed_in(market, sheet_id) == "booked"
    other = a_sheet(market)
    with market.bolt.at_work("warehouse"):
        drop_sheet(sheet_id=other)
    assert on_hand(market, product_id) == 100


BYPASSES = (
    "update stock_policies set count_limit = null",
    "delete from stock_policies",
    "update count_sheets set status = 'counting'; update count_sheets set status = 'booked', booked_at = now()",
    "update count_sheets set status = 'booked', booked_at = now()",
    "update count_sheets set submitted_by_id = '{other}'",
    "update count_lines set booked = 0",
    "insert into count_lines (id, sheet_id, organisation_id, product_id, bin_id, booked, counted)"
    " select uuidv7(), sheet_id, organisation_id, product_id, bin_id, 0, 0 from count_lines",
    "select doors.adjust_stock('{{}}', '{{}}', '{{}}', '{{}}', null, '', 'x', now(), current_date)",
)


@pytest.mark.parametrize("statement", BYPASSES)
def test_no_statement_by_hand_goes_round_the_second_person(market: Cast, statement: str) -> None:
    product_id = a_stocked_product(market.bolt, stock="100", price="10")
    a_policy(market.bolt, count_limit="50")
    sheet_id = a_sheet(market)
    counted(market, sheet_id, {product_id: "90"})
    handed_in(market, sheet_id)
    named = statement.format(other=market.bolt.people["sales_desk"])
    with pytest.raises(DBAPIError), market.bolt.at_work("warehouse") as work:
        work.execute(text(named))
    assert on_hand(market, product_id) == 100


def test_what_the_books_do_not_know_there_can_be_counted(market: Cast) -> None:
    bins = some_bins(market.bolt, "A-1")
    product_id = a_product_in_batches(market.bolt, {"L1": ("5", None)}, sku="VIS-8")
    a_stocked_product(market.bolt)
    sheet_id = a_sheet(market)
    with market.bolt.at_work("warehouse"):
        line = add_place(sheet_id=sheet_id, bin_id=bins["A-1"], code="vis-8", number="L1")
        write_counts(sheet_id=sheet_id, counts={line.id: Decimal(2)})
    with pytest.raises(IntegrityError, match="uq_count_lines"), market.bolt.at_work("warehouse"):
        add_place(sheet_id=sheet_id, bin_id=bins["A-1"], code="vis-8", number="L1")
    for code, number in (("NOBODY", None), ("VIS-8", "L9")):
        with pytest.raises(Invalid), market.bolt.at_work("warehouse"):
            add_place(sheet_id=sheet_id, bin_id=bins["A-1"], code=code, number=number)
    assert handed_in(market, sheet_id) == "booked"
    assert set(places_of(market.bolt, product_id)) == {"A-1 L1", "IN L1"}
    assert nothing_disagrees(market)
