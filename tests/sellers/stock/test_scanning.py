"""Is what a scanner sends understood?"""

from datetime import date

import pytest
from hypothesis import given, strategies as st

from marketplace.sellers.stock.scanning import Scan, read_scan

GTIN = "04006381333931"


@pytest.mark.parametrize(
    ("sent", "scan"),
    [
        ("A-12", ("A-12", None, None, None)),
        (" A-12\r\n", ("A-12", None, None, None)),
        ("4006381333931", ("4006381333931", "4006381333931", None, None)),
        (f"(01){GTIN}(17)261231(10)L-77", (None, GTIN, "L-77", date(2026, 12, 31))),
        (f"(01){GTIN}(15)260200(21)S 9", (None, GTIN, "S 9", date(2026, 2, 28))),
        (f"01{GTIN}17261231" + "10L-77", (None, GTIN, "L-77", date(2026, 12, 31))),
        (f"]C101{GTIN}10L-77\x1d17261231", (None, GTIN, "L-77", date(2026, 12, 31))),
        (f"]d201{GTIN}21SN1\x1d", (None, GTIN, "SN1", None)),
        (f"(01){GTIN}(17)261332", (None, GTIN, None, None)),
        (f"01{GTIN}99nobody", (f"01{GTIN}99nobody", None, None, None)),
        ("10ABC", ("10ABC", None, None, None)),
        ("(99)x", ("(99)x", None, None, None)),
        ("", ("", None, None, None)),
    ],
)
def test_read_says_what_stands_on_the_label(
    sent: str, scan: tuple[str | None, str | None, str | None, date | None]
) -> None:
    found = read_scan(sent)
    code = found.code if scan[0] is None else scan[0]
    assert found == Scan(code, *scan[1:])


@given(st.text(max_size=60))
def test_read_anything_is_a_code_and_never_an_error(sent: str) -> None:
    found = read_scan(sent)
    assert found.code in sent
    assert found.gtin is None or found.gtin.isdigit()
