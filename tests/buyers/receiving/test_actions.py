"""Does a count say what came, complete each line once, and hold against a second one?"""

from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.buyers.budgets.queries import commitment_of
from marketplace.buyers.orders.actions import cancel_order
from marketplace.buyers.orders.lifecycle import OrderState
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import lines_of
from marketplace.buyers.receiving import queries
from marketplace.buyers.receiving.actions import CountedMeanwhile, Photo, record_receipt
from marketplace.buyers.receiving.counting import Count
from marketplace.buyers.receiving.pictures import NoPicture
from marketplace.events.buyers import GoodsReceived, OrderCompleted, OrderLineCompleted
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.errors import Conflict, Invalid, NotFound, Refusal
from marketplace.foundation.files import stored_file
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.outbox import News
from tests.buyers.orders.test_races import at_once
from tests.cast import Cast
from tests.factories.orders import a_confirmed_order, a_placed_order, a_shipped_order, as_seen, shipped
from tests.factories.receipts import a_picture, a_receipt, counts

pytestmark = pytest.mark.usefixtures("speaking")


def told(market: Cast, ordered: PurchaseOrder, kind: type[Any]) -> list[Any]:
    """The news of that kind about the order, oldest first."""
    with market.bolt.reading("sales_desk"):
        rows = session().query(News).where(News.subject_id == ordered.id, News.name == kind.__name__)
        return [row.event for row in rows.order_by(News.position)]


def progress(market: Cast, ordered: PurchaseOrder) -> list[tuple[int, ...]]:
    """Accepted, damaged, missing and too many of each line."""
    with market.bolt.reading("sales_desk"):
        return [
            tuple(int(figure) for figure in (line.accepted, line.damaged, line.missing, line.over))
            for line in lines_of(ordered.id)
        ]


def test_record_receipt_of_everything_completes_the_order(market: Cast) -> None:
    ordered = a_shipped_order(market, "10", "5")
    receipt = a_receipt(market, ordered, "10", "5")
    assert receipt.number == "GR-2026-00001"
    assert as_seen(market.bolt, ordered.id).status == OrderState.RECEIVED
    [news] = told(market, ordered, GoodsReceived)
    assert [line.amount for line in news.lines] == [Decimal(100), Decimal(50)]
    completed = told(market, ordered, OrderLineCompleted)
    assert [(line.ordered, line.accepted, line.completed_on) for line in completed] == [
        (Decimal(10), Decimal(10), clock.today()),
        (Decimal(5), Decimal(5), clock.today()),
    ]
    assert completed[0].promised_on == ordered.confirmed_on
    assert completed[0].confirmed_after_hours is not None
    assert len(told(market, ordered, OrderCompleted)) == 1


def test_record_receipt_in_parts_completes_each_line_exactly_once(market: Cast) -> None:
    ordered = a_shipped_order(market, "10", "5")
    a_receipt(market, ordered, "4", "5")
    assert as_seen(market.acme, ordered.id).status == OrderState.SHIPPED
    assert len(told(market, ordered, OrderLineCompleted)) == 1
    a_receipt(market, ordered, "6")
    assert len(told(market, ordered, OrderLineCompleted)) == 2
    assert sum(
        line.amount for news in told(market, ordered, GoodsReceived) for line in news.lines
    ) == Decimal(150)
    assert as_seen(market.acme, ordered.id).status == OrderState.RECEIVED


def test_record_receipt_with_damage_and_loss_pays_for_what_is_whole(market: Cast) -> None:
    ordered = a_shipped_order(market, "10")
    receipt = a_receipt(market, ordered, ("6", "1", "3"), note="Carton éventré")
    assert progress(market, ordered) == [(6, 1, 3, 0)]
    assert as_seen(market.acme, ordered.id).status == OrderState.RECEIVED
    [news] = told(market, ordered, GoodsReceived)
    assert (news.lines[0].accepted, news.lines[0].amount) == (Decimal(6), Decimal(60))
    with market.bolt.reading("sales_desk"):
        [line] = queries.lines_of(receipt.id)
        assert line.is_discrepant


def test_record_receipt_of_the_rest_as_missing_is_complete_on_the_day_of_the_last_good_part(
    market: Cast,
) -> None:
    ordered = a_shipped_order(market, "10")
    first_day = clock.today()
    a_receipt(market, ordered, "7")
    with clock.clock_at(clock.now() + timedelta(days=9)):
        a_receipt(market, ordered, ("0", "0", "3"))
    [line] = told(market, ordered, OrderLineCompleted)
    assert (line.accepted, line.completed_on) == (Decimal(7), first_day)


def test_record_receipt_of_too_many_accepts_no_more_than_was_ordered(market: Cast) -> None:
    ordered = a_shipped_order(market, "10")
    a_receipt(market, ordered, "12")
    assert progress(market, ordered) == [(10, 0, 0, 2)]
    assert told(market, ordered, GoodsReceived)[0].lines[0].amount == Decimal(100)


def test_record_receipt_without_a_ship_notice_puts_the_order_under_way(market: Cast) -> None:
    ordered = a_confirmed_order(market, "10")
    a_receipt(market, ordered, "4")
    assert as_seen(market.acme, ordered.id).status == OrderState.SHIPPED
    with pytest.raises(WrongState), market.acme.at_work("procurement_lead"):
        cancel_order(order_id=ordered.id, reason="Trop tard")


def test_record_receipt_of_a_shipment_says_what_was_expected(market: Cast) -> None:
    ordered = a_confirmed_order(market, "10")
    shipment = shipped(market, ordered, "6")
    receipt = a_receipt(market, ordered, "5", shipment_id=shipment.id)
    with market.bolt.reading("warehouse"):
        [line] = queries.lines_of(receipt.id)
    assert (receipt.shipment_id, line.expected, line.accepted) == (shipment.id, Decimal(6), Decimal(5))
    with pytest.raises(DBAPIError, match="uq_receipts_shipment_id"):
        a_receipt(market, ordered, "1", shipment_id=shipment.id)


def test_record_receipt_of_another_orders_shipment_or_line_finds_nothing(market: Cast) -> None:
    ordered, other = a_confirmed_order(market, "10"), a_shipped_order(market, "3")
    with market.acme.reading("receiver"):
        [shipment] = queries.uncounted_shipments([other.id])[other.id]
    with pytest.raises(NotFound):
        a_receipt(market, ordered, "1", shipment_id=shipment.id)
    foreign = counts(market.acme, other.id, "1")
    with pytest.raises(NotFound), market.acme.at_work("receiver"):
        record_receipt(order_id=ordered.id, counts=foreign)


def test_record_receipt_with_the_same_request_counts_once(market: Cast) -> None:
    ordered, click = a_shipped_order(market, "10"), uuid4()
    first = a_receipt(market, ordered, "4", request_id=click)
    second = a_receipt(market, ordered, "4", request_id=click)
    assert (first.id, progress(market, ordered)) == (second.id, [(4, 0, 0, 0)])


def test_record_receipt_after_somebody_elses_is_asked_again(market: Cast) -> None:
    ordered = a_shipped_order(market, "10")
    a_receipt(market, ordered, "4", receipts_seen=0)
    with pytest.raises(CountedMeanwhile):
        a_receipt(market, ordered, "4", receipts_seen=0)


@pytest.mark.parametrize("figures", [(), ("0",), (("0", "0", "0"),)])
def test_record_receipt_of_nothing_is_refused(market: Cast, figures: tuple[Any, ...]) -> None:
    ordered = a_shipped_order(market, "10")
    with pytest.raises(Invalid, match="at least one line"):
        a_receipt(market, ordered, *figures)


def test_record_receipt_of_a_line_twice_is_refused(market: Cast) -> None:
    ordered = a_shipped_order(market, "10")
    [count] = counts(market.acme, ordered.id, "4")
    with pytest.raises(Invalid, match="once"), market.acme.at_work("receiver"):
        record_receipt(order_id=ordered.id, counts=[count, count])


@pytest.mark.parametrize("days", [-400, 1])
def test_record_receipt_on_an_impossible_day_is_refused(market: Cast, days: int) -> None:
    ordered = a_shipped_order(market, "10")
    with pytest.raises(Invalid) as refused:
        a_receipt(market, ordered, "4", received_on=clock.today() + timedelta(days=days))
    assert refused.value.field == "received_on"


def test_record_receipt_of_an_order_that_is_not_agreed_is_refused(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    with pytest.raises(WrongState):
        a_receipt(market, placed, "4")


@pytest.mark.parametrize(
    ("party", "role", "refusal"),
    [
        ("acme", "requester", NotYourMove),
        ("bolt", "warehouse", NotYourMove),
        ("nosy", "receiver", NotFound),
    ],
)
def test_record_receipt_by_somebody_else_is_refused(
    market: Cast, party: str, role: str, refusal: type[Refusal]
) -> None:
    ordered = a_shipped_order(market, "10")
    counted = counts(market.acme, ordered.id, "4")
    with pytest.raises(refusal), getattr(market, party).at_work(role):
        record_receipt(order_id=ordered.id, counts=counted)


def test_record_receipt_with_pictures_files_them_for_both_parties(market: Cast) -> None:
    ordered = a_shipped_order(market, "10")
    [count] = counts(market.acme, ordered.id, ("9", "1"))
    photos = [Photo(a_picture(), count.order_line_id), Photo(a_picture())]
    receipt = a_receipt(market, ordered, ("9", "1"), photos=photos)
    with market.bolt.reading("sales_desk"):
        kept = queries.photos_of(receipt.id)
        assert [photo.order_line_id for photo in kept] == [count.order_line_id, None]
        assert stored_file(kept[0].file_id).media_type == "image/jpeg"
    with pytest.raises(NotFound), market.nosy.reading("administrator"):
        stored_file(kept[0].file_id)


def test_record_receipt_with_something_that_is_no_picture_is_refused_as_a_whole(market: Cast) -> None:
    ordered = a_shipped_order(market, "10")
    with pytest.raises(NoPicture):
        a_receipt(market, ordered, "9", photos=[Photo(b"#!/bin/sh")])
    assert progress(market, ordered) == [(0, 0, 0, 0)]


def test_record_receipt_spends_what_is_accepted_and_frees_the_rest(market: Cast) -> None:
    ordered = a_shipped_order(market, "10")
    a_receipt(market, ordered, ("6", "1", "3"))
    market.run_jobs()
    with market.acme.reading("buyer_finance"):
        held = commitment_of(ordered.id)
    assert held is not None
    assert (held.committed, held.spent) == (Decimal(0), Decimal(60))


def test_two_receipts_at_once_never_accept_more_than_was_ordered(market: Cast) -> None:
    ordered = a_shipped_order(market, "10")
    counted = counts(market.acme, ordered.id, "7")

    def count() -> str:
        with market.acme.at_work("receiver"):
            return record_receipt(order_id=ordered.id, counts=counted).number

    outcomes = at_once(*[count] * 4)
    assert len({outcome for outcome in outcomes if isinstance(outcome, str)}) == 4
    assert progress(market, ordered) == [(10, 0, 0, 18)]
    assert len(told(market, ordered, OrderLineCompleted)) == 1
    assert sum(
        line.amount for news in told(market, ordered, GoodsReceived) for line in news.lines
    ) == Decimal(100)


def test_two_receipts_of_the_same_page_at_once_keep_one(market: Cast) -> None:
    ordered = a_shipped_order(market, "10")
    counted = counts(market.acme, ordered.id, "7")

    def count() -> str:
        with market.acme.at_work("receiver"):
            return record_receipt(order_id=ordered.id, counts=counted, receipts_seen=0).number

    outcomes = at_once(count, count)
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    assert progress(market, ordered) == [(7, 0, 0, 0)]


BY_HAND = (
    "UPDATE receipts SET note = 'x'",
    "DELETE FROM receipts",
    "UPDATE receipt_lines SET accepted = 1",
    "DELETE FROM receipt_lines",
    "UPDATE purchase_order_lines SET accepted = 10",
    "UPDATE purchase_order_lines SET over = 0, missing = 0",
)


def test_update_by_hand_of_a_count_is_refused(market: Cast) -> None:
    a_receipt(market, a_shipped_order(market, "10"), "4")
    for party, statement in product((market.acme, market.bolt), BY_HAND):
        with pytest.raises(DBAPIError, match="permission denied"), party.at_work("administrator") as work:
            work.execute(text(statement))


INSERT = """
    INSERT INTO receipt_lines SELECT (jsonb_populate_record(null::receipt_lines,
        to_jsonb(l) || jsonb_build_object('id', uuidv7(), 'receipt_id', r.id, 'accepted', 7))).*
    FROM receipt_lines l, receipts r WHERE r.id <> l.receipt_id
"""


def test_insert_by_hand_of_more_than_was_ordered_is_refused(market: Cast) -> None:
    ordered = a_shipped_order(market, "10", "1")
    a_receipt(market, ordered, "4")
    a_receipt(market, ordered, "0", "1")
    with pytest.raises(DBAPIError, match="counted_within_order"), market.acme.at_work("receiver") as work:
        work.execute(text(INSERT))


def test_insert_by_hand_of_a_receipt_by_the_seller_is_refused(market: Cast) -> None:
    a_receipt(market, a_shipped_order(market, "10"), "4")
    copy = """
        INSERT INTO receipts SELECT (jsonb_populate_record(null::receipts, to_jsonb(r) || jsonb_build_object(
            'id', uuidv7(), 'number', 'GR-X', 'request_id', uuidv7(), 'shipment_id', null))).* FROM receipts r
    """
    with pytest.raises(DBAPIError, match="row-level security"), market.bolt.at_work("warehouse") as work:
        work.execute(text(copy))


def test_count_findings_after_many_counts_are_none(market: Cast) -> None:
    ordered = a_shipped_order(market, "10", "5")
    a_receipt(market, ordered, ("4", "1"), "6")
    with market.platform():
        assert queries.count_findings() == []


def test_count_of_a_line_of_nothing_keeps_it_open(market: Cast) -> None:
    ordered = a_shipped_order(market, "10", "5")
    [first, second] = counts(market.acme, ordered.id, "0", "5")
    with market.acme.at_work("receiver"):
        record_receipt(order_id=ordered.id, counts=[Count(first.order_line_id, Decimal(0)), second])
    assert progress(market, ordered) == [(0, 0, 0, 0), (5, 0, 0, 0)]
