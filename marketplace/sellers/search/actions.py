"""What can the operator tell the search?"""

from uuid import UUID

from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.search.models import Synonym
from marketplace.sellers.search.terms import stem, words_of


def say_synonym(*, word: str, other: str, is_two_way: bool, category: str) -> Synonym:
    """Let who looks for `word` be shown what is called `other` too, as the platform; from the next search on.

    `category`: the digits that its CPV code begins with, or nothing for all. Raises IntegrityError for two words that
    are one to the search, that already stand for each other there, or that say nothing.
    """
    return save(
        Synonym(
            word=word,
            other=other,
            word_terms=_terms(word),
            other_terms=_terms(other),
            is_two_way=is_two_way,
            category=category,
            person_id=current_actor().person_id,
        )
    )


def forget_synonym(*, synonym_id: UUID) -> None:
    """Let the two be different words again, as the platform. Raises NotFound."""
    session().delete(fetch(Synonym, synonym_id, lock=True))
    session().flush()


def _terms(words: str) -> str:
    return " ".join(stem(word) for word in words_of(words))
