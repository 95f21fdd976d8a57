"""Are registration and VAT numbers what they claim to be?"""

import pytest

from marketplace.identity.organisations.identifiers import (
    WrongIdentifier,
    check_together,
    registration_number,
    vat_number,
)


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("552 100 554", "FR", "552100554"),
        ("552 100 554 00013", "FR", "552100554"),
        ("HRB 12345", "DE", "HRB12345"),
        ("  ", "FR", None),
        (None, "FR", None),
    ],
)
def test_registration_number_is_kept_as_the_register_writes_it(
    typed: str | None, country: str, kept: str | None
) -> None:
    assert registration_number(typed, country) == kept


@pytest.mark.parametrize("typed", ["552100555", "12345", "not a number", "55210055400014"])
def test_registration_number_with_wrong_digits_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(WrongIdentifier) as refusal:
        registration_number(typed, "FR")
    assert refusal.value.field == "registration_number"


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("FR 40 303 265 045", "FR", "FR40303265045"),
        ("40303265045", "FR", "FR40303265045"),
        ("DE136695976", "DE", "DE136695976"),
        ("094259216", "GR", "EL094259216"),
        ("CHE-100.155.212 TVA", "CH", "CHE100155212TVA"),
        ("anything", "US", "ANYTHING"),
        (None, "FR", None),
    ],
)
def test_vat_number_is_kept_with_its_country(typed: str | None, country: str, kept: str | None) -> None:
    assert vat_number(typed, country) == kept


@pytest.mark.parametrize(("typed", "country"), [("FR41303265045", "FR"), ("DE136695977", "DE"), ("x", "FR")])
def test_vat_number_with_wrong_digits_is_refused_beside_its_field(typed: str, country: str) -> None:
    with pytest.raises(WrongIdentifier) as refusal:
        vat_number(typed, country)
    assert refusal.value.field == "vat_number"


def test_check_together_with_another_siren_in_the_vat_number_refuses() -> None:
    check_together("303265045", "FR40303265045", "FR")
    with pytest.raises(WrongIdentifier):
        check_together("552100554", "FR40303265045", "FR")
