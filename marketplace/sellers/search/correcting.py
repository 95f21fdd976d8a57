"""What may somebody have meant, in the words of what was found?"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from marketplace.foundation.letters import folded
from marketplace.sellers.search.terms import stem, words_of

_LETTERS = re.compile(r"[^\W\d_]+")


def corrected(typed: str, guessed: Mapping[str, Sequence[str]], names: Iterable[str]) -> str | None:
    """`typed` with each doubted word as the names of what was found spell it; None where they spell none.

    `guessed`: what is taken for a doubted word, the likeliest first. Only what stands in the names is ever said.
    """
    if not guessed:
        return None
    spelt = Counter(word for name in names for word in dict.fromkeys(words_of(name)))
    by_stem = {stem(word): word for word, _count in reversed(spelt.most_common())}
    meant = {
        doubted: next((words for words in (_spelt(guess, by_stem) for guess in guesses) if words), None)
        for doubted, guesses in guessed.items()
    }
    if not any(meant.values()):
        return None
    return _LETTERS.sub(lambda word: meant.get(folded(word[0])) or word[0], typed)


def _spelt(guess: str, by_stem: Mapping[str, str]) -> str | None:
    """The commonest spelling of each term of the guess; None where one has none."""
    words = [by_stem.get(term, "") for term in guess.split(" ")]
    return " ".join(words) if all(words) else None
