"""Is a text compared without case and accents?"""

import pytest

from marketplace.foundation.letters import folded


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ÉLÉGANT Straße", "elegant strasse"),
        ("Œillet æther", "oeillet aether"),
        ("e\u0301te\u0301", "ete"),
        ("", ""),
    ],
)
def test_folded_text_has_no_accents(text: str, plain: str) -> None:
    assert folded(text) == plain
