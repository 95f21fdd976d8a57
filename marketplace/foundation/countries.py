"""Which countries are there, and what are they called?"""

import unicodedata

from babel import Locale

from marketplace.foundation.language import locale

NO_COUNTRY = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
TERRITORIES = (str(code) for code in Locale("en").territories)
CODES = frozenset(code for code in TERRITORIES if len(code) == 2 and code.isalpha()) - NO_COUNTRY


def countries() -> dict[str, str]:
    """Every country's name in the present language by its code (ISO 3166 alpha-2), in the order of a dictionary."""
    names = {code: name for code, name in locale().territories.items() if code in CODES}
    return dict(sorted(names.items(), key=lambda pair: _plain(pair[1])))


def is_country(code: str) -> bool:
    """Whether that is the code of a country (ISO 3166 alpha-2)."""
    return code in CODES


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)).casefold()
