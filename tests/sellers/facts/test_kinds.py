"""Is each fact written in one form only, and refused where it cannot be so?"""

import re

import pytest
from hypothesis import given, strategies as st

from marketplace.sellers.facts.kinds import FACTS, certificates_in
from marketplace.sellers.facts.models import H_FORM, P_FORM


@pytest.mark.parametrize(
    ("name", "typed", "written"),
    [
        ("origin_country", " fr ", "FR"),
        ("origin_country", "EU", None),
        ("origin_country", "XX", None),
        ("unspsc_code", "31211500", "31211500"),
        ("unspsc_code", "3121", None),
        ("shelf_life_days", "0720", "720"),
        ("shelf_life_days", "0", None),
        ("shelf_life_days", "-1", None),
        ("shelf_life_days", "1e5", None),
        ("remaining_days", "99999", None),
        ("un_number", "un 1263", "UN1263"),
        ("un_number", "1263", "UN1263"),
        ("un_number", "UN126", None),
        ("signal_word", "Attention", "warning"),
        ("signal_word", "Danger", "danger"),
        ("signal_word", "careful", None),
        ("pictograms", "ghs07, GHS02;ghs07", "GHS02 GHS07"),
        ("pictograms", "GHS10", None),
        ("hazard_statements", "h225, H300 + H310; H360Fd euh066", "H225 H300+H310 H360Fd EUH066"),
        ("hazard_statements", "H999", None),
        ("hazard_statements", "P210", None),
        ("hazard_statements", "H225'; DROP TABLE products", None),
        ("precautionary_statements", "P210 P305 + P351+P338", "P210 P305+P351+P338"),
        ("precautionary_statements", "P302+P350 P341 P322 P285", "P302+P350 P341 P322 P285"),
        ("precautionary_statements", "P245", None),
        ("precautionary_statements", "P339", None),
        ("precautionary_statements", "P423", None),
        ("hazard_statements", "EUH006 EUH059 H211", "EUH006 EUH059 H211"),
        ("precautionary_statements", "P599", None),
        ("certificates", "ISO 9001 (2027-12-31);  FSC ;FSC", "FSC; ISO 9001 (2027-12-31)"),
        ("certificates", "ISO 9001 (2027-02-30)", None),
        ("certificates", "x" * 81, None),
        ("certificates", ";", None),
    ],
)
def test_a_fact_is_written_so_or_refused(name: str, typed: str, written: str | None) -> None:
    assert FACTS[name].written(typed) == written


@given(st.sampled_from(sorted(FACTS)), st.text(max_size=60))
def test_what_is_written_is_written_the_same_again(name: str, typed: str) -> None:
    written = FACTS[name].written(typed)
    assert written is None or FACTS[name].written(written) == written


@given(st.text("HPEU0123456789+ ab", max_size=30))
def test_what_is_accepted_is_what_the_database_takes(typed: str) -> None:
    for name, form in (("hazard_statements", H_FORM), ("precautionary_statements", P_FORM)):
        written = FACTS[name].written(typed)
        one = rf"{form}(\+{form})*"
        assert written is None or re.fullmatch(f"{one}( {one})*", written)


def test_a_certificate_has_its_last_day() -> None:
    assert [(one.name, str(one.expires_on)) for one in certificates_in("FSC; ISO 9001 (2027-12-31)")] == [
        ("FSC", "None"),
        ("ISO 9001", "2027-12-31"),
    ]
