"""Which words may somebody have meant?"""

import pytest
from hypothesis import given, strategies as st

from marketplace.sellers.search.correcting import corrected
from marketplace.sellers.search.spelling import (
    are_two_letters_apart,
    commonest,
    commonest_pair,
    halves,
    one_letter_away,
)

NAMES = ["Galaxy S9 black", "Black galaxy case", "Frigo congelateur"]


@given(st.text("abcd", min_size=1, max_size=8), st.data())
def test_one_letter_away_holds_every_single_mistake(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    wrong, missing = word[:place] + "z" + word[place + 1 :], word[:place] + word[place + 1 :]
    assert wrong in one_letter_away(word)
    assert missing in ("", word) or missing in one_letter_away(word)
    assert word in one_letter_away(wrong)


@pytest.mark.parametrize(
    ("typed", "meant"), [("aspiratoeur", "aspirateur"), ("prcese", "perceuse"), ("percuese", "perceuse")]
)
def test_two_letters_apart_are_words_with_two_mistakes(typed: str, meant: str) -> None:
    assert are_two_letters_apart(typed, meant)


@given(st.text("abcdef", min_size=5, max_size=12), st.data())
def test_two_letters_apart_are_all_words_that_lost_two(word: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(word) - 1))
    once = word[:first] + word[first + 1 :]
    second = data.draw(st.integers(0, len(once) - 1))
    assert are_two_letters_apart(word, once[:second] + once[second + 1 :])
    assert not are_two_letters_apart(word, word + "xyz")


def test_commonest_are_much_commoner_than_what_was_typed() -> None:
    known = {"galax": 30, "gallex": 5, "galux": 11, "rare": 1}
    assert commonest(known, known, 1) == ["galax", "galux"]
    assert commonest(known, known, 0) == ["galax", "galux", "gallex"]


def test_commonest_pair_is_the_one_whose_rarer_word_is_commonest() -> None:
    known = {"fridg": 9, "freezer": 9, "fri": 90}
    assert commonest_pair([("fri", "dgefreezer"), ("fridg", "freezer")], known, 0) == ["fridg freezer"]
    assert commonest_pair([("fri", "dgefreezer")], known, 0) == []
    assert ("fridge", "freezer") in halves("fridgefreezer")


@pytest.mark.parametrize(
    ("typed", "guessed", "meant"),
    [
        ("Black  Galxy", {"galxy": ["galax"]}, "Black  galaxy"),
        ("galxy blakc", {"galxy": ["galax"], "blakc": ["black"]}, "galaxy black"),
        ("frigocongelateur", {"frigocongelateur": ["frigo congel"]}, "frigo congelateur"),
        ("galxy", {"galxy": ["unseen", "galax"]}, "galaxy"),
        ("galxy", {"galxy": ["unseen"]}, None),
        ("galaxy", {}, None),
    ],
)
def test_corrected_speaks_in_the_words_of_what_was_found(
    typed: str, guessed: dict[str, list[str]], meant: str | None
) -> None:
    assert corrected(typed, guessed, NAMES) == meant
