"""Is no other choice of suppliers better?"""

from decimal import Decimal
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from marketplace.buyers.shopping import splitting
from marketplace.buyers.shopping.splitting import Costs, cover, splits

A, B, C, D, E, F = (UUID(int=number) for number in range(1, 7))
AMOUNTS = st.integers(1, 30).map(Decimal)
ROWS = st.lists(st.dictionaries(st.sampled_from([A, B, C, D, E, F]), AMOUNTS), max_size=6)


def costs(*rows: dict[UUID, int]) -> Costs:
    return [{seller: Decimal(amount) for seller, amount in row.items()} for row in rows]


def test_one_who_has_all_comes_before_two_who_cost_less() -> None:
    asked = costs({A: 10, B: 4}, {A: 10, C: 5})
    assert list(splits(asked)) == [{A}, {B, C}]
    assert cover(asked, {B, C}) == (0, 9)


def test_more_covered_is_better_than_cheaper() -> None:
    assert list(splits(costs({A: 100}, {A: 100, B: 1}, {A: 100}))) == [{A}, {A, B}]


def test_what_nobody_has_is_left_out_by_all() -> None:
    assert list(splits(costs({}, {A: 1}))) == [{A}]
    assert list(splits(costs({}))) == list(splits(costs())) == []


@given(ROWS)
def test_each_choice_is_the_best_of_its_size_and_the_last_of_all(rows: list[dict[UUID, Decimal]]) -> None:
    sellers = sorted({seller for row in rows for seller in row})
    found = list(splits(rows))
    for number, chosen in enumerate(found, start=1):
        others = (cover(rows, some) for some in combinations(sellers, number))
        assert len(chosen) == number
        assert cover(rows, chosen) == min(others)
    if sellers:
        assert cover(rows, found[-1]) == cover(rows, sellers)


@given(ROWS)
def test_improving_step_by_step_ends_with_the_best_of_all_too(rows: list[dict[UUID, Decimal]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "MOST_TRIED", 0)
        found = list(splits(rows))
    sellers = {seller for row in rows for seller in row}
    assert cover(rows, found[-1] if found else ()) == cover(rows, sellers)
    assert [len(chosen) for chosen in found] == list(range(1, len(found) + 1))
