"""Do we speak the language of whoever reads?"""

from decimal import Decimal

import pytest
from flask import Flask

from marketplace.foundation.language import (
    LANGUAGES,
    catalogue,
    language,
    lazy_text,
    plural_text,
    speaking,
    text,
)
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_money, write_number, write_percent


def test_speaking_holds_inside_with_and_without_an_application(portal: Flask) -> None:
    with speaking("fr"):
        assert (language(), text("Yes")) == ("fr", "Oui")
        with speaking("en"):
            assert text("Yes") == "Yes"
        assert text("Yes") == "Oui"
    assert language() == "en"
    with portal.test_request_context(headers={"Accept-Language": "fr"}):
        assert language() == "fr"
        with speaking("en"):
            assert (language(), write_number(Decimal("1.5"))) == ("en", "1.5")
        assert (language(), write_number(Decimal("1.5"))) == ("fr", "1,5")


def test_speaking_a_language_that_we_do_not_is_english() -> None:
    with speaking("de"):
        assert text("Yes") == "Yes"


@pytest.mark.parametrize(
    ("cookie", "header", "spoken"),
    [(None, "fr-CA,fr;q=0.9", "fr"), (None, "de", "en"), ("fr", "en", "fr"), ("xx", "fr", "fr")],
)
def test_a_request_speaks_what_was_chosen_else_what_the_browser_asks(
    portal: Flask, cookie: str | None, header: str, spoken: str
) -> None:
    headers = {"Accept-Language": header, **({"Cookie": f"language={cookie}"} if cookie else {})}
    with portal.test_request_context(headers=headers):
        assert language() == spoken


def test_lazy_text_is_translated_when_it_is_shown() -> None:
    later = lazy_text("Code %(status)s", status=404)
    with speaking("fr"):
        assert str(later) == "Code 404"


def test_plural_text_goes_with_its_number() -> None:
    words = ("Its one entry fits its seal.", "All its %(num)s entries fit their seals, without a gap.")
    with speaking("fr"):
        assert plural_text(*words, 1) == "Son unique entrée correspond à son sceau."
        assert "2 entrées" in plural_text(*words, 2)


def test_figures_are_written_as_in_the_language() -> None:
    price = Money(Decimal("0.0042"), "EUR")
    with speaking("fr"):
        assert write_money(price).split() == ["0,0042", "€"]
        assert write_percent(0.965).split() == ["96,5", "%"]
    with speaking("en"):
        assert write_money(price) == "€0.0042"
        assert write_money(None) == "—"


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_every_language_has_a_catalogue(spoken: str) -> None:
    assert catalogue(spoken) is catalogue(spoken)
