"""By which terms is a product found, and how much does each say about it?

Pure: texts in, terms out. Letters and digits are split and neighbours of different kind joined again, so that "64 GB",
"64gb" and "64-GB" are found by one another; words are reduced to their stem by the English and then the French rules
(Snowball), which meet for most words that the two languages share. Measured: docs/decisions/0006.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from string import ascii_lowercase, digits

import snowballstemmer

# How much a term of a field counts; terms beyond so many characters of a field do not count at all.
FIELD_WEIGHTS = {"name": 1.0, "maker": 0.5, "description": 0.2}
FIELD_LENGTHS = {"name": 250, "maker": 120, "description": 400}
SATURATION = 0.6
LENGTH_INFLUENCE = 0.75
AVERAGE_LENGTH = 18.0

_RUNS = re.compile(r"[a-z]+|[0-9]+")
_NO_KEY = re.compile(r"[^A-Za-z0-9]")
_ENGLISH, _FRENCH = snowballstemmer.stemmer("english"), snowballstemmer.stemmer("french")
_ALPHABET = ascii_lowercase + digits


def terms_of(text: str) -> list[str]:
    """The terms of `text` in their order, with repetitions."""
    runs = words_of(text)
    joined = [left + right for left, right in pairwise(runs) if left.isdigit() != right.isdigit()]
    return [*(stem(run) for run in runs), *joined]


def words_of(text: str) -> list[str]:
    """The runs of letters and the runs of digits in `text`, folded, in their order."""
    return _RUNS.findall(folded(text))


def folded(text: str) -> str:
    """`text` in lower case and without accents: "Câble" is "cable", "Œillet" is "oeillet"."""
    lower = text.casefold()
    if lower.isascii():
        return lower
    plain = unicodedata.normalize("NFKD", lower.replace("œ", "oe").replace("æ", "ae"))
    return "".join(character for character in plain if not unicodedata.combining(character))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a folded word; a number is its own."""
    return word if word.isdigit() else str(_FRENCH.stemWord(_ENGLISH.stemWord(word)))


def weights_of(fields: Mapping[str, str]) -> dict[str, float]:
    """How much each term says about a product with these fields: BM25 over weighted fields, without rarity.

    Robertson & Zaragoza, The Probabilistic Relevance Framework (2009), equations 3.15 and 3.20, with one length
    normalisation for the whole product.
    """
    frequencies: Counter[str] = Counter()
    for field, weight in FIELD_WEIGHTS.items():
        for term in terms_of(fields.get(field, "")[: FIELD_LENGTHS[field]]):
            frequencies[term] += weight  # type: ignore[assignment]
    length = sum(frequencies.values())
    damping = SATURATION * (1 - LENGTH_INFLUENCE + LENGTH_INFLUENCE * length / AVERAGE_LENGTH)
    return {term: tf * (SATURATION + 1) / (tf + damping) for term, tf in frequencies.items()}


def key_of(number: str) -> str:
    """An article number, part number or GTIN as it is compared: capitals and digits only."""
    return _NO_KEY.sub("", number).upper()


def keys_of(text: str) -> list[str]:
    """What in `text` may be such a number: the whole, and each word of six or more characters with a digit.

    Digits that may be a GTIN stand there in the length of a GTIN-14 as well.
    """
    words = [key for key in map(key_of, text.split()) if len(key) > 5 and any(c.isdigit() for c in key)]
    keys = [key for key in [key_of(text), *words] if key]
    return list(dict.fromkeys([*keys, *(key.zfill(14) for key in keys if key.isdigit() and len(key) > 7)]))


def one_letter_away(term: str, alphabet: str = _ALPHABET) -> set[str]:
    """Everything that `term` becomes when one character is missing, too much, wrong, or swapped with the next."""
    cuts = [(term[:i], term[i:]) for i in range(len(term) + 1)]
    return (
        {left + right[1:] for left, right in cuts if right}
        | {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
        | {left + letter + right[1:] for left, right in cuts if right for letter in alphabet}
        | {left + letter + right for left, right in cuts for letter in alphabet}
    ) - {term, ""}


def numbers_one_letter_away(text: str) -> list[str]:
    """Every key that is one character away from `text`, where that is one word and may be a number; else none."""
    key = key_of(text)
    if len(text.split()) != 1 or len(key) < 6 or not any(c.isdigit() for c in key):
        return []
    near = one_letter_away(key, digits if key.isdigit() else _ALPHABET.upper())
    return sorted(near | {number.zfill(14) for number in near if key.isdigit() and len(number) > 7})
