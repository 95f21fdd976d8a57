"""Does the contested money go where it should, once, and is none lost?"""

from collections.abc import Callable
from contextvars import copy_context
from decimal import Decimal
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import func, select

from marketplace.billing.payments.answers import record_refused_refund
from marketplace.billing.payments.lifecycle import RefundState
from marketplace.billing.payments.models import Contest, Payment, Refund
from marketplace.billing.payments.queries import payment_of_order
from marketplace.buyers.orders.actions import confirm_order
from marketplace.buyers.orders.queries import lines_of as order_lines
from marketplace.disputes.cases.effects import Shares, shares
from marketplace.disputes.cases.execution import carry_out
from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.disputes.cases.models import DisputeLine, Outcome
from marketplace.disputes.cases.queries import lines_of
from marketplace.disputes.cases.reactions import carry_out_settlement
from marketplace.events.disputes import DisputeSettled, ReplacementLine
from marketplace.foundation.db import new_id
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import News, deliver, deliver_everything
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.fulfilment.queries import fulfilment, lines_of as lines_to_ship
from tests.cast import Cast
from tests.factories.disputes import (
    a_confirmed_order,
    a_counted_order,
    a_dispute,
    a_dispute_in,
    opened,
    propose,
    run_out,
    seen,
    settle,
    ship_all,
    sign,
    state,
    withdraw,
)
from tests.factories.orders import a_placed_order
from tests.factories.payments import Stripe, a_method, started

S = DisputeState
pytestmark = pytest.mark.usefixtures("speaking")


def euros(amount: str | int) -> Money:
    return Money(Decimal(amount), "EUR")


def money_of(market: Cast, dispute_id: UUID) -> Payment:
    order_id = seen(market.acme, dispute_id).order_id
    with market.platform():
        found = payment_of_order(order_id)
    assert found is not None
    return found


def refunds_of(market: Cast, dispute_id: UUID) -> list[Refund]:
    with market.platform() as work:
        return list(work.scalars(select(Refund).where(Refund.cause_id == dispute_id)))


def a_line(price: str = "10", ordered: str = "10", quantity: str | None = "2") -> DisputeLine:
    at_issue = Decimal(quantity) if quantity else None
    return DisputeLine(
        order_line_id=new_id(),
        unit_code="C62",
        unit_price=euros(price),
        ordered=Decimal(ordered),
        quantity=at_issue,
    )


@pytest.mark.parametrize(
    ("returned", "lost", "again", "released", "freed"),
    [
        ("12", "2", "0", "8", "0"),  # damaged: the rest is the seller's at once
        ("20", "2", "0", "0", "0"),  # all goes back
        ("0", "2", "2", "0", "20"),  # replaced: paid for when it is counted
        ("10", "2", "1", "0", "10"),  # one given back, one sent again
        ("5", "2", "1", "5", "10"),  # one sent again, five off the other
        ("5", "0", "0", "0", "15"),  # accepted goods: theirs already
        ("0", "1", "0", "10", "10"),  # one lost, one accepted
    ],
)
def test_shares_add_up_to_what_is_contested(
    returned: str, lost: str, again: str, released: str, freed: str
) -> None:
    line = a_line()
    replaced = [ReplacementLine(line.order_line_id, Decimal(again))] if again != "0" else []
    found = shares(euros(20), euros(returned), [line], {line.order_line_id: Decimal(lost)}, replaced)
    assert found == Shares(euros(returned), euros(released), euros(freed))


def test_open_holds_exactly_the_contested_money(market: Cast) -> None:
    dispute_id = a_dispute(market)
    assert money_of(market, dispute_id).contested == 20
    with market.platform() as work:
        assert work.scalar(select(func.count()).where(Contest.dispute_id == dispute_id)) == 1


def test_open_holds_the_money_also_where_the_dispute_is_heard_of_before_the_order(market: Cast) -> None:
    order = a_placed_order(market, "10")
    with market.bolt.at_work("sales_desk"):
        confirm_order(order_id=order.id)
    dispute_id = opened(market, order)
    for subject_id in (dispute_id, order.id, dispute_id):
        deliver(subject_id=subject_id)
    assert money_of(market, dispute_id).contested == 20


def test_settle_refunds_and_releases_the_rest(market: Cast) -> None:
    dispute_id = a_dispute(market)
    settle(market, dispute_id, "12")
    money = money_of(market, dispute_id)
    assert (money.contested, money.credited, money.accepted) == (0, 12, 88)
    row = seen(market.bolt, dispute_id)
    assert (row.status, row.outcome, row.is_founded) == (S.EXECUTED, Outcome.SETTLED, True)
    assert [refund.status for refund in refunds_of(market, dispute_id)] == [RefundState.CREDITED]


def test_settle_by_replacement_sends_goods_again_and_releases_nothing_before(market: Cast) -> None:
    dispute_id = a_dispute(market)
    with market.acme.reading("receiver"):
        again = [ReplacementLine(lines_of(dispute_id)[0].order_line_id, Decimal(2))]
    settle(market, dispute_id, "0", replacements=again)
    money, row = money_of(market, dispute_id), seen(market.acme, dispute_id)
    assert (money.contested, money.credited, money.accepted, row.status) == (0, 0, 80, S.EXECUTED)
    with market.bolt.reading("warehouse"):
        assert [line.remainder for line in lines_to_ship(fulfilment(row.order_id).id)] == [2]
    with market.acme.reading("receiver"):
        assert [line.owed for line in order_lines(row.order_id)] == [2]


@pytest.mark.parametrize(
    ("way", "status", "outcome", "is_founded", "accepted", "credited"),
    [
        (withdraw, S.WITHDRAWN, Outcome.WITHDRAWN, False, 100, 0),
        (lambda m, i: [run_out(m, i), run_out(m, i)], S.LAPSED, Outcome.LAPSED, True, 80, 20),
    ],
)
def test_an_end_without_settlement_sends_the_money_one_way(
    market: Cast,
    way: Callable[[Cast, UUID], object],
    status: DisputeState,
    outcome: Outcome,
    is_founded: bool,
    accepted: int,
    credited: int,
) -> None:
    dispute_id = a_dispute(market)
    way(market, dispute_id)
    deliver_everything()
    row, money = seen(market.acme, dispute_id), money_of(market, dispute_id)
    assert (row.status, row.outcome, row.is_founded) == (status, outcome, is_founded)
    assert (money.contested, money.accepted, money.credited) == (0, accepted, credited)


@pytest.mark.parametrize(
    ("reached", "outcome"), [(S.DEADLOCK, Outcome.LAPSED), (S.REFERRED, Outcome.REFERRED)]
)
def test_a_claim_that_is_not_pursued_goes_to_the_other_side(
    market: Cast, reached: DisputeState, outcome: Outcome
) -> None:
    dispute_id = a_dispute_in(market, reached)
    assert money_of(market, dispute_id).contested == 20
    run_out(market, dispute_id)
    deliver_everything()
    row, money = seen(market.acme, dispute_id), money_of(market, dispute_id)
    assert (row.status, row.outcome, row.is_founded) == (S.LAPSED, outcome, False)
    assert (money.contested, money.accepted, money.credited) == (0, 100, 0)


def test_a_dispute_about_goods_that_were_accepted_claims_the_money_back(market: Cast) -> None:
    dispute_id = opened(market, a_counted_order(market, damaged="0"))
    deliver_everything()
    settle(market, dispute_id, "15")
    money = money_of(market, dispute_id)
    assert (money.contested, money.credited, money.accepted) == (0, 15, 100)


def test_a_dispute_about_goods_that_have_not_come_releases_nothing(market: Cast) -> None:
    dispute_id = opened(market, a_confirmed_order(market, "10"))
    deliver_everything()
    settle(market, dispute_id, "5")
    money = money_of(market, dispute_id)
    assert (money.contested, money.credited, money.accepted) == (0, 5, 0)


def test_carry_out_again_changes_nothing(market: Cast) -> None:
    dispute_id = a_dispute(market)
    settle(market, dispute_id, "12")
    before = money_of(market, dispute_id)
    for _again in range(2):
        with market.platform():
            carry_out(dispute_id=dispute_id)
        deliver_everything()
    after = money_of(market, dispute_id)
    assert (after.credited, after.accepted, after.contested) == (
        before.credited,
        before.accepted,
        before.contested,
    )
    assert len(refunds_of(market, dispute_id)) == 1


class Killed(BaseException):
    """The worker dies here."""


def carried_out_and_killed(news: DisputeSettled) -> None:
    with unit_of_work(platform("a worker")):
        carry_out_settlement(news)
        raise Killed


def test_a_worker_killed_while_it_carries_out_leaves_nothing_half_done(market: Cast) -> None:
    dispute_id = a_dispute(market)
    propose(market.bolt, dispute_id, "12")
    sign(market.bolt, dispute_id)
    sign(market.acme, dispute_id)
    with market.platform() as work:
        news = work.scalars(select(News).where(News.name == "DisputeSettled")).one().event
    assert isinstance(news, DisputeSettled)
    with pytest.raises(Killed):
        carried_out_and_killed(news)
    assert (state(market, dispute_id), refunds_of(market, dispute_id)) == (S.SETTLED, [])
    deliver_everything()
    assert state(market, dispute_id) == S.EXECUTED
    assert len(refunds_of(market, dispute_id)) == 1


def test_two_workers_that_deliver_the_same_news_carry_out_once(market: Cast) -> None:
    dispute_id = a_dispute(market)
    propose(market.bolt, dispute_id, "12")
    sign(market.bolt, dispute_id)
    sign(market.acme, dispute_id)
    threads = [
        Thread(target=copy_context().run, args=(deliver,), kwargs={"subject_id": dispute_id}) for _ in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver_everything()
    assert state(market, dispute_id) == S.EXECUTED
    assert (len(refunds_of(market, dispute_id)), money_of(market, dispute_id).credited) == (1, 12)


def test_a_settlement_of_paid_money_is_carried_out_when_stripe_has_refunded_it(
    market: Cast, stripe: Stripe
) -> None:
    order = a_confirmed_order(market, "10")
    with market.platform():
        payment = payment_of_order(order.id)
    assert payment is not None
    started(market, payment, a_method(market, stripe))
    ship_all(market, order, "10")
    dispute_id = opened(market, order)
    market.run_jobs()
    propose(market.bolt, dispute_id, "12", signs_from="192.0.2.9")
    sign(market.acme, dispute_id)
    deliver_everything()
    assert (state(market, dispute_id), money_of(market, dispute_id).refunded) == (S.SETTLED, 12)
    market.run_jobs()
    assert state(market, dispute_id) == S.EXECUTED
    assert stripe.moved("refund") == 1200


def test_a_settlement_whose_money_is_slow_is_asked_after_again(market: Cast, stripe: Stripe) -> None:
    order = a_confirmed_order(market, "10")
    with market.platform():
        payment = payment_of_order(order.id)
    assert payment is not None
    started(market, payment, a_method(market, stripe))
    dispute_id = opened(market, order)
    propose(market.bolt, dispute_id, "12", signs_from="192.0.2.9")
    sign(market.acme, dispute_id)
    deliver_everything()
    before = seen(market.acme, dispute_id)
    run_out(market, dispute_id)
    after = seen(market.acme, dispute_id)
    assert before.due_at is not None
    assert after.due_at is not None
    assert (after.status, after.due_at > before.due_at) == (S.SETTLED, True)
    assert len(refunds_of(market, dispute_id)) == 1


def test_a_settlement_whose_money_came_back_is_sent_again(market: Cast, stripe: Stripe) -> None:
    order = a_confirmed_order(market, "10")
    with market.platform():
        payment = payment_of_order(order.id)
    assert payment is not None
    started(market, payment, a_method(market, stripe))
    dispute_id = opened(market, order)
    propose(market.bolt, dispute_id, "12", signs_from="192.0.2.9")
    sign(market.acme, dispute_id)
    deliver_everything()
    [sent] = refunds_of(market, dispute_id)
    with market.platform():
        record_refused_refund(sent.id, "closed")
    run_out(market, dispute_id)
    [again] = refunds_of(market, dispute_id)
    assert (again.id, again.status, again.tries) == (sent.id, RefundState.REQUESTED, 1)
    market.run_jobs()
    assert state(market, dispute_id) == S.EXECUTED
