"""Which countries are there, and what are they called?"""

import unicodedata

from marketplace.foundation.language import locale

NO_COUNTRY = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def countries() -> dict[str, str]:
    """Every country's name in the present language by its code (ISO 3166 alpha-2), in the order of a dictionary."""
    names = {
        code: name
        for code, name in locale().territories.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY
    }
    return dict(sorted(names.items(), key=lambda pair: _plain(pair[1])))


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)).casefold()
