"""What is new in a product that waits, beside what buyers saw of it?"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.presentation import write_number
from marketplace.foundation.quantity import UNITS
from marketplace.sellers.attributes.models import Attribute
from marketplace.sellers.attributes.values import shown as said
from marketplace.sellers.catalogue.models import Content, CpvCode
from marketplace.sellers.facts.documents import BETWEEN, Document, written
from marketplace.sellers.facts.kinds import CERTIFICATES, DOCUMENTS, FACTS, IN_A_ROW
from marketplace.sellers.facts.wording import in_words

PICTURE, ATTRIBUTES, SAID = "picture", "attributes", "facts"
LABELS: dict[str, LazyString] = {
    "name": _l("Name"),
    "description": _l("Description"),
    PICTURE: _l("Picture"),
    "cpv_code": _l("Category"),
    "maker": _l("Maker"),
    "maker_part_number": _l("Maker’s part number"),
    "gtin": _l("GTIN"),
    "sku": _l("Article number"),
    "unit_code": _l("Unit"),
    "pack_size": _l("Content of one unit"),
    "content_unit_code": _l("Unit of the content"),
    ATTRIBUTES: _l("Attributes"),
    SAID: _l("Facts"),
    CERTIFICATES: FACTS[CERTIFICATES].label,
    DOCUMENTS: FACTS[DOCUMENTS].label,
}
IN_PARTS = (PICTURE, ATTRIBUTES, SAID, CERTIFICATES, DOCUMENTS)


class Face(NamedTuple):
    """One thing that a buyer judges by: what they saw (None where the product is new to them) and what is new."""

    label: LazyString | str
    old: str | None
    new: str | None
    is_other: bool


class Words(NamedTuple):
    """What codes and ids in a content are called."""

    categories: Mapping[str, CpvCode]
    attributes: Mapping[UUID, Attribute]


def changed(old: Content | None, new: Content) -> list[LazyString]:
    """What differs, by its label; nothing for a product that buyers never saw."""
    return [] if old is None else [label for name, label in LABELS.items() if old.get(name) != new.get(name)]


def faces(old: Content | None, new: Content, words: Words) -> list[Face]:
    """Old and new, line by line; pictures are shown apart, and what neither says is left out."""
    sides = old or {}, new
    lines = [*_offer(*sides, words), *_attributes(*sides, words), *_facts(*sides)]
    lines += [_certificates(*sides), _documents(*sides)]
    return [face for face in lines if face.old or face.new]


def codes_in(*contents: Content | None) -> set[str]:
    """The categories that they name."""
    return {content["cpv_code"] for content in contents if content}


def attributes_in(*contents: Content | None) -> set[UUID]:
    """The attributes that they name."""
    return {UUID(one) for content in contents if content for one in content[ATTRIBUTES]}


def _offer(old: Content, new: Content, words: Words) -> Iterator[Face]:
    for name, label in LABELS.items():
        if name not in IN_PARTS:
            before, after = old.get(name), new[name]
            yield Face(label, _words(name, before, words), _words(name, after, words), before != after)


def _attributes(old: Content, new: Content, words: Words) -> Iterator[Face]:
    before, after = old.get(ATTRIBUTES, {}), new[ATTRIBUTES]
    for one in sorted({*before, *after}):
        attribute = words.attributes.get(UUID(one))
        values = [
            value and (said(attribute, value) if attribute else value)
            for value in (before.get(one), after.get(one))
        ]
        label = attribute.label if attribute else LABELS[ATTRIBUTES]
        yield Face(label, values[0], values[1], before.get(one) != after.get(one))


def _facts(old: Content, new: Content) -> Iterator[Face]:
    before, after = old.get(SAID, {}), new[SAID]
    for name, fact in IN_A_ROW.items():
        values = [_fact(name, side.get(name)) for side in (before, after)]
        yield Face(fact.label, values[0], values[1], before.get(name) != after.get(name))


def _fact(name: str, value: str | int | None) -> str:
    return in_words(name, None if value is None else str(value))


def _certificates(old: Content, new: Content) -> Face:
    before, after = old.get(CERTIFICATES, {}), new[CERTIFICATES]
    values = [_fact(CERTIFICATES, _listed(side)) for side in (before, after)]
    return Face(LABELS[CERTIFICATES], values[0], values[1], before != after)


def _documents(old: Content, new: Content) -> Face:
    before, after = old.get(DOCUMENTS, {}), new[DOCUMENTS]
    values = [_fact(DOCUMENTS, written(documents_of({DOCUMENTS: side}))) for side in (before, after)]
    return Face(LABELS[DOCUMENTS], values[0], values[1], before != after)


def documents_of(content: Content) -> list[Document]:
    """The documents of a content, each by its bytes."""
    return [Document(sha256=one, **said) for one, said in content.get(DOCUMENTS, {}).items()]


def _listed(days: Mapping[str, str | None]) -> str:
    return BETWEEN.join(f"{name} ({day})" if day else name for name, day in sorted(days.items()))


def _words(name: str, value: str | None, words: Words) -> str | None:
    if not value:
        return None
    if name == "cpv_code":
        known = words.categories.get(value)
        return f"{known.label} ({value})" if known else value
    if name in ("unit_code", "content_unit_code"):
        return str(UNITS[value].label)
    return write_number(Decimal(value)) if name == "pack_size" else value
