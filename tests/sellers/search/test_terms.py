"""Which terms does a text have?"""

import pytest
from hypothesis import given, strategies as st

from marketplace.sellers.search.terms import terms_of, weights_of


@pytest.mark.parametrize("text", ["64GB", "64 gb", "64-Gb", "64gb"])
def test_terms_of_letters_and_digits_are_split_and_joined(text: str) -> None:
    assert set(terms_of(text)) == {"64", "gb", "64gb"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Câbles", "cable"),
        ("batteries", "battery"),
        ("batteries", "batterie"),
        ("journaux", "journal"),
        ("Œillets", "oeillet"),
        ("perceuses", "perceuse"),
        ("drills", "drill"),
    ],
)
def test_terms_of_both_languages_meet_in_their_stem(one: str, other: str) -> None:
    assert terms_of(one) == terms_of(other)


def test_weights_of_the_name_count_more_than_of_the_description() -> None:
    weights = weights_of({"name": "cable", "description": "cuivre"})
    assert weights["cabl"] > weights["cuivr"]


def test_weights_of_a_short_name_say_more_than_of_a_long_one() -> None:
    long = "cable rouge souple pour installation domestique exterieure"
    assert weights_of({"name": "cable"})["cabl"] > weights_of({"name": long})["cabl"]


def test_weights_of_a_repeated_word_are_no_higher_for_it() -> None:
    assert weights_of({"name": "vis vis vis"})["vis"] < weights_of({"name": "vis inox"})["vis"]


@given(st.text(max_size=300))
def test_weights_of_anything_are_positive_and_bounded(text: str) -> None:
    assert all(0 < weight < 1.6 for weight in weights_of({"name": text, "description": text}).values())
