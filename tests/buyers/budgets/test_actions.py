"""Does a budget hold, also when everybody reaches for it at once?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.buyers.budgets.actions import (
    BudgetExceeded,
    NothingCommitted,
    add_cost_centre,
    change_budget,
    change_commitment,
    change_cost_centre,
    commit_budget,
    hand_over_commitment,
    release_commitment,
    set_budget,
    spend,
)
from marketplace.buyers.budgets.models import Budget, BudgetEntry, Commitment
from marketplace.buyers.budgets.queries import budget_positions
from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid
from marketplace.foundation.money import CurrencyMismatch, Money
from tests.cast import Cast, Party
from tests.factories.budgets import a_budget, a_cost_centre


def euros(amount: int | str) -> Money:
    return Money(Decimal(amount), "EUR")


def commit(party: Party, budget: Budget, amount: int | str, document_id: UUID | None = None) -> UUID:
    document = document_id or uuid4()
    with party.at_work("requester"):
        commit_budget(
            cost_centre_id=budget.cost_centre_id,
            document_id=document,
            amount=euros(amount),
            on=clock.today(),
        )
    return document


def totals(party: Party, budget: Budget) -> tuple[Decimal, Decimal]:
    """Committed and spent, after checking that they are the sums of the entries."""
    with party.reading("requester") as work:
        row = work.get_one(Budget, budget.id)
        sums = work.execute(
            select(
                func.coalesce(func.sum(BudgetEntry.committed), 0),
                func.coalesce(func.sum(BudgetEntry.spent), 0),
            ).where(BudgetEntry.budget_id == budget.id)
        ).one()
        held = select(func.coalesce(func.sum(Commitment.committed), 0)).where(
            Commitment.budget_id == budget.id
        )
        assert tuple(sums) == (row.committed, row.spent)
        assert work.scalar(held) == row.committed
        return row.committed, row.spent


def test_commit_within_the_budget_is_held(market: Cast) -> None:
    budget = a_budget(market.acme, amount=1000)
    commit(market.acme, budget, "999.99")
    assert totals(market.acme, budget) == (Decimal("999.99"), 0)


def test_commit_past_the_budget_is_refused_and_says_what_is_left(market: Cast, speaking: None) -> None:
    budget = a_budget(market.acme, amount=1000)
    commit(market.acme, budget, 900)
    with pytest.raises(BudgetExceeded) as refusal:
        commit(market.acme, budget, "100.01")
    assert "CC-100 · Production has €100.00 left" in str(refusal.value)
    assert "€0.01 less" in str(refusal.value)
    assert totals(market.acme, budget) == (900, 0)


def test_commit_on_a_day_without_budget_is_refused(market: Cast, speaking: None) -> None:
    centre = a_cost_centre(market.acme)
    with pytest.raises(BudgetExceeded, match="has no budget on 1"), market.acme.at_work("requester"):
        commit_budget(cost_centre_id=centre.id, document_id=uuid4(), amount=euros(1), on=date(2031, 1, 1))


def test_commit_in_another_currency_is_refused(market: Cast, speaking: None) -> None:
    budget = a_budget(market.acme)
    with pytest.raises(CurrencyMismatch), market.acme.at_work("requester"):
        commit_budget(
            cost_centre_id=budget.cost_centre_id,
            document_id=uuid4(),
            amount=Money(Decimal(1), "USD"),
            on=clock.today(),
        )


def test_release_gives_everything_back_once(market: Cast) -> None:
    budget = a_budget(market.acme, amount=1000)
    document = commit(market.acme, budget, 400)
    for _ in range(2):
        with market.acme.at_work("requester"):
            release_commitment(document_id=document)
    assert totals(market.acme, budget) == (0, 0)


def test_hand_over_to_orders_keeps_the_sum_and_releases_the_rest(market: Cast) -> None:
    budget, orders = a_budget(market.acme, amount=1000), (uuid4(), uuid4())
    document = commit(market.acme, budget, 400)
    with market.acme.at_work("requester"):
        hand_over_commitment(document_id=document, shares=[(orders[0], euros(300)), (orders[1], euros(60))])
    assert totals(market.acme, budget) == (360, 0)


def test_hand_over_of_more_than_is_held_is_refused(market: Cast, speaking: None) -> None:
    budget = a_budget(market.acme, amount=1000)
    document = commit(market.acme, budget, 400)
    with pytest.raises(NothingCommitted), market.acme.at_work("requester"):
        hand_over_commitment(document_id=document, shares=[(uuid4(), euros("400.01"))])


def test_hand_over_of_what_was_released_is_refused(market: Cast, speaking: None) -> None:
    budget = a_budget(market.acme, amount=1000)
    document = commit(market.acme, budget, 400)
    with market.acme.at_work("requester"):
        release_commitment(document_id=document)
    with pytest.raises(NothingCommitted), market.acme.at_work("requester"):
        hand_over_commitment(document_id=document, shares=[(uuid4(), euros(400))])


def test_spend_turns_the_commitment_into_an_actual(market: Cast) -> None:
    budget = a_budget(market.acme, amount=1000)
    document = commit(market.acme, budget, 400)
    with market.acme.at_work("buyer_finance"):
        spend(document_id=document, amount=euros(150))
    assert totals(market.acme, budget) == (250, 150)


def test_spend_beyond_commitment_and_budget_is_refused(market: Cast, speaking: None) -> None:
    budget = a_budget(market.acme, amount=1000)
    document = commit(market.acme, budget, 1000)
    with pytest.raises(BudgetExceeded), market.acme.at_work("buyer_finance"):
        spend(document_id=document, amount=euros("1000.01"))


def test_change_of_a_commitment_counts_what_is_spent(market: Cast) -> None:
    budget = a_budget(market.acme, amount=1000)
    document = commit(market.acme, budget, 400)
    with market.acme.at_work("requester"):
        spend(document_id=document, amount=euros(100))
        change_commitment(document_id=document, amount=euros(900))
    assert totals(market.acme, budget) == (800, 100)
    with market.acme.at_work("requester"):
        change_commitment(document_id=document, amount=euros(100))
    assert totals(market.acme, budget) == (0, 100)


def test_commit_by_32_at_once_takes_exactly_what_is_there(market: Cast) -> None:
    budget = a_budget(market.acme, amount=1000)

    def try_it(_: int) -> bool:
        try:
            commit(market.acme, budget, 100)
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(32) as pool:
        assert sum(pool.map(try_it, range(32))) == 10
    assert totals(market.acme, budget) == (1000, 0)


def test_change_budget_below_what_is_held_is_refused(market: Cast) -> None:
    budget = a_budget(market.acme, amount=1000)
    commit(market.acme, budget, 400)
    with pytest.raises(IntegrityError, match="ck_budgets_within"), market.acme.at_work("buyer_finance"):
        change_budget(budget_id=budget.id, amount=Decimal("399.99"))
    with market.acme.at_work("buyer_finance"):
        change_budget(budget_id=budget.id, amount=Decimal(400))


def test_set_budget_twice_for_a_day_is_refused(market: Cast) -> None:
    budget = a_budget(market.acme)
    with pytest.raises(IntegrityError, match="ex_budgets_period"), market.acme.at_work("buyer_finance"):
        set_budget(
            cost_centre_id=budget.cost_centre_id,
            starts_on=budget.ends_on,
            ends_on=date(2040, 1, 1),
            amount=Decimal(1),
        )


def test_add_cost_centre_whose_owner_may_not_decide_is_refused(market: Cast, speaking: None) -> None:
    with pytest.raises(Invalid, match="owner must be"), market.acme.at_work("procurement_lead"):
        add_cost_centre(code="X", name="X", owner_id=market.acme.people["requester"])


def test_close_cost_centre_takes_it_out_of_the_positions(market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    with market.acme.at_work("procurement_lead"):
        change_cost_centre(
            cost_centre_id=centre.id,
            code="cc-100",
            name="Old",
            owner_id=centre.owner_id,
            is_active=False,
        )
    with market.acme.reading("requester"):
        assert budget_positions(clock.today()) == []


BY_HAND: list[Callable[[Budget], str]] = [
    lambda b: f"update budgets set committed = 0 where id = '{b.id}'",
    lambda b: f"update budgets set spent = 0 where id = '{b.id}'",
    lambda b: f"update budgets set amount = 1000000 where id = '{b.id}'",
    lambda b: f"update budgets set currency = 'USD' where id = '{b.id}'",
    lambda b: f"update budgets set ends_on = '2099-12-31' where id = '{b.id}'",
    lambda b: f"delete from budgets where id = '{b.id}'",
    lambda b: "delete from budget_entries",
    lambda b: "update budget_entries set committed = 1",
    lambda b: "update budget_commitments set committed = 0",
    lambda b: (
        "insert into budget_entries select uuidv7(), * from (select organisation_id, budget_id, document_id,"
        " 'released', -committed - 1, 0, currency, now(), '' from budget_commitments)"
    ),
    lambda b: (
        f"update cost_centres set owner_id = (select id from people limit 1) where id = '{b.cost_centre_id}'"
    ),
]


@pytest.mark.parametrize("attack", BY_HAND)
def test_write_by_hand_as_a_requester_is_refused(market: Cast, attack: Callable[[Budget], str]) -> None:
    budget = a_budget(market.acme, amount=1000)
    commit(market.acme, budget, 400)
    with pytest.raises(DBAPIError), market.acme.at_work("requester") as work:
        work.execute(text(attack(budget)))
    assert totals(market.acme, budget) == (400, 0)


def test_write_entry_into_somebody_elses_budget_is_refused(market: Cast) -> None:
    budget = a_budget(market.acme, amount=1000)
    with (
        pytest.raises(IntegrityError, match="another currency or owner"),
        market.nosy.at_work("requester") as work,
    ):
        work.add(
            BudgetEntry(
                organisation_id=market.nosy.id,
                budget_id=budget.id,
                document_id=uuid4(),
                kind="committed",
                committed=Decimal(10),
                spent=Decimal(0),
                currency="EUR",
                entered_by="Nosy",
            )
        )


def test_read_as_an_outsider_finds_nothing(market: Cast) -> None:
    budget = a_budget(market.acme, amount=1000)
    commit(market.acme, budget, 400)
    with market.nosy.reading("procurement_lead") as work:
        for table in ("cost_centres", "budgets", "budget_entries", "budget_commitments"):
            assert work.scalar(text(f"select count(*) from {table}")) == 0
