"""Is everything said in French as well?"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from marketplace.foundation.language import LANGUAGES, TRANSLATIONS, catalogue
from marketplace.foundation.places import PACKAGE, TEMPLATES

KEYWORDS = {
    "_": None,
    "_l": None,
    "plural_text": (1, 2),
    "ngettext": (1, 2),
    "gettext": None,
}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true"}}
OTHERS = [language for language in LANGUAGES if language != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def said() -> Iterator[tuple[str, str]]:
    """Every text of the code and the templates, with the place that says it."""
    for folder in (PACKAGE, TEMPLATES):
        found = extract_from_dir(str(folder), METHODS, OPTIONS, keywords=KEYWORDS)  # type: ignore[arg-type]
        for name, line, message, _comments, _context in found:
            yield (message if isinstance(message, str) else message[0]), f"{folder.name}/{name}:{line}"


SAID = dict(said())


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    known = catalogue(language)
    missing = {
        m: place
        for m, place in SAID.items()
        if m and m not in known._catalog and (m, 0) not in known._catalog
    }
    assert missing == {}


@pytest.mark.parametrize("path", sorted(TRANSLATIONS.rglob("*.po")), ids=lambda path: path.name)
def test_a_translation_is_whole_and_fills_in_the_same_names(path: Path) -> None:
    with path.open("rb") as source:
        messages = [m for m in read_po(source) if m.id]
    for message in messages:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), f"{ids[0]!r} has no translation"
        assert not message.fuzzy, f"{ids[0]!r} is fuzzy"
        wanted = set().union(*(PLACEHOLDER.findall(i) for i in ids))
        for string in strings:
            assert set(PLACEHOLDER.findall(string)) <= wanted, ids[0]


def test_no_translation_stands_for_a_text_that_is_gone() -> None:
    unused = {
        message.id
        for path in TRANSLATIONS.rglob("*.po")
        for message in read_po(BytesIO(path.read_bytes()))
        if message.id and (message.id[0] if isinstance(message.id, tuple) else message.id) not in SAID
    }
    assert unused == set()
