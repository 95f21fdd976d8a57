"""What is left of a text without case and accents?"""

import unicodedata


def folded(text: str) -> str:
    """`text` in lower case and without accents: "Câble" is "cable", "Œillet" is "oeillet"."""
    lower = text.casefold()
    if lower.isascii():
        return lower
    plain = unicodedata.normalize("NFKD", lower.replace("œ", "oe").replace("æ", "ae"))
    return "".join(character for character in plain if not unicodedata.combining(character))
