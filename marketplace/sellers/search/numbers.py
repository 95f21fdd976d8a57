"""Which article numbers, part numbers or GTINs may stand in what was typed?

Numbers are compared by their key: capitals and digits, without zeros in front. So "gsr-18v 55" is GSR18V55, and the
GTIN-8, 12, 13 and 14 of one article (GS1 General Specifications, section 3.3) are one key.
"""

import re
from string import ascii_uppercase, digits

from marketplace.sellers.search.spelling import one_letter_away

# Amid other words only what is at least so long, and has a digit, may be a number; of so many words it may be made up.
SHORTEST, MOST_PARTS = 6, 5
# Beyond so many words nobody types numbers.
MOST_WORDS = 16

_BETWEEN = re.compile(r"[\s,;:()\[\]\"'#=]+")
_NO_KEY = re.compile(r"[^A-Za-z0-9]")


def key_of(number: str) -> str:
    """An article number, part number or GTIN as it is compared; one of zeros alone is a zero."""
    key = _NO_KEY.sub("", number).upper()
    return key.lstrip("0") or key[-1:]


def keys_of(text: str) -> list[str]:
    """What in `text` may be a number, the longest first: all of it, and each run of words that is long enough.

    "bosch GSR 18V 55" may be BOSCHGSR18V55 or GSR18V55.
    """
    words = _BETWEEN.split(text.strip())[:MOST_WORDS]
    runs = {
        key_of("".join(words[start:end]))
        for start in range(len(words))
        for end in range(start + 1, min(start + MOST_PARTS, len(words)) + 1)
    }
    likely = sorted(filter(_may_be_number, runs), key=lambda key: (-len(key), key))
    return list(dict.fromkeys(key for key in (key_of(text), *likely) if key))


def numbers_one_letter_away(text: str) -> list[str]:
    """Every key that is one character away from `text`, where that is one word and may be a number; else none."""
    key = key_of(text)
    if len(text.split()) != 1 or not _may_be_number(key):
        return []
    near = one_letter_away(key, digits if key.isdigit() else ascii_uppercase + digits)
    return sorted({number.lstrip("0") for number in near} - {"", key})


def _may_be_number(key: str) -> bool:
    return len(key) >= SHORTEST and any(character.isdigit() for character in key)
