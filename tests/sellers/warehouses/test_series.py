"""Are the bins between two bins those that a person means?"""

import pytest
from hypothesis import given, strategies as st

from marketplace.sellers.warehouses.series import MOST, codes_between


@pytest.mark.parametrize(
    ("first", "last", "codes"),
    [
        ("A-1", "A-3", ["A-1", "A-2", "A-3"]),
        ("a-09", "A-11", ["A-09", "A-10", "A-11"]),
        ("R1-S1-L", "R1-S2-L", ["R1-S1-L", "R1-S2-L"]),
        ("QUAI", "QUAI", ["QUAI"]),
        ("7", "7", ["7"]),
    ],
)
def test_a_series_counts_up_at_its_last_number(first: str, last: str, codes: list[str]) -> None:
    assert codes_between(first, last) == codes


@pytest.mark.parametrize(
    ("first", "last"), [("A-1", "B-3"), ("A-3", "A-1"), ("A", "B"), ("1-A", "2-B"), ("A-1", "A-99999999999")]
)
def test_what_is_no_series_is_none(first: str, last: str) -> None:
    assert codes_between(first, last) is None


@given(st.integers(0, 99), st.integers(0, MOST - 1))
def test_a_series_has_as_many_bins_as_there_are_numbers(begin: int, more: int) -> None:
    codes = codes_between(f"X{begin}", f"X{begin + more}")
    assert codes is not None
    assert len(set(codes)) == more + 1
