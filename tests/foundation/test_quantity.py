"""Is a quantity one that somebody can order, count or ship?"""

from decimal import Decimal

import pytest

from marketplace.foundation.errors import Invalid
from marketplace.foundation.quantity import MAXIMUM, UNITS, WrongQuantity, checked_quantity, unit


@pytest.mark.parametrize(
    ("value", "code"), [("1", "C62"), ("1.000", "C62"), ("0.125", "KGM"), ("1000000000", "EA")]
)
def test_checked_quantity_of_a_possible_one_is_the_same(value: str, code: str) -> None:
    assert checked_quantity(Decimal(value), code) == Decimal(value)


@pytest.mark.parametrize(
    ("value", "code"),
    [("0", "C62"), ("-1", "C62"), ("0.5", "C62"), ("0.0001", "KGM"), ("NaN", "KGM"), ("sNaN", "KGM")],
)
def test_checked_quantity_of_an_impossible_one_is_refused_beside_its_field(value: str, code: str) -> None:
    with pytest.raises(WrongQuantity) as refusal:
        checked_quantity(Decimal(value), code, field="wanted")
    assert refusal.value.field == "wanted"


def test_checked_quantity_beyond_the_maximum_is_refused() -> None:
    with pytest.raises(WrongQuantity):
        checked_quantity(MAXIMUM + 1, "C62")


def test_unit_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Invalid, match="Rec 20"):
        unit("XYZ")


@pytest.mark.parametrize("code", UNITS)
def test_every_unit_has_a_name_and_a_fineness(code: str) -> None:
    assert str(unit(code).label)
    assert 0 <= unit(code).decimals <= 3
