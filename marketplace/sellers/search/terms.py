"""By which terms is a product found, and how much does each say about it?

Pure: texts in, terms out. Letters and digits are split and neighbours of different kind joined again, so that "64 GB",
"64gb" and "64-GB" are found by one another; words are reduced to their stem by the English and then the French rules
(Snowball), which meet for most words that the two languages share. Measured: docs/search.md.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

import snowballstemmer

from marketplace.foundation.letters import folded

# How much a term of a field counts; terms beyond so many characters of a field do not count at all.
FIELD_WEIGHTS = {"name": 1.0, "maker": 0.5, "description": 0.2}
FIELD_LENGTHS = {"name": 250, "maker": 120, "description": 400}
SATURATION = 0.6
LENGTH_INFLUENCE = 0.75
AVERAGE_LENGTH = 18.0

_RUNS = re.compile(r"[a-z]+|[0-9]+")
_ENGLISH, _FRENCH = snowballstemmer.stemmer("english"), snowballstemmer.stemmer("french")


def terms_of(text: str) -> list[str]:
    """The terms of `text` in their order, with repetitions."""
    runs = words_of(text)
    joined = [left + right for left, right in pairwise(runs) if left.isdigit() != right.isdigit()]
    return [*map(stem, runs), *joined]


def words_of(text: str) -> list[str]:
    """The runs of letters and the runs of digits in `text`, folded, in their order."""
    return [run for written in text.split() for run in _runs(written)]


@lru_cache(maxsize=50_000)
def _runs(written: str) -> tuple[str, ...]:
    """Those of what stands between two blanks: catalogues say the same again and again."""
    return tuple(_RUNS.findall(folded(written)))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a folded word; a number is its own."""
    return word if word.isdigit() else str(_FRENCH.stemWord(_ENGLISH.stemWord(word)))


def weights_of(fields: Mapping[str, str]) -> dict[str, float]:
    """How much each term says about a product with these fields: BM25 over weighted fields, without rarity.

    Robertson & Zaragoza, The Probabilistic Relevance Framework (2009), equations 3.15 and 3.20, with one length
    normalisation for the whole product. A term counts once a field: a name that repeats a word says no more by it.
    """
    frequencies: defaultdict[str, float] = defaultdict(float)
    length = 0.0
    for field, weight in FIELD_WEIGHTS.items():
        terms = terms_of(fields.get(field, "")[: FIELD_LENGTHS[field]])
        length += weight * len(terms)
        for term in set(terms):
            frequencies[term] += weight
    damping = SATURATION * (1 - LENGTH_INFLUENCE + LENGTH_INFLUENCE * length / AVERAGE_LENGTH)
    return {term: tf * (SATURATION + 1) / (tf + damping) for term, tf in frequencies.items()}
