"""How much do two titles look alike?

Pure. Measured on public offers whose clusters are known: docs/items.md.
"""

import math
from collections.abc import Mapping

from marketplace.sellers.search.terms import terms_of

# From here on a person is asked.
ASKED_FROM = 0.5


def likeness(one: str, other: str, rarity: Mapping[str, float]) -> float:
    """The share of what both say in what either says, each term by its rarity: from 0 to 1.

    Nothing where each has a number that the other lacks: 32 GB is not 64 GB, M8 is not M10.
    """
    left, right = set(terms_of(one)), set(terms_of(other))
    if _numbers(left - right) and _numbers(right - left):
        return 0.0
    everything = sum(rarity[term] for term in left | right)
    return sum(rarity[term] for term in left & right) / everything if everything else 0.0


def rarities(documents: Mapping[str, int], terms: set[str], everything: int) -> dict[str, float]:
    """How rare each of the terms is, by the number of offers that it stands in (of none: as of one)."""
    return {term: math.log(1 + everything / max(documents.get(term, 1), 1)) for term in terms}


def _numbers(terms: set[str]) -> set[str]:
    return {term for term in terms if term.isdigit()}
