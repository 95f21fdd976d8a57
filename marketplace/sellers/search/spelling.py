"""Which words may somebody have meant who typed one that hardly any product has?

Pure: a word in, candidates out; whether a candidate is a word at all, the vocabulary knows.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations
from string import ascii_lowercase, digits

ALPHABET = ascii_lowercase + digits
# So many letters a word must have, and at most, to be doubted; to be doubted twice over; to be half of two in one.
DOUBTED_FROM, DOUBTED_TO, TWICE_FROM, HALF_FROM = 3, 30, 6, 3
# A word is meant rather than the typed one where it is so many times as common; so many words are taken for one.
TIMES_COMMONER, MOST = 10, 3


def one_letter_away(term: str, alphabet: str = ALPHABET) -> set[str]:
    """Everything that `term` becomes when one character is missing, too much, wrong, or swapped with the next."""
    cuts = [(term[:i], term[i:]) for i in range(len(term) + 1)]
    return (
        {left + right[1:] for left, right in cuts if right}
        | {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
        | {left + letter + right[1:] for left, right in cuts if right for letter in alphabet}
        | {left + letter + right for left, right in cuts for letter in alphabet}
    ) - {term, ""}


def are_two_letters_apart(one: str, other: str) -> bool:
    """Whether `one` and `other` become equal when each loses at most two letters: wrong, missing and moved ones."""
    return abs(len(one) - len(other)) <= 2 and not _shortened(one).isdisjoint(_shortened(other))


def halves(word: str) -> list[tuple[str, str]]:
    """The pairs of words that `word` may be when the blank between them is missing."""
    return [(word[:cut], word[cut:]) for cut in range(HALF_FROM, len(word) - HALF_FROM + 1)]


def commonest(candidates: Iterable[str], known: Mapping[str, int], documents: int) -> list[str]:
    """Of `candidates` the few that are much commoner than what was typed, which `documents` products have."""
    meant = {word for word in candidates if known.get(word, 0) > TIMES_COMMONER * documents}
    return sorted(meant, key=lambda word: (-known[word], word))[:MOST]


def commonest_pair(pairs: Iterable[tuple[str, str]], known: Mapping[str, int], documents: int) -> list[str]:
    """Of two words that may have been typed as one those whose rarer one is commonest, with a blank between."""
    rarer = {" ".join(pair): min(known.get(word, 0) for word in pair) for pair in pairs}
    return commonest(rarer, rarer, documents)[:1]


def _shortened(word: str) -> set[str]:
    places = range(len(word))
    gone = [set(some) for number in range(3) for some in combinations(places, number)]
    return {"".join(word[place] for place in places if place not in some) for some in gone}
