"""Do titles look alike as a person sees them?"""

import pytest
from hypothesis import given, strategies as st

from marketplace.sellers.items.likeness import ASKED_FROM, likeness, rarities
from marketplace.sellers.search.terms import terms_of


def alike(one: str, other: str, common: tuple[str, ...] = ()) -> float:
    terms = {*terms_of(one), *terms_of(other)}
    return likeness(one, other, rarities(dict.fromkeys(common, 500), terms, 1000))


@pytest.mark.parametrize(
    ("one", "other", "is_asked"),
    [
        ("Apple iPhone 7 32GB", "apple iphone 7 32 gb gold", True),
        ("Apple iPhone 7 32GB", "Apple iPhone 7 64GB", False),
        ("Vis inox M8 x 30", "Vis inox M8 x 40", False),
        ("Câble HDMI 2 m", "cable hdmi 2m", True),
        ("Perceuse", "Ponceuse", False),
        ("", "", False),
    ],
)
def test_titles_are_alike_by_their_words_and_not_against_their_numbers(
    one: str, other: str, is_asked: bool
) -> None:
    assert (alike(one, other) >= ASKED_FROM) == is_asked


def test_rare_words_say_more_than_common_ones() -> None:
    common = ("phon", "black")
    assert (
        alike("phone black xperia", "phone black galaxy", common)
        < 0.5
        < alike("xperia phone", "xperia", common)
    )


@given(st.text("abc 129", max_size=20), st.text("abc 129", max_size=20))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    share = alike(one, other)
    assert 0 <= share <= 1.000001
    assert share == pytest.approx(alike(other, one))
