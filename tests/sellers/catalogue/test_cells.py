"""Is a cell read as it was meant, or refused with its reason?"""

from datetime import date
from decimal import Decimal

import pytest

from marketplace.sellers.catalogue.cells import (
    NUMBER_STYLES,
    REASONS,
    Amount,
    Refused,
    Words,
    cpv_code,
    currency,
    gtin,
    number,
    sentence,
    unit_code,
    whole_number,
)
from marketplace.sellers.catalogue.columns import Read
from marketplace.sellers.catalogue.spreadsheets import Cell

COMMA, POINT = NUMBER_STYLES["comma"], NUMBER_STYLES["point"]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1234,56", "1234.56"),
        ("0,5", "0.5"),
        ("12", "12"),
        ("-3", "-3"),
        (12.5, "12.5"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_number_with_decimal_comma_is_read(typed: Cell, value: str) -> None:
    assert number(typed, COMMA) == Decimal(value)


def test_number_is_what_the_chosen_style_says() -> None:
    assert number("1.234", COMMA) == 1234
    assert number("1.234", POINT) == Decimal("1.234")


@pytest.mark.parametrize(
    "typed", ["12.5", "1.23,4", "12,5 €", "See note", "1e300", "", "--1", "1,2,3", True, date(2026, 1, 1)]
)
def test_number_that_could_be_something_else_is_refused(typed: Cell) -> None:
    with pytest.raises(Refused, match="no_number"):
        number(typed, COMMA)


@pytest.mark.parametrize(
    ("read", "cell", "reason"),
    [
        (Amount(), "0", "not_positive"),
        (Amount(), "-1", "not_positive"),
        (Amount(may_be_zero=True), "-1", "negative"),
        (Amount(), 1e300, "too_large"),
        (Amount(), "9999999999", "too_large"),
        (Amount(), "0,00001", "too_fine"),
        (Words(3), "four", "too_long"),
        (Words(9), "a\x00b", "control_character"),
        (Words(9), date(2026, 1, 1), "no_text"),
        (Words(9), True, "no_text"),
        (whole_number, "1,5", "no_whole_number"),
        (whole_number, "-1", "no_whole_number"),
        (whole_number, "366", "no_whole_number"),
        (gtin, "4006381333932", "gtin"),
        (gtin, "abc", "gtin"),
        (cpv_code, "1234567", "cpv_code"),
        (unit_code, "metre", "unit"),
        (currency, "EURO", "currency"),
    ],
)
def test_a_bad_cell_is_refused_with_its_reason(read: Read, cell: Cell, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(cell, COMMA)
    assert refused.value.reason == reason
    assert sentence(reason, refused.value.detail).endswith((".", "?"))


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (Words(9), 12345.0, "12345"),
        (gtin, 4006381333931.0, "4006381333931"),
        (gtin, "400-6381 333931", "4006381333931"),
        (cpv_code, 3111000.0, "03111000"),
        (cpv_code, "30192700-8", "30192700"),
        (unit_code, "kgm", "KGM"),
        (currency, "eur", "EUR"),
    ],
)
def test_a_good_cell_is_read_as_it_is_kept(read: Read, cell: Cell, value: str) -> None:
    assert read(cell, COMMA) == value


def test_every_reason_has_its_sentence_with_its_detail() -> None:
    assert all(sentence(reason, "7") for reason in REASONS)
