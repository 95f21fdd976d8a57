"""In what do two offers agree, and in what do they differ?"""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.presentation import write_money, write_number
from marketplace.foundation.quantity import UNITS
from marketplace.sellers.catalogue.models import CpvCode, Product
from marketplace.sellers.items.keys import Keys, keys_of_offer
from marketplace.sellers.search.terms import stem, words_of

# What two suppliers may say otherwise of one thing.
UNASKED = (None, None)


class Fact(NamedTuple):
    """One thing that both say of themselves; `is_same` is None where one of them does not."""

    label: LazyString
    values: tuple[str | None, str | None]
    is_same: bool | None


def facts_of(
    pair: tuple[Product, Product], sellers: Mapping[UUID, str], categories: Mapping[str, CpvCode]
) -> list[Fact]:
    """What the two say, line by line; numbers and makers agree as items compare them."""
    one, other = pair
    keys = _keys(one), _keys(other)
    return [
        _fact(_l("Supplier"), sellers.get(one.organisation_id), sellers.get(other.organisation_id), *UNASKED),
        _fact(_l("Name"), one.name, other.name),
        _fact(_l("Words that only this one has"), _only(one.name, other.name), _only(other.name, one.name)),
        _fact(_l("Maker"), one.maker, other.maker, keys[0].maker, keys[1].maker),
        _fact(
            _l("Maker’s part number"),
            one.maker_part_number,
            other.maker_part_number,
            keys[0].part,
            keys[1].part,
        ),
        _fact(_l("GTIN"), one.gtin, other.gtin, keys[0].gtin, keys[1].gtin),
        _fact(_l("Category"), _category(one, categories), _category(other, categories)),
        _fact(_l("Content of one unit"), _content(one), _content(other)),
        _fact(_l("List price"), write_money(one.price), write_money(other.price), *UNASKED),
        _fact(_l("Description"), one.description or None, other.description or None),
    ]


def _fact(label: LazyString, one: str | None, other: str | None, *keys: str | None) -> Fact:
    """Whether the two are the same shows in `keys`, where they are compared otherwise than they are written."""
    left, right = keys or (one, other)
    return Fact(label, (one, other), None if left is None or right is None else left == right)


def _keys(product: Product) -> Keys:
    return keys_of_offer(product.gtin, product.maker, product.maker_part_number)


def _only(one: str, other: str) -> str | None:
    known = {stem(word) for word in words_of(other)}
    return " · ".join(word for word in words_of(one) if stem(word) not in known) or None


def _category(product: Product, categories: Mapping[str, CpvCode]) -> str:
    known = categories.get(product.cpv_code)
    return f"{known.label} ({product.cpv_code})" if known else product.cpv_code


def _content(product: Product) -> str:
    content, unit_code = product.base_content
    return f"{write_number(content)} {UNITS[unit_code].label}"
