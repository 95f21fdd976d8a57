"""In which language do we speak, and how are figures written in it?

Texts stand in the code in English; `marketplace/translations/<language>/<area>.po` holds the others and is read at
start, so nothing has to be compiled. Which language a request speaks is decided by `choose`; a job says `speaking`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, LazyString, force_locale, get_locale
from markupsafe import escape

LANGUAGES = {"en": "English", "fr": "Français"}
TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
COOKIE = "language"
_spoken: ContextVar[str | None] = ContextVar("spoken_language", default=None)


class Lazy(LazyString):  # type: ignore[misc]
    """A text that is translated when it is shown, and escaped like any other: people's words are filled into it."""

    def __html__(self) -> str:
        return str(escape(str(self)))


def text(message: str, **values: object) -> str:
    """`message` in the present language, with its %(names)s filled in."""
    translated = catalogue(language()).gettext(message)
    return translated % values if values else translated


def plural_text(singular: str, plural: str, n: int, **values: object) -> str:
    """The form of the message that goes with the number `n`, which it may name as %(num)s."""
    translated = catalogue(language()).ngettext(singular, plural, n)
    return translated % {"num": n, **values}


def lazy_text(message: str, **values: object) -> LazyString:
    """Like `text`, translated only when it is shown: for tables, enums and refusals."""
    return Lazy(text, message, **values)


def language() -> str:
    """The present language: "en" or "fr"."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    chosen = get_locale()
    return chosen.language if chosen and chosen.language in LANGUAGES else "en"


def locale() -> Locale:
    """How the present language writes figures and dates."""
    return _locale_of(language())


@lru_cache
def _locale_of(language: str) -> Locale:
    return Locale.parse(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything inside speaks `language`: a notice in its reader's, a contract in both, one after the other."""
    token = _spoken.set(language if language in LANGUAGES else "en")
    try:
        with force_locale(language):
            yield
    finally:
        _spoken.reset(token)


@lru_cache
def catalogue(language: str) -> Translations:
    """All the translations into `language`, of every area."""
    merged = Translations()
    for path in sorted((TRANSLATIONS / language).glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale=language))
        compiled.seek(0)
        merged.merge(Translations(compiled))
    return merged


def choose() -> str:
    """The language of this request: the person's choice, else the browser's first that we speak."""
    if not has_request_context():
        return "en"
    chosen = request.cookies.get(COOKIE) or getattr(g, "language", None)
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES), "en")


def install(app: Flask) -> None:
    """Let pages and jobs of `app` speak our languages."""
    Babel(app, locale_selector=choose)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        text, plural_text, newstyle=False
    )
