"""Which hazards can be said of a product, and how are they written?

Regulation (EC) 1272/2008 (CLP), annexes III to V, which follow the Globally Harmonised System of the United Nations; UN
numbers as in the Recommendations on the Transport of Dangerous Goods.
"""

import re
from collections.abc import Collection

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l

PICTOGRAMS: dict[str, LazyString] = {
    "GHS01": _l("Explosive"),
    "GHS02": _l("Flammable"),
    "GHS03": _l("Oxidising"),
    "GHS04": _l("Gas under pressure"),
    "GHS05": _l("Corrosive"),
    "GHS06": _l("Acutely toxic"),
    "GHS07": _l("Harmful or irritating"),
    "GHS08": _l("Serious health hazard"),
    "GHS09": _l("Hazardous to the environment"),
}
SIGNAL_WORDS: dict[str, LazyString] = {"danger": _l("Danger"), "warning": _l("Warning")}
SAID_FOR = {"danger": "danger", "warning": "warning", "attention": "warning"}
"""The signal words as labels have them in English and French; “attention” is the French warning."""


def _between(*ranges: tuple[int, int]) -> frozenset[int]:
    return frozenset(number for first, last in ranges for number in range(first, last + 1))


STATEMENTS = {
    "H": _between(
        (200, 211), (220, 232), (240, 242), (250, 252), (260, 261), (270, 272), (280, 284), (290, 290),
        (300, 305), (310, 320), (330, 336), (340, 341), (350, 351), (360, 362), (370, 373), (400, 402),
        (410, 413), (420, 420),
    ),
    "EUH": _between(
        (1, 1), (6, 6), (14, 14), (18, 19), (29, 29), (31, 32), (44, 44), (59, 59), (66, 66), (70, 71),
        (201, 212), (380, 381), (401, 401), (430, 431), (440, 441), (450, 451),
    ),
    "P": _between(
        (101, 103), (201, 203), (210, 212), (220, 223), (230, 236), (240, 244), (250, 251), (260, 265),
        (270, 273), (280, 285), (301, 322), (330, 338), (340, 342), (350, 354), (360, 364), (370, 378),
        (380, 381), (390, 391), (401, 407), (410, 413), (420, 420), (422, 422), (501, 503),
    ),
}  # fmt: skip
"""Those in force, and those withdrawn since (EUH059, P350 …): a safety data sheet stays in use for years."""
CODE = re.compile(r"(H|EUH|P)([0-9]{3})(A|[A-Za-z]{0,2})")
APART = re.compile(r"[\s,;]+")
AROUND_PLUS = re.compile(r"\s*\+\s*")


def pictograms(typed: str) -> str | None:
    """Pictograms in their order, a blank between; None where one is none."""
    found = {code.upper() for code in APART.split(typed.strip())}
    return " ".join(sorted(found)) if found <= PICTOGRAMS.keys() else None


def hazard_statements(typed: str) -> str | None:
    """H and EUH statements, also combined (H300+H310), each once, a blank between; None where one is none."""
    return _statements(typed, ("H", "EUH"))


def precautionary_statements(typed: str) -> str | None:
    """P statements, also combined (P305+P351+P338), each once, a blank between; None where one is none."""
    return _statements(typed, ("P",))


def un_number(typed: str) -> str | None:
    """UN and four digits, as UN1263; None where it is none."""
    found = re.fullmatch(r"(?:UN)?\s*([0-9]{4})", typed.strip(), re.IGNORECASE)
    return f"UN{found[1]}" if found else None


def signal_word(typed: str) -> str | None:
    """A key of SIGNAL_WORDS; None where it is none."""
    return SAID_FOR.get(typed.strip().lower())


def _statements(typed: str, kinds: Collection[str]) -> str | None:
    codes = [_written(code) for code in APART.split(AROUND_PLUS.sub("+", typed.strip()))]
    is_known = all(_is_listed(part, kinds) for code in codes for part in code.split("+"))
    return " ".join(dict.fromkeys(codes)) if is_known else None


def _written(code: str) -> str:
    """The letters in front are capitals; those behind say more by their size (H360Fd)."""
    return re.sub("[a-z]+(?=[0-9])", lambda found: found[0].upper(), code)


def _is_listed(code: str, kinds: Collection[str]) -> bool:
    found = CODE.fullmatch(code)
    return found is not None and found[1] in kinds and int(found[2]) in STATEMENTS[found[1]]
