"""Which numbers identify a thing between suppliers, and which do not?"""

import pytest

from marketplace.sellers.items.keys import Keys, keys_of_offer, maker_key, title_key, world_gtin


@pytest.mark.parametrize(
    ("gtin", "key"),
    [
        ("4006381333931", "04006381333931"),
        ("04006381333931", "04006381333931"),
        ("012345678905", "00012345678905"),
        ("96385074", "00000096385074"),
        ("10012345678902", "10012345678902"),
        ("2012345678900", None),
        ("0212345678909", None),
        ("00000000", None),
        ("00000000000000", None),
        ("20000004", None),
        ("9912345678906", None),
        ("9780306406157", "09780306406157"),
        ("", None),
        ("4006381E33931", None),
    ],
)
def test_a_gtin_of_one_company_alone_identifies_nothing(gtin: str, key: str | None) -> None:
    assert world_gtin(gtin) == key


@pytest.mark.parametrize(
    ("maker", "key"),
    [
        ("Bosch", "BOSCH"),
        ("BOSCH GmbH", "BOSCH"),
        ("Schneider Electric S.A.", "SCHNEIDERELECTRIC"),
        ("A.B.C. Tools", "ABCTOOLS"),
        ("Legrand SA", "LEGRAND"),
        ("Kärcher", "KARCHER"),
        ("3M", "3M"),
        ("", None),
        ("N/A", None),
        ("sans marque", None),
        ("no name", None),
        ("SA", None),
    ],
)
def test_a_maker_is_compared_without_accents_blanks_and_legal_form(maker: str, key: str | None) -> None:
    assert maker_key(maker) == key


@pytest.mark.parametrize(
    ("maker", "number", "part"),
    [
        ("Bosch", "GSR 18V-55", "BOSCH/GSR18V55"),
        ("Bosch", "0601.9H5", "BOSCH/6019H5"),
        (None, "GSR 18V-55", None),
        ("Bosch", None, None),
        ("Bosch", "N/A", None),
        ("Bosch", "-", None),
        ("Bosch", "0", None),
        ("divers", "GSR 18V-55", None),
    ],
)
def test_a_part_number_identifies_together_with_its_maker(
    maker: str | None, number: str | None, part: str | None
) -> None:
    assert keys_of_offer(None, maker, number) == Keys(None, maker_key(maker or ""), part)


def test_another_title_has_another_key() -> None:
    assert len({title_key("Vis", None), title_key("Vis", "X"), title_key("Vis M8", None)}) == 3
