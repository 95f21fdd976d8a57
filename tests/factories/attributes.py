"""How does a test let the operator describe what products say?"""

from typing import Any

from marketplace.sellers.attributes.actions import describe_attribute
from tests.cast import Cast


def an_attribute(market: Cast, code: str, kind: str = "text", **others: Any) -> None:
    """An attribute that is called like its code."""
    with market.platform():
        describe_attribute(code=code, label_en=code.capitalize(), label_fr=f"{code} fr", kind=kind, **others)
