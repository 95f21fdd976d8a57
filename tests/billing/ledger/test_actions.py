"""Do the books close, whatever is posted?"""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.billing.ledger.actions import Concerning, Entry, post
from marketplace.billing.ledger.models import CAUSES, LABELS, Cause, Purpose
from marketplace.billing.ledger.queries import balance_of, balances, statement, trial_balance
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from tests.cast import Cast


def euros(amount: str | Decimal) -> Money:
    return Money(Decimal(amount), "EUR")


def concerning(market: Cast) -> Concerning:
    return Concerning(uuid4(), "PO-1", market.acme.id, market.bolt.id)


def posted(market: Cast, *amounts: str, cause_id: UUID | None = None) -> bool:
    """Paid in by Acme, held for it; and so on for each amount."""
    entries = [
        entry
        for amount in amounts
        for entry in (
            Entry(market.acme.id, Purpose.PAID_IN, -euros(amount)),
            Entry(market.acme.id, Purpose.HELD, euros(amount)),
        )
    ]
    with market.platform():
        return post(
            cause=Cause.PAYMENT, cause_id=cause_id or uuid4(), concerning=concerning(market), entries=entries
        )


def test_every_purpose_and_cause_has_its_words() -> None:
    assert set(LABELS) == set(Purpose)
    assert set(CAUSES) == set(Cause)


def test_post_moves_money_between_accounts(market: Cast) -> None:
    posted(market, "100")
    with market.acme.reading("buyer_finance"):
        assert balance_of(market.acme.id, Purpose.HELD, "EUR") == euros("100")
        assert [balance.money for balance in balances(organisation_id=market.acme.id)] == [
            euros("-100"),
            euros("100"),
        ]


def test_post_of_the_same_cause_is_booked_once(market: Cast) -> None:
    cause_id = uuid4()
    assert [posted(market, "100", cause_id=cause_id) for _ in range(2)] == [True, False]
    with market.platform():
        assert balance_of(market.acme.id, Purpose.HELD, "EUR") == euros("100")


@pytest.mark.parametrize("amounts", [("100", "-99.99"), ("100", "0.01")])
def test_post_that_does_not_close_is_refused_at_commit(market: Cast, amounts: tuple[str, str]) -> None:
    entries = [Entry(market.acme.id, Purpose.HELD, euros(amount)) for amount in amounts]
    with pytest.raises(IntegrityError, match="sum to nothing"), market.platform():
        post(cause=Cause.PAYMENT, cause_id=uuid4(), concerning=concerning(market), entries=entries)


def test_post_that_closes_only_across_currencies_is_refused(market: Cast) -> None:
    entries = [
        Entry(market.acme.id, Purpose.HELD, euros("5")),
        Entry(market.acme.id, Purpose.PAID_IN, Money(Decimal(-5), "USD")),
    ]
    with pytest.raises(IntegrityError, match="sum to nothing"), market.platform():
        post(cause=Cause.PAYMENT, cause_id=uuid4(), concerning=concerning(market), entries=entries)


def test_post_of_nothing_is_refused(market: Cast) -> None:
    with pytest.raises(IntegrityError, match="is_double_entry"), market.platform():
        post(cause=Cause.PAYMENT, cause_id=uuid4(), concerning=concerning(market), entries=[])


def test_an_entry_on_an_account_of_another_is_refused(market: Cast) -> None:
    posted(market, "100")
    forged = (
        "WITH t AS (INSERT INTO ledger_transactions (id, cause, cause_id, buyer_id, seller_id, order_id, order_number,"
        " entries, posted_at) SELECT uuidv7(), 'payment', uuidv7(), buyer_id, seller_id, order_id, 'x', 2, now()"
        " FROM ledger_transactions RETURNING id)"
        " INSERT INTO ledger_entries (id, transaction_id, account_id, organisation_id, amount, currency)"
        " SELECT uuidv7(), t.id, a.id, :bolt, s.amount, 'EUR' FROM t, ledger_accounts a,"
        " (VALUES (1), (-1)) s (amount) WHERE a.purpose = 'held'"
    )
    with pytest.raises(IntegrityError, match="account of another"), market.platform() as work:
        work.execute(text(forged), {"bolt": market.bolt.id})


def test_a_tenant_posts_nothing(market: Cast) -> None:
    entries = [
        Entry(market.acme.id, Purpose.HELD, euros("1")),
        Entry(market.acme.id, Purpose.PAID_IN, euros("-1")),
    ]
    with pytest.raises(DBAPIError, match="permission denied"), market.acme.at_work("buyer_finance"):
        post(cause=Cause.PAYMENT, cause_id=uuid4(), concerning=concerning(market), entries=entries)


def test_statement_runs_and_pages(market: Cast) -> None:
    for amount in ("10", "20", "-5", "7"):
        posted(market, amount)
    with market.acme.reading("buyer_finance"):
        held = next(b for b in balances(organisation_id=market.acme.id) if b.account.purpose == Purpose.HELD)
        first = statement(held.account.id, size=3)
        rest = statement(held.account.id, before=first.older, size=3)
    lines = [(line.entry.amount, line.balance.amount) for line in (*first.lines, *rest.lines)]
    assert lines == [(7, 32), (-5, 25), (20, 30), (10, 10)]
    assert rest.older is None


def test_books_of_others_are_not_seen(market: Cast) -> None:
    posted(market, "100")
    with market.acme.reading("buyer_finance"):
        account_id = balances(organisation_id=market.acme.id)[0].account.id
    for outsider in (market.bolt, market.nosy):
        with outsider.reading("administrator"):
            assert balances(organisation_id=market.acme.id) == []
            with pytest.raises(NotFound):
                statement(account_id)


AMOUNTS = st.decimals(min_value=-1000, max_value=1000, places=2).filter(bool)
ACCOUNTS = st.tuples(
    st.sampled_from(["acme", "bolt", "crown"]),
    st.sampled_from(list(Purpose)),
    st.sampled_from(["EUR", "USD"]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.tuples(ACCOUNTS, ACCOUNTS, AMOUNTS), min_size=1, max_size=8))
def test_whatever_is_posted_the_books_sum_to_nothing(
    market: Cast, history: list[tuple[tuple[str, Purpose, str], tuple[str, Purpose, str], Decimal]]
) -> None:
    for (whose, what, currency), (other, target, _), amount in history:
        entry = Entry(getattr(market, whose).id, what, Money(-amount, currency))
        entries = [entry, Entry(getattr(market, other).id, target, -entry.amount)]
        doubled = [replace(entry, amount=entry.amount + entry.amount), *entries[1:]]
        with market.platform():
            post(cause=Cause.PAYMENT, cause_id=uuid4(), concerning=concerning(market), entries=entries)
        with pytest.raises(IntegrityError), market.platform():
            post(cause=Cause.PAYMENT, cause_id=uuid4(), concerning=concerning(market), entries=doubled)
    with market.platform():
        sums: dict[str, Decimal] = {}
        for total in trial_balance():
            sums[total.money.currency] = sums.get(total.money.currency, Decimal(0)) + total.money.amount
    assert set(sums.values()) <= {Decimal(0)}
