"""Can a dispute be opened, replied to, stated and withdrawn, by those who may and nobody else?"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from marketplace.buyers.orders.queries import lines_of as order_lines
from marketplace.disputes.cases.actions import (
    TooLate,
    contribute,
    file_evidence,
    open_dispute,
    open_dispute_from_receipt,
    withdraw_dispute,
)
from marketplace.disputes.cases.files import Exhibit
from marketplace.disputes.cases.jobs import run_clocks
from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.disputes.cases.models import ContributionKind, DisputeReason, Outcome
from marketplace.disputes.cases.opening import ContestedLine
from marketplace.disputes.cases.queries import (
    contributions_of,
    dispute,
    dispute_of_receipt,
    evidence_of,
    fact_sheet,
    lines_of,
)
from marketplace.foundation import clock
from marketplace.foundation.clock import after_working_days
from marketplace.foundation.errors import Invalid, NotFound, Refusal
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import deliver_everything
from tests.cast import Cast
from tests.factories.disputes import (
    a_confirmed_order,
    a_counted_order,
    a_dispute,
    a_dispute_in,
    count,
    let_time_pass,
    opened,
    say,
    seen,
    ship_all,
    state,
    withdraw,
)
from tests.factories.orders import a_placed_order

S, K = DisputeState, ContributionKind
pytestmark = pytest.mark.usefixtures("speaking")
PICTURE = Exhibit("palette.jpg", b"\xff\xd8\xff not really a picture")


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def test_open_contests_the_worth_of_the_quantities(market: Cast) -> None:
    row = seen(market.bolt, a_dispute(market))
    assert row.contested == euros("20")
    assert (row.status, row.opener_id, row.respondent_id) == (S.OPENED, market.acme.id, market.bolt.id)
    assert row.number.startswith("DI-")
    assert row.due_at == after_working_days(row.opened_at, 2)


def test_open_by_amount_contests_so_much(market: Cast) -> None:
    order = a_confirmed_order(market, "10")
    with market.acme.at_work("receiver"):
        lines = [ContestedLine(order_lines(order.id)[0].id)]
        details = {"order_id": order.id, "lines": lines, "reason": DisputeReason.PRICE, "body": "Trop cher."}
        dispute_id = open_dispute(**details, amount=Decimal("12.34")).id
    assert seen(market.bolt, dispute_id).contested == euros("12.34")


def test_open_with_an_impossible_amount_or_quantity_is_refused(market: Cast) -> None:
    order = a_confirmed_order(market, "10")
    for amount in ("0", "-1", "100.01", "1.001"):
        with pytest.raises(Invalid):
            opened(market, order, amount=Decimal(amount))
    for quantity in ("0", "-1", "11", "1.5"):
        with pytest.raises(Invalid):
            opened(market, order, quantity=quantity)


def test_open_twice_by_one_click_is_one_dispute(market: Cast) -> None:
    order, click = a_confirmed_order(market, "10"), uuid4()
    assert opened(market, order, request_id=click) == opened(market, order, request_id=click)


def test_open_about_a_line_that_is_disputed_already_is_refused(market: Cast) -> None:
    order = a_confirmed_order(market, "10")
    first = opened(market, order)
    with pytest.raises(IntegrityError, match="disputed already"):
        opened(market, order)
    withdraw(market, first)
    assert opened(market, order) != first


def test_open_about_an_order_nobody_agreed_on_is_refused(market: Cast) -> None:
    order = a_placed_order(market, "10")
    with pytest.raises(WrongState):
        opened(market, order)


def test_open_by_the_seller_or_without_the_permission_is_refused(market: Cast) -> None:
    order = a_confirmed_order(market, "10")
    with market.acme.reading("receiver"):
        lines = [ContestedLine(order_lines(order.id)[0].id)]
    for party, role in ((market.bolt, "sales_desk"), (market.acme, "requester")):
        with party.at_work(role), pytest.raises(NotYourMove):
            open_dispute(order_id=order.id, lines=lines, reason=DisputeReason.OTHER, body="?")


def test_open_by_an_outsider_finds_nothing(market: Cast) -> None:
    order = a_confirmed_order(market, "10")
    with market.nosy.at_work("receiver"), pytest.raises(NotFound):
        open_dispute(order_id=order.id, lines=[], reason=DisputeReason.OTHER, body="?")


def test_open_about_a_line_of_another_order_finds_nothing(market: Cast) -> None:
    order, other = a_confirmed_order(market, "10"), a_confirmed_order(market, "10")
    with market.acme.reading("receiver"):
        lines = [ContestedLine(order_lines(other.id)[0].id)]
    with market.acme.at_work("receiver"), pytest.raises(NotFound):
        open_dispute(order_id=order.id, lines=lines, reason=DisputeReason.OTHER, body="?")


def test_open_from_a_receipt_is_prefilled_and_one(market: Cast) -> None:
    order = a_confirmed_order(market, "10", "10")
    ship_all(market, order, "10")
    receipt_id = count(market, order, ordered="10", damaged="2", missing="1")
    with market.acme.at_work("receiver"):
        first = open_dispute_from_receipt(receipt_id=receipt_id)
    with market.acme.at_work("receiver"):
        assert open_dispute_from_receipt(receipt_id=receipt_id).id == first.id
        assert (first.contested, first.reason) == (euros("60"), DisputeReason.DAMAGED)
        assert [line.quantity for line in lines_of(first.id)] == [3, 3]
        [told] = contributions_of(first.id)
        assert "2 damaged, 1 missing" in told.body
        found = dispute_of_receipt(receipt_id)
    assert found is not None
    assert found.id == first.id


def test_open_from_a_receipt_where_all_is_well_is_refused(market: Cast) -> None:
    order = a_confirmed_order(market, "10")
    ship_all(market, order, "10")
    receipt_id = count(market, order, ordered="10")
    with market.acme.at_work("receiver"), pytest.raises(Invalid):
        open_dispute_from_receipt(receipt_id=receipt_id)


def test_open_from_the_receipt_of_another_finds_nothing(market: Cast) -> None:
    order = a_confirmed_order(market, "10")
    ship_all(market, order, "10")
    receipt_id = count(market, order, ordered="10", damaged="1")
    with market.nosy.at_work("receiver"), pytest.raises(NotFound):
        open_dispute_from_receipt(receipt_id=receipt_id)


def test_the_fact_sheet_fills_itself_and_follows_the_goods(market: Cast) -> None:
    order = a_confirmed_order(market, "10")
    dispute_id = opened(market, order, reason=DisputeReason.LATE)
    deliver_everything()
    with market.bolt.reading("sales_desk"):
        sheet = fact_sheet(dispute_id)
        assert sheet is not None
        assert (sheet.version, sheet.facts["order"]["number"]) == (1, order.number)
        assert sheet.facts["shipments"] == sheet.facts["receipts"] == []
    ship_all(market, order, "10")
    count(market, order, ordered="10", damaged="2")
    with market.acme.reading("receiver"):
        latest = fact_sheet(dispute_id)
        assert latest is not None
        assert latest.version > 1
        assert latest.facts["receipts"][0]["lines"][0]["damaged"] == "2"
        assert latest.facts["shipments"][0]["tracking_number"] == "XY123456789FR"


def test_contributions_move_the_dispute_through_its_first_steps(market: Cast) -> None:
    dispute_id = a_dispute(market)
    for party, kind, reached in (
        (market.bolt, K.REPLY, S.CLAIM),
        (market.acme, K.CLAIM, S.ANSWER),
        (market.bolt, K.ANSWER, S.NEGOTIATION),
        (market.bolt, K.MESSAGE, S.NEGOTIATION),
    ):
        say(party, dispute_id, kind)
        assert state(market, dispute_id) == reached
    with market.acme.reading("receiver"):
        assert [c.kind for c in contributions_of(dispute_id)] == [
            K.OPENING,
            K.REPLY,
            K.CLAIM,
            K.ANSWER,
            K.MESSAGE,
        ]


@pytest.mark.parametrize(
    ("reached", "kind", "of_acme"),
    [
        (S.OPENED, K.REPLY, True),
        (S.CLAIM, K.CLAIM, False),
        (S.ANSWER, K.ANSWER, True),
        (S.OPENED, K.MESSAGE, False),
    ],
)
def test_a_step_of_the_other_side_is_refused(
    market: Cast, reached: DisputeState, kind: ContributionKind, of_acme: bool
) -> None:
    dispute_id = a_dispute_in(market, reached)
    with pytest.raises(NotYourMove):
        say(market.acme if of_acme else market.bolt, dispute_id, kind)


def test_a_statement_after_its_time_is_refused_in_words(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.CLAIM)
    let_time_pass(market, dispute_id)
    with pytest.raises(TooLate, match="just run out"):
        say(market.acme, dispute_id, K.CLAIM)
    run_clocks()
    with pytest.raises(TooLate, match="joint room instead"):
        say(market.acme, dispute_id, K.CLAIM)


def test_a_late_reply_is_still_a_reply(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.ESCALATED)
    say(market.bolt, dispute_id, K.REPLY)
    assert state(market, dispute_id) == S.CLAIM


def test_evidence_is_kept_with_its_hash_for_both_sides(market: Cast) -> None:
    dispute_id = opened(market, a_counted_order(market), files=[PICTURE])
    with market.bolt.reading("sales_desk"):
        [shown] = evidence_of(dispute_id)
    assert (shown.name, shown.media_type, shown.size) == ("palette.jpg", "image/jpeg", len(PICTURE.content))
    assert shown.author_id == market.acme.id


def test_the_same_file_twice_is_refused(market: Cast) -> None:
    dispute_id = opened(market, a_counted_order(market), files=[PICTURE])
    with pytest.raises(IntegrityError), market.acme.at_work("receiver"):
        file_evidence(dispute_id=dispute_id, files=[PICTURE])


def test_files_that_prove_nothing_are_refused(market: Cast) -> None:
    dispute_id = a_dispute(market)
    for exhibit in (Exhibit("tool.exe", b"MZ"), Exhibit("empty.pdf", b""), Exhibit("nothing", b"x")):
        with pytest.raises(Invalid), market.acme.at_work("receiver"):
            file_evidence(dispute_id=dispute_id, files=[exhibit])


def test_withdraw_ends_it_for_good(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.NEGOTIATION)
    withdraw(market, dispute_id)
    row = seen(market.bolt, dispute_id)
    assert (row.status, row.outcome, row.is_founded, row.due_at) == (
        S.WITHDRAWN,
        Outcome.WITHDRAWN,
        False,
        None,
    )
    for act in (lambda: withdraw(market, dispute_id), lambda: say(market.bolt, dispute_id)):
        with pytest.raises(WrongState):
            act()


def test_withdraw_by_the_other_side_is_refused(market: Cast) -> None:
    dispute_id = a_dispute(market)
    with market.bolt.at_work("sales_desk"), pytest.raises(NotYourMove):
        withdraw_dispute(dispute_id=dispute_id, reason="Non.")


ACTS: list[Callable[[UUID], object]] = [
    lambda i: contribute(dispute_id=i, kind=K.MESSAGE, body="?"),
    lambda i: file_evidence(dispute_id=i, files=[PICTURE]),
    lambda i: withdraw_dispute(dispute_id=i, reason="?"),
    dispute,
]


@pytest.mark.parametrize("act", ACTS)
def test_an_outsider_finds_nothing(market: Cast, act: Callable[[UUID], object]) -> None:
    dispute_id = a_dispute(market)
    for outsider, role in (
        (market.nosy, "procurement_lead"),
        (market.pry, "sales_desk"),
        (market.mira, "mediator"),
    ):
        with outsider.at_work(role), pytest.raises(NotFound):
            act(dispute_id)


@pytest.mark.parametrize("role", ["requester", "approver", "buyer_finance"])
def test_colleagues_without_the_permission_only_read(market: Cast, role: str) -> None:
    dispute_id = a_dispute(market)
    with market.acme.reading(role):
        assert dispute(dispute_id).id == dispute_id
    with market.acme.at_work(role), pytest.raises(Refusal):
        contribute(dispute_id=dispute_id, kind=K.MESSAGE, body="?")


def test_the_contracts_days_are_those_of_the_dispute(market: Cast) -> None:
    row = seen(market.acme, a_dispute(market))
    assert row.days["negotiation"] == 10
    assert clock.now() - row.opened_at < timedelta(minutes=5)
