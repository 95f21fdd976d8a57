"""What do we say when the database refuses?

Each constraint that a person can run into has its sentence and, where there is one, its form field. Triggers raise
under a constraint's name too, so that a rule kept by the database speaks as clearly as one kept by the code.
"""

from flask_babel import LazyString
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from marketplace.foundation.errors import Conflict, Invalid, Refusal
from marketplace.foundation.language import lazy_text as _l

# Text too long, number or time out of range, a character no text may have (psycopg refuses NUL itself, without code).
UNFIT = ("", "22001", "22003", "22007", "22008", "22021")
_SENTENCES: dict[str, tuple[LazyString, str | None]] = {}


def explain(constraint: str, sentence: LazyString, *, field: str | None = None) -> None:
    """Let `constraint` (its name in the database) speak `sentence`, beside `field` of the form."""
    _SENTENCES[constraint] = (sentence, field)


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that was hit; empty where the database named none."""
    diagnosis = getattr(error.orig, "diag", None)
    return (diagnosis and diagnosis.constraint_name) or ""


def refusal_of(error: DBAPIError) -> Refusal:
    """The refusal that says what `error` means to the person. Raises the error itself where it says nothing to them."""
    if isinstance(error, DataError) and (getattr(error.orig, "sqlstate", None) or "") in UNFIT:
        return Invalid(_l("Something here is too large, or has a character that cannot be kept."))
    if not isinstance(error, IntegrityError):
        raise error
    sentence, field = _SENTENCES.get(
        constraint_of(error), (_l("This contradicts what is already recorded."), None)
    )
    return Conflict(sentence, field=field)
