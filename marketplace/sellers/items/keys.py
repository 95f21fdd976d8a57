"""By which numbers is it known that two offers are of one thing?

Pure. A GTIN that is only somebody's own, and a maker that is no name, identify nothing between suppliers.
"""

import re
from typing import NamedTuple
from zlib import crc32

from marketplace.foundation.letters import folded
from marketplace.sellers.search.numbers import key_of

# GS1 General Specifications, section 1.4: numbers for use within one company, coupons and refund receipts.
OWN_PREFIXES = ("02", "04", "05", "2", "981", "982", "983", "984", "99")
# In eight digits, the company's own ones begin so.
OWN_SHORT_PREFIXES = ("0", "2")
SHORT = "000000"

_FORMS = "ab ag bv co corp corporation eurl gmbh inc kg llc ltd limited nv oy plc sa sarl sas spa srl"
_NOBODY = (
    "autre autres divers generic generique inconnu marque na neant no name noname none oem other sans sansmarque"
    " unbranded unknown various"
)
LEGAL_FORMS, NOBODY = frozenset(_FORMS.split(" ")), frozenset(_NOBODY.split(" "))
_WORDS = re.compile(r"[a-z0-9]+")
# What stands between the letters of an abbreviation: S.A., N/A.
_BETWEEN = re.compile(r"(?<=\b[a-z])[./](?=[a-z]\b)|(?<=\b[a-z])\.(?!\w)")


class Keys(NamedTuple):
    """What identifies an offer: a GTIN-14, the maker, and the maker with its part number; each None where unknown."""

    gtin: str | None
    maker: str | None
    part: str | None


def keys_of_offer(gtin: str | None, maker: str | None, maker_part_number: str | None) -> Keys:
    """The numbers of an offer as they are compared; a part number says nothing without its maker."""
    made_by = maker_key(maker or "")
    number = key_of(maker_part_number or "")
    is_number = len(number) > 1 and folded(number) not in NOBODY
    return Keys(world_gtin(gtin or ""), made_by, f"{made_by}/{number}" if made_by and is_number else None)


def world_gtin(gtin: str) -> str | None:
    """The GTIN as a GTIN-14; None where there is none, or where it is one company's own."""
    digits = gtin.rjust(14, "0")
    if not gtin or not digits.isdigit():
        return None
    if digits.startswith(SHORT):
        return None if digits[6:].startswith(OWN_SHORT_PREFIXES) else digits
    return None if digits[1:].startswith(OWN_PREFIXES) else digits


def maker_key(maker: str) -> str | None:
    """The maker's name as it is compared: without accents, blanks and legal form; None for what names nobody."""
    words = [word for word in _WORDS.findall(_BETWEEN.sub("", folded(maker))) if word not in LEGAL_FORMS]
    return None if NOBODY.issuperset(words) else "".join(words).upper()


def title_key(name: str, maker: str | None) -> int:
    """A number that another title hardly ever has, to know whether one has changed."""
    return crc32(f"{maker or ''}\n{name}".encode())
