"""Which questions are asked to see how well the search finds? Pure: rows of public data in, questions out.

Offers: PriceRunner (Akritidis et al., 2018), clusters of the same article at several merchants; the name of a cluster
is the question and its offers are the answers. Categories: the labels of the CPV 2008 (Regulation (EC) 213/2008).
"""

import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from string import ascii_lowercase
from typing import NamedTuple

SEED = 2026
# A word of so many letters may be mistyped; a shorter one is the same in both numbers.
MISTYPED_FROM, FLIPPED_FROM = 4, 4
# What the ending of a French word becomes in the other number; the first that fits.
ENDINGS = (("eaux", "eau"), ("aux", "al"), ("s", ""), ("x", ""), ("z", "z"), ("al", "aux"), ("eau", "eaux"))


class Asked(NamedTuple):
    """What is typed, and the article numbers of all that answer it."""

    typed: str
    answers: frozenset[str]


def clusters(rows: Iterable[Mapping[str, str]]) -> list[Asked]:
    """Every cluster of the offers, by its name."""
    named: dict[str, str] = {}
    offers: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        named[row["cluster_id"]] = row["cluster_label"]
        offers[row["cluster_id"]].add(row["product_id"])
    return [Asked(name, frozenset(offers[cluster])) for cluster, name in named.items()]


def mistyped(asked: Iterable[Asked]) -> list[Asked]:
    """The same with one letter of one word missing, wrong, too much, or swapped with the next; always the same one."""
    chance = random.Random(SEED)
    return [one._replace(typed=_with_one_mistake(one.typed, chance)) for one in asked]


def labels(rows: Iterable[Mapping[str, str]], change: Callable[[str], str]) -> list[Asked]:
    """Every category's French label, changed; its code is the answer."""
    return [Asked(change(row["FR"]), frozenset({row["CODE"][:8]})) for row in rows]


def as_it_is(text: str) -> str:
    """Unchanged."""
    return text


def without_accents(text: str) -> str:
    """As on a keyboard that has none."""
    plain = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(character for character in plain if not unicodedata.combining(character))


def plain_and_flipped(text: str) -> str:
    """Without accents, and each word in the plural that was in the singular, and the other way round."""
    return re.sub("[A-Za-z]+", lambda word: _in_other_number(word[0]), without_accents(text))


def _in_other_number(word: str) -> str:
    if len(word) < FLIPPED_FROM:
        return word
    for ending, other in ENDINGS:
        if word.lower().endswith(ending):
            return word[: -len(ending)] + other
    return word + "s"


def _with_one_mistake(text: str, chance: random.Random) -> str:
    words = text.split()
    likely = [place for place, word in enumerate(words) if word.isalpha() and len(word) >= MISTYPED_FROM]
    place = chance.choice(likely or [max(range(len(words)), key=lambda index: len(words[index]))])
    words[place] = _mistake(words[place], chance)
    return " ".join(words)


def _mistake(word: str, chance: random.Random) -> str:
    cut = chance.randrange(len(word))
    left, letter, right = word[:cut], word[cut], word[cut + 1 :]
    other = chance.choice(ascii_lowercase.replace(letter.lower(), ""))
    kinds = (
        left + right,
        left + other + right,
        left + other + letter + right,
        left + right[:1] + letter + right[1:],
    )
    return chance.choice([made for made in kinds if made and made != word])
