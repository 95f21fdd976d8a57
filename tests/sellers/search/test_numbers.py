"""Which numbers stand in what was typed?"""

import pytest

from marketplace.sellers.search.numbers import key_of, keys_of, numbers_one_letter_away


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("mn8x-2b/a ", "MN8X2BA"),
        ("00012-34", "1234"),
        ("04006381333931", "4006381333931"),
        ("4 006381 333931", "4006381333931"),
        ("000", "0"),
        ("é-12", "12"),
        ("?!", ""),
    ],
)
def test_key_of_a_number_has_capitals_and_digits_and_no_zeros_in_front(written: str, key: str) -> None:
    assert key_of(written) == key


def test_keys_of_a_query_are_the_whole_and_the_runs_of_words_that_may_be_numbers() -> None:
    assert keys_of("bosch GSR-18V55") == ["BOSCHGSR18V55", "GSR18V55"]
    assert keys_of("perceuse bosch gsr 18v 55")[:3] == [
        "PERCEUSEBOSCHGSR18V55",
        "PERCEUSEBOSCHGSR18V",
        "BOSCHGSR18V55",
    ]
    assert "GSR18V55" in keys_of("perceuse bosch gsr 18v 55")
    assert keys_of("SKU: 06019-H52") == ["SKU06019H52", "6019H52"]
    assert keys_of("galaxy s9") == ["GALAXYS9"]
    assert keys_of("  ") == []


def test_numbers_one_letter_away_are_sought_for_numbers_alone() -> None:
    assert "A1234X" in numbers_one_letter_away("A-1234-Y")
    assert "4006381333931" in numbers_one_letter_away("400638133393")
    assert "4006381333931" in numbers_one_letter_away("04006381333932")
    assert numbers_one_letter_away("galaxy") == []
    assert numbers_one_letter_away("two words 123456") == []
