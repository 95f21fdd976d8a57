"""Which terms does a text have?"""

import pytest
from hypothesis import given, strategies as st

from marketplace.sellers.catalogue.terms import (
    folded,
    key_of,
    keys_of,
    numbers_one_letter_away,
    one_letter_away,
    terms_of,
    weights_of,
)


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


def test_folded_text_has_no_accents() -> None:
    assert folded("ÉLÉGANT Straße") == "elegant strasse"


def test_weights_of_the_name_count_more_than_of_the_description() -> None:
    weights = weights_of({"name": "cable", "description": "cuivre"})
    assert weights["cabl"] > weights["cuivr"]


def test_weights_of_a_short_name_say_more_than_of_a_long_one() -> None:
    long = "cable rouge souple pour installation domestique exterieure"
    assert weights_of({"name": "cable"})["cabl"] > weights_of({"name": long})["cabl"]


@given(st.text(max_size=300))
def test_weights_of_anything_are_positive_and_bounded(text: str) -> None:
    assert all(0 < weight < 1.6 for weight in weights_of({"name": text, "description": text}).values())


def test_keys_of_a_query_are_the_whole_and_its_numbers() -> None:
    assert keys_of("bosch GSR-18V55") == ["BOSCHGSR18V55", "GSR18V55"]
    assert keys_of("4006381333931") == ["4006381333931", "04006381333931"]
    assert keys_of("  ") == []


@given(st.text("abcd", min_size=1, max_size=8), st.data())
def test_one_letter_away_holds_every_single_mistake(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    wrong, missing = word[:place] + "z" + word[place + 1 :], word[:place] + word[place + 1 :]
    assert wrong in one_letter_away(word)
    assert missing in ("", word) or missing in one_letter_away(word)
    assert word in one_letter_away(wrong)


def test_numbers_one_letter_away_are_sought_for_numbers_alone() -> None:
    assert "A1234X" in numbers_one_letter_away("A-1234-Y")
    assert "04006381333931" in numbers_one_letter_away("400638133393")
    assert numbers_one_letter_away("galaxy") == []
    assert numbers_one_letter_away("two words 123456") == []


def test_key_of_a_number_has_capitals_and_digits_only() -> None:
    assert key_of("mn8x-2b/a ") == "MN8X2BA"
