"""Is a value kept in one form, and shown in the reader's?"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import speaking
from marketplace.sellers.attributes.models import Attribute
from marketplace.sellers.attributes.values import kept, shown


def an_attribute(kind: str, **others: Any) -> Attribute:
    return Attribute(code="it", label_en="It", label_fr="Ça", kind=kind, choices=["red", "blue"], **others)


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("text", "IP67", "IP67"),
        ("text", None, None),
        ("number", Decimal("230.50"), "230.5"),
        ("number", Decimal("100"), "100"),
        ("number", Decimal("0"), "0"),
        ("number", None, None),
        ("choice", "red", "red"),
        ("choice", "", None),
        ("flag", "yes", "yes"),
    ],
)
def test_a_value_is_kept_in_one_form(kind: str, value: Any, stored: str | None) -> None:
    assert kept(an_attribute(kind, is_required=False), value) == stored


@pytest.mark.parametrize(
    ("kind", "value", "is_required"),
    [
        ("text", "x" * 251, False),
        ("choice", "green", False),
        ("flag", "maybe", False),
        ("number", None, True),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(kind: str, value: Any, is_required: bool) -> None:
    with pytest.raises(Invalid) as refused:
        kept(an_attribute(kind, is_required=is_required), value)
    assert refused.value.field == "attribute_it"


@given(st.decimals(min_value=-1_000_000, max_value=1_000_000, places=4))
def test_a_number_that_is_kept_again_is_the_same(value: Decimal) -> None:
    attribute = an_attribute("number", is_required=False)
    stored = kept(attribute, value)
    assert stored is not None
    assert Decimal(stored) == value
    assert kept(attribute, Decimal(stored)) == stored


def test_a_value_is_shown_in_the_language_of_the_page() -> None:
    length, flag = an_attribute("number", unit_code="MTR"), an_attribute("flag")
    with speaking("en"):
        assert (shown(length, "1250.5"), shown(flag, "yes")) == ("1,250.5 m", "yes")
    with speaking("fr"):
        assert shown(flag, "no") == "non"
        assert shown(length, "2.5") == "2,5 m"
