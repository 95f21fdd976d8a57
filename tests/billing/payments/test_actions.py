"""Is every euro asked for once, paid once, and never promised twice, whoever tries?"""

import contextvars
import threading
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.billing.payments.actions import (
    NotPayable,
    TooMuchRefunded,
    accept,
    contest,
    lift_contest,
    open_payout_account,
    pay,
    pay_together,
    refund,
    release_rest,
    remove_method,
    retry_refund,
    set_commission,
)
from marketplace.billing.payments.lifecycle import PaymentState
from marketplace.billing.payments.models import Payment
from marketplace.billing.payments.queries import payment_of_order
from marketplace.billing.payments.reactions import ask_for_payment
from marketplace.foundation.errors import Conflict, Invalid, NotFound
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.money import CurrencyMismatch, Money
from tests.cast import Cast
from tests.factories.payments import (
    Stripe,
    a_due_payment,
    a_method,
    a_paid_payment,
    account,
    as_it_stands,
    confirmation,
    received,
    started,
)


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def asked(market: Cast, amount: str, order_id: UUID, version: int) -> Payment | None:
    with market.platform():
        ask_for_payment(confirmation(market, amount, order_id=order_id, version=version))
        return payment_of_order(order_id)


def test_request_follows_later_versions_while_it_is_to_be_paid(market: Cast) -> None:
    order_id = uuid4()
    asked(market, "100", order_id, 1)
    asked(market, "80", order_id, 2)
    found = asked(market, "100", order_id, 1)
    assert found is not None
    assert (found.due, found.order_version) == (80, 2)


def test_request_for_nothing_makes_no_payment(market: Cast) -> None:
    assert asked(market, "0", uuid4(), 1) is None


def test_request_that_becomes_nothing_is_over(market: Cast) -> None:
    order_id = uuid4()
    asked(market, "100", order_id, 1)
    found = asked(market, "0", order_id, 2)
    assert found is not None
    assert found.status == PaymentState.CANCELLED


def test_request_after_payment_changes_nothing(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe)
    found = asked(market, "80", payment.order_id, 2)
    assert found is not None
    assert found.amount == 100


def test_the_rate_is_that_of_the_request(market: Cast, stripe: Stripe) -> None:
    before = a_due_payment(market)
    with market.platform():
        set_commission(rate=Decimal("0.10"))
        set_commission(rate=Decimal("0.01"), seller_id=market.bolt.id)
        set_commission(rate=Decimal("0.20"))
    rates = [before, a_due_payment(market), a_due_payment(market, seller=market.crown)]
    assert [payment.commission_rate for payment in rates] == [
        Decimal("0.025"),
        Decimal("0.01"),
        Decimal("0.20"),
    ]


@pytest.mark.parametrize("rate", ["-0.01", "0.51"])
def test_a_rate_out_of_bounds_is_refused(market: Cast, rate: str) -> None:
    with pytest.raises(DBAPIError), market.platform():
        set_commission(rate=Decimal(rate))


def test_paying_twice_at_once_is_one_attempt(market: Cast, stripe: Stripe) -> None:
    payment, method_id = a_due_payment(market), a_method(market, stripe)
    made: list[UUID] = []

    def click() -> None:
        with market.acme.at_work("buyer_finance"):
            made.append(pay(payment_id=payment.id, method_id=method_id).id)

    clicks = [threading.Thread(target=contextvars.copy_context().run, args=(click,)) for _ in range(8)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join(30)
    market.run_jobs()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert len(stripe.objects("payment_intent")) == 1


def test_paying_by_another_method_while_it_runs_is_refused(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_success_fr"))
    with market.acme.at_work("buyer_finance"), pytest.raises(NotPayable):
        pay(payment_id=payment.id, method_id=a_method(market, stripe))


def test_paying_what_is_paid_is_refused(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe)
    with pytest.raises(NotPayable):
        started(market, payment, a_method(market, stripe))


def test_paying_several_is_all_or_nothing(market: Cast, stripe: Stripe) -> None:
    paid, due, method_id = a_paid_payment(market, stripe), a_due_payment(market), a_method(market, stripe)
    with pytest.raises(NotPayable), market.acme.at_work("buyer_finance"):
        pay_together(payment_ids=[due.id, paid.id], method_id=method_id)
    with pytest.raises(Invalid), market.acme.at_work("buyer_finance"):
        pay_together(payment_ids=[], method_id=method_id)
    assert as_it_stands(market, due).status == PaymentState.REQUESTED
    other = a_due_payment(market, "12.34")
    with market.acme.at_work("buyer_finance"):
        pay_together(payment_ids=[due.id, other.id], method_id=method_id)
    market.run_jobs()
    assert {as_it_stands(market, row).status for row in (due, other)} == {PaymentState.HELD}


@pytest.mark.parametrize(
    ("party", "role", "refusal"),
    [
        ("acme", "requester", NotYourMove),
        ("bolt", "supplier_finance", NotFound),
        ("nosy", "buyer_finance", NotFound),
    ],
)
def test_paying_is_for_the_buyers_finance_alone(
    market: Cast, stripe: Stripe, party: str, role: str, refusal: type[Exception]
) -> None:
    payment, method_id = a_due_payment(market), a_method(market, stripe)
    with pytest.raises(refusal), getattr(market, party).at_work(role):
        pay(payment_id=payment.id, method_id=method_id)


def test_paying_by_a_method_of_others_or_a_removed_one_is_refused(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    of_others = a_method(market, stripe, party=market.nosy)
    with pytest.raises(NotFound), market.acme.at_work("buyer_finance"):
        pay(payment_id=payment.id, method_id=of_others)
    removed = a_method(market, stripe)
    with market.acme.at_work("buyer_finance"):
        remove_method(method_id=removed)
    with pytest.raises(Invalid), market.acme.at_work("buyer_finance"):
        pay(payment_id=payment.id, method_id=removed)


def test_paying_dollars_by_sepa_debit_is_refused(market: Cast, stripe: Stripe) -> None:
    payment, method_id = (
        a_due_payment(market, currency="USD"),
        a_method(market, stripe, token="pm_success_fr"),
    )
    with pytest.raises(Invalid), market.acme.at_work("buyer_finance"):
        pay(payment_id=payment.id, method_id=method_id)


def test_refunds_never_go_beyond_what_was_paid(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe, "100")
    with market.platform():
        refund(order_id=payment.order_id, amount=euros("60"), cause_id=uuid4(), reason="")
    for amount in ("40.01", "0", "-5"):
        with market.platform(), pytest.raises(TooMuchRefunded):
            refund(order_id=payment.order_id, amount=euros(amount), cause_id=uuid4(), reason="")


def test_parallel_refunds_never_go_beyond_what_was_paid(market: Cast, stripe: Stripe) -> None:
    payment, refused = a_paid_payment(market, stripe, "100"), []

    def ask_back() -> None:
        try:
            with market.platform():
                refund(order_id=payment.order_id, amount=euros("30"), cause_id=uuid4(), reason="")
        except Conflict as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=contextvars.copy_context().run, args=(ask_back,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 3
    assert as_it_stands(market, payment).refunded == 90


def test_another_currency_is_refused(market: Cast, stripe: Stripe) -> None:
    payment, dollars = a_paid_payment(market, stripe), Money(Decimal(5), "USD")
    acts: list[Callable[[], object]] = [
        lambda: refund(order_id=payment.order_id, amount=dollars, cause_id=uuid4(), reason=""),
        lambda: contest(order_id=payment.order_id, dispute_id=uuid4(), amount=dollars),
        lambda: release_rest(order_id=payment.order_id, amount=dollars, cause_id=uuid4()),
        lambda: accept(order_id=payment.order_id, cause_id=uuid4(), label="", amount=dollars),
    ]
    for act in acts:
        with market.platform(), pytest.raises(CurrencyMismatch):
            act()


def test_an_order_without_a_payment_has_nothing_to_move(market: Cast) -> None:
    with market.platform():
        assert contest(order_id=uuid4(), dispute_id=uuid4(), amount=euros("5")) is None
        assert accept(order_id=uuid4(), cause_id=uuid4(), label="", amount=euros("5")) is None
        with pytest.raises(NotFound):
            refund(order_id=uuid4(), amount=euros("5"), cause_id=uuid4(), reason="")
        lift_contest(dispute_id=uuid4())


def test_contest_again_changes_its_amount(market: Cast, stripe: Stripe) -> None:
    payment, dispute_id = a_paid_payment(market, stripe, "100"), uuid4()
    received(market, payment, "50")
    for amount in ("80", "20"):
        with market.platform():
            contest(order_id=payment.order_id, dispute_id=dispute_id, amount=euros(amount))
        received(market, payment, "10")
    found = as_it_stands(market, payment)
    assert (found.contested, found.accepted, found.released) == (20, 70, 70)


def test_contest_beyond_the_order_holds_everything_that_is_left(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe, "100")
    received(market, payment, "50")
    with market.platform():
        contest(order_id=payment.order_id, dispute_id=uuid4(), amount=euros("500"))
    received(market, payment, "50")
    assert as_it_stands(market, payment).released == 50


def test_retry_of_a_refund_that_has_not_failed_is_refused(market: Cast, stripe: Stripe) -> None:
    payment = a_paid_payment(market, stripe)
    with market.platform():
        row = refund(order_id=payment.order_id, amount=euros("5"), cause_id=uuid4(), reason="")
    with market.platform(), pytest.raises(WrongState):
        retry_refund(refund_id=row.id)


def test_a_payout_account_is_opened_once(market: Cast) -> None:
    made = set()
    for _ in range(2):
        with market.bolt.at_work("supplier_finance"):
            made.add(open_payout_account().id)
    assert len(made) == 1


ATTACKS: dict[str, tuple[str, str]] = {
    "say it is paid": ("acme", "UPDATE payments SET status = 'held'"),
    "start without an attempt": ("acme", "UPDATE payments SET status = 'started'"),
    "say it need not be paid": ("acme", "UPDATE payments SET status = 'cancelled'"),
    "lower the amount": ("acme", "UPDATE payments SET amount = 1"),
    "pay less": (
        "acme",
        "INSERT INTO payment_attempts (id, payment_id, buyer_id, seller_id, method_id, status, amount, currency, tries,"
        " started_by, started_at, is_given_up) SELECT uuidv7(), p.id, p.buyer_id, p.seller_id, m.id, 'requested', 1,"
        " 'EUR', 0, '', now(), false FROM payments p, payment_methods m",
    ),
    "attempt with an answer": (
        "acme",
        "INSERT INTO payment_attempts (id, payment_id, buyer_id, seller_id, method_id, status, amount, currency, tries,"
        " started_by, started_at, is_given_up, stripe_id) SELECT uuidv7(), p.id, p.buyer_id, p.seller_id, m.id,"
        " 'requested', p.amount, 'EUR', 0, '', now(), false, 'pi_x' FROM payments p, payment_methods m",
    ),
    "attempt that has succeeded": (
        "acme",
        "INSERT INTO payment_attempts (id, payment_id, buyer_id, seller_id, method_id, status, amount, currency, tries,"
        " started_by, started_at, is_given_up) SELECT uuidv7(), p.id, p.buyer_id, p.seller_id, m.id, 'succeeded',"
        " p.amount, 'EUR', 0, '', now(), false FROM payments p, payment_methods m",
    ),
    "release to oneself": (
        "bolt",
        "INSERT INTO payment_releases (id, payment_id, buyer_id, seller_id, status, currency, amount, commission)"
        " SELECT uuidv7(), id, buyer_id, seller_id, 'queued', 'EUR', 1, 0 FROM payments",
    ),
    "change the commission": ("bolt", "UPDATE payments SET commission_rate = 0"),
    "read the rules": ("bolt", "SELECT * FROM commission_rules"),
    "read Stripe's news": ("acme", "SELECT * FROM stripe_events"),
    "book to oneself": ("bolt", "INSERT INTO ledger_accounts (id, organisation_id, purpose, currency)"
                        " SELECT uuidv7(), seller_id, 'earned', 'EUR' FROM payments"),
    "take another's account": (
        "bolt",
        "INSERT INTO payout_accounts (id, organisation_id, status, stripe_id, missing, opened_at)"
        " SELECT uuidv7(), seller_id, 'requested', 'acct_x', '[]', now() FROM payments",
    ),
    "a ready account": (
        "bolt",
        "INSERT INTO payout_accounts (id, organisation_id, status, missing, opened_at)"
        " SELECT uuidv7(), seller_id, 'ready', '[]', now() FROM payments",
    ),
    "a visit elsewhere": (
        "acme",
        "INSERT INTO stripe_visits (id, organisation_id, kind, status, url, asked_by, asked_at)"
        " SELECT uuidv7(), buyer_id, 'method', 'requested', 'https://evil.example', '', now() FROM payments",
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_sql_by_a_party_itself_moves_nothing(market: Cast, stripe: Stripe, attack: str) -> None:
    payment = a_due_payment(market)
    a_method(market, stripe)
    party, statement = ATTACKS[attack]
    with pytest.raises(DBAPIError), getattr(market, party).at_work("administrator") as work:
        work.execute(text(statement))
    assert as_it_stands(market, payment).status == PaymentState.REQUESTED


def test_an_attempt_without_a_started_payment_is_refused(market: Cast, stripe: Stripe) -> None:
    a_due_payment(market)
    a_method(market, stripe)
    insert = ATTACKS["pay less"][1].replace("'requested', 1,", "'requested', p.amount,")
    with pytest.raises(DBAPIError, match="not the sums"), market.acme.at_work("buyer_finance") as work:
        work.execute(text(insert))


def test_saying_that_it_is_paid_while_it_runs_is_refused(market: Cast, stripe: Stripe) -> None:
    payment = a_due_payment(market)
    started(market, payment, a_method(market, stripe, token="pm_success_fr"))
    with pytest.raises(DBAPIError, match="only start"), market.acme.at_work("buyer_finance") as work:
        work.execute(text("UPDATE payments SET status = 'held'"))


OWN_GOALS: dict[str, str] = {
    "a figure without its row": "UPDATE payments SET released = 90",
    "more released than is free": (
        "INSERT INTO payment_releases (id, payment_id, buyer_id, seller_id, status, currency, amount, commission,"
        " reclaimed, reclaimed_commission, transfer_amount, released_at, tries) SELECT uuidv7(), id, buyer_id,"
        " seller_id, 'queued', 'EUR', 1, 0, 0, 0, 0, now(), 0 FROM payments"
    ),
    "a refund beyond the payment": "UPDATE payments SET refunded = 95",
    "another amount": "UPDATE payment_releases SET amount = 5",
    "another order": "UPDATE payments SET order_id = uuidv7()",
    "a paid amount that changes": "UPDATE payments SET amount = 200",
    "a second success": (
        "INSERT INTO payment_attempts SELECT (jsonb_populate_record(null::payment_attempts, to_jsonb(a) ||"
        " jsonb_build_object('id', uuidv7(), 'stripe_id', null))).* FROM payment_attempts a"
    ),
    "an entry in the past": (
        "INSERT INTO ledger_entries (id, transaction_id, account_id, organisation_id, amount, currency)"
        " SELECT uuidv7(), transaction_id, account_id, organisation_id, amount, currency FROM ledger_entries"
    ),
    "books that are changed": "UPDATE ledger_entries SET amount = amount * 2",
    "a transaction that is deleted": "DELETE FROM ledger_transactions",
}


@pytest.mark.parametrize("slip", OWN_GOALS)
def test_sql_by_the_platform_itself_must_add_up(market: Cast, stripe: Stripe, slip: str) -> None:
    payment = a_paid_payment(market, stripe, "100")
    with market.platform():
        contest(order_id=payment.order_id, dispute_id=uuid4(), amount=euros("40"))
    received(market, payment, "100")
    with pytest.raises(DBAPIError), market.platform() as work:
        work.execute(text(OWN_GOALS[slip]))
    assert account(market, payment).payment.released == 60
