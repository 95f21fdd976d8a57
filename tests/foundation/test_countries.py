"""Are countries called by their names, and listed where people look for them?"""

from marketplace.foundation.countries import countries
from marketplace.foundation.language import speaking


def test_countries_are_named_and_sorted_in_the_present_language() -> None:
    with speaking("fr"):
        names = countries()
    assert names["DE"] == "Allemagne"
    listed = list(names.values())
    assert listed.index("Émirats arabes unis") < listed.index("Espagne") < listed.index("États-Unis")
    with speaking("en"):
        assert countries()["DE"] == "Germany"


def test_what_is_no_country_is_left_out() -> None:
    assert not {"EU", "UN", "ZZ", "001"} & set(countries())
    assert len(countries()) > 190
