"""What can be asked of the index? What somebody means who typed these words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Select, select, text

from marketplace.foundation.db import session
from marketplace.sellers.search.models import Synonym
from marketplace.sellers.search.numbers import keys_of, numbers_one_letter_away
from marketplace.sellers.search.spelling import (
    DOUBTED_FROM,
    DOUBTED_TO,
    TWICE_FROM,
    are_two_letters_apart,
    commonest,
    commonest_pair,
    halves,
    one_letter_away,
)
from marketplace.sellers.search.terms import stem, terms_of, words_of

# What a term counts that was not typed, against one that was.
GUESS, SYNONYM = 0.8, 0.7
# A term in so few products may be a mistyped one: two, and one more for so many products of the market.
FEW, MANY_PRODUCTS = 2, 100_000
# Synonyms are of at most so many words; of words with the same beginning so many are looked at.
LONGEST_PHRASE, BEGINNING, LOOKED_AT = 3, 3, 200

UNDERSTOOD = text("SELECT doors.understood(:terms, :phrases, :keys)")
KNOWN = text("SELECT term, documents FROM doors.known_terms(:terms)")
BEGINNINGS = text("SELECT term, documents FROM doors.terms_beginning(:heads, :most)")
MISCOUNTED_TERMS = text("""
SELECT coalesce(v.term, t.term_id::text)
FROM search_vocabulary v
FULL JOIN (SELECT term_id, count(*) AS documents FROM search_terms GROUP BY 1) t ON t.term_id = v.id
WHERE coalesce(v.documents, 0) <> coalesce(t.documents, 0)
""")


class Term(NamedTuple):
    """A term that is looked for, how much it counts, and the category among whose products it does ("": all)."""

    term: str
    factor: float = 1.0
    category: str = ""


@dataclass(frozen=True)
class Meaning:
    """What is looked for: terms, and numbers by their keys, the likeliest first.

    `guessed`: typed words that hardly any product has, each with what is looked for beside it: a term, or two with a
    blank between.
    """

    terms: list[Term]
    keys: list[str]
    guessed: dict[str, list[str]]


def meaning_of(typed: str) -> Meaning:
    """What somebody means who typed this, as the operator's synonyms and the products' own words tell it.

    One statement; up to two more where a word is in hardly any product. A number that is known is not doubted.
    """
    words, terms, keys = words_of(typed), list(dict.fromkeys(terms_of(typed))), keys_of(typed)
    together = {stem(left + right) for left, right in pairwise(words) if left.isalpha() and right.isalpha()}
    asked = {"terms": [*terms, *together], "phrases": _phrases(words), "keys": keys}
    known = session().execute(UNDERSTOOD, asked).scalar_one()
    guessed: dict[str, list[str]] = {}
    if not known["is_number"]:
        guessed = _guesses(words, known["documents"], FEW + known["everything"] // MANY_PRODUCTS)
        keys += numbers_one_letter_away(typed)
    meant = {term for guesses in guessed.values() for guess in guesses for term in guess.split(" ")}
    sought = {
        Term(term, GUESS) for term in meant | together.intersection(known["documents"]) if term not in terms
    }
    return Meaning(
        [*map(Term, terms), *sorted(sought | set(_synonyms(known["synonyms"], terms)))], keys, guessed
    )


def terms_beginning(heads: Collection[str], *, most: int) -> dict[str, int]:
    """The commonest terms, at most so many, that begin like each of `heads`, and in how many products they stand."""
    rows = session().execute(BEGINNINGS, {"heads": list(heads), "most": most})
    return {row.term: row.documents for row in rows}


def synonyms() -> Select[Synonym]:
    """All that the operator has said, to be paged."""
    return select(Synonym)


def index_findings() -> list[str]:
    """Terms of the search index whose count is not that of their products, as the platform; for its own check."""
    return list(session().scalars(MISCOUNTED_TERMS))


def _phrases(words: Sequence[str]) -> list[str]:
    """The runs of up to three words, as the terms of a synonym are written."""
    stems = [stem(word) for word in words]
    return [
        " ".join(stems[start : start + length])
        for length in range(1, LONGEST_PHRASE + 1)
        for start in range(len(stems) - length + 1)
    ]


def _synonyms(rows: Iterable[Mapping[str, Any]], typed: Collection[str]) -> list[Term]:
    return [
        Term(term, SYNONYM, row["category"])
        for row in rows
        for term in row["terms"].split(" ")
        if term not in typed
    ]


def _guesses(words: Sequence[str], documents: Mapping[str, int], few: int) -> dict[str, list[str]]:
    """For each word that hardly any product has, what may be meant by it."""
    doubted = {
        word: documents.get(stem(word), 0)
        for word in words
        if DOUBTED_FROM <= len(word) <= DOUBTED_TO and word.isalpha() and documents.get(stem(word), 0) <= few
    }
    if not doubted:
        return {}
    near = {word: one_letter_away(stem(word)) for word in doubted}
    parts = {word: [(stem(left), stem(right)) for left, right in halves(word)] for word in doubted}
    asked = {term for pairs in parts.values() for pair in pairs for term in pair}.union(*near.values())
    known = {row.term: row.documents for row in session().execute(KNOWN, {"terms": list(asked)})}
    guessed = {
        word: commonest(near[word], known, count) or commonest_pair(parts[word], known, count)
        for word, count in doubted.items()
    }
    far = {word: count for word, count in doubted.items() if not guessed[word] and len(word) >= TWICE_FROM}
    return {word: guesses for word, guesses in {**guessed, **_far_guesses(far)}.items() if guesses}


def _far_guesses(doubted: Mapping[str, int]) -> dict[str, list[str]]:
    """For words that resemble nothing by one letter: those that begin like them and are two letters away."""
    if not doubted:
        return {}
    known = terms_beginning({stem(word)[:BEGINNING] for word in doubted}, most=LOOKED_AT)
    return {
        word: commonest((term for term in known if are_two_letters_apart(stem(word), term)), known, count)
        for word, count in doubted.items()
    }
