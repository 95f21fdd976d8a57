"""What do we say when the database refuses?

Each constraint that a person can run into has its sentence and, where there is one, its form field. Triggers raise
under a constraint's name too, so that a rule kept by the database speaks as clearly as one kept by the code.
"""

from flask_babel import LazyString
from sqlalchemy.exc import IntegrityError

from marketplace.foundation.errors import Conflict, Refusal
from marketplace.foundation.language import lazy_text as _l

_SENTENCES: dict[str, tuple[LazyString, str | None]] = {}


def explain(constraint: str, sentence: LazyString, *, field: str | None = None) -> None:
    """Let `constraint` (its name in the database) speak `sentence`, beside `field` of the form."""
    _SENTENCES[constraint] = (sentence, field)


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that was hit; empty where the database named none."""
    diagnosis = getattr(error.orig, "diag", None)
    return (diagnosis and diagnosis.constraint_name) or ""


def refusal_of(error: IntegrityError) -> Refusal:
    """The refusal that says what `error` means to the person."""
    sentence, field = _SENTENCES.get(
        constraint_of(error), (_l("This contradicts what is already recorded."), None)
    )
    return Conflict(sentence, field=field)
