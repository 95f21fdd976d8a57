"""Which columns of a file are attributes, as the operator has described them?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from marketplace.foundation.quantity import UNITS
from marketplace.sellers.attributes.models import LONGEST_VALUE, Attribute, AttributeKind
from marketplace.sellers.attributes.queries import all_attributes
from marketplace.sellers.attributes.values import NO, PREFIX, YES
from marketplace.sellers.catalogue.cells import NumberStyle, Read, Refused, Words, number, words
from marketplace.sellers.catalogue.columns import BY_NAME, Column
from marketplace.sellers.catalogue.spreadsheets import Cell
from marketplace.sellers.facts.kinds import FACTS

FLAGS = {"yes": YES, "true": YES, "1": YES, "oui": YES, "vrai": YES, "no": NO, "false": NO, "0": NO, "non": NO,
         "faux": NO}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A number, alone or with the unit that it is counted in behind it."""

    unit_code: str | None

    def __call__(self, cell: Cell, style: NumberStyle) -> str:
        """The figure as it is kept. Raises Refused, also for another unit."""
        if isinstance(cell, str) and self.unit_code is not None:
            figure, _, unit = cell.strip().rpartition(" ")
            if unit in (self.unit_code, str(UNITS[self.unit_code].label)):
                cell = figure
            elif figure and unit.isalpha():
                raise Refused("other_unit", self.unit_code)
        value = number(cell, style)
        if value != round(value, 4):
            raise Refused("too_fine", 4)
        return f"{value.normalize():f}"


@dataclass(frozen=True)
class Choice:
    """One of some words, as the operator writes them."""

    choices: tuple[str, ...]

    def __call__(self, cell: Cell, style: NumberStyle) -> str:
        """The choice. Raises Refused."""
        said = words(cell).casefold()
        found = next((choice for choice in self.choices if choice.casefold() == said), None)
        if found is None:
            raise Refused("no_choice", ", ".join(self.choices)[:200])
        return found


def flag(cell: Cell, style: NumberStyle) -> str:
    """Yes or no, in English or French, or as a spreadsheet has it. Raises Refused."""
    said = str(cell).lower() if isinstance(cell, bool) else words(cell).lower()
    if said not in FLAGS:
        raise Refused("no_choice", "yes, no")
    return FLAGS[said]


def columns_of(attributes: Collection[Attribute]) -> dict[str, Column]:
    """A column for each attribute, by name."""
    columns = [
        Column(
            f"{PREFIX}{row.code}",
            row.label,
            ", ".join(title.replace(",", " ") for title in (row.code, row.label_en, row.label_fr)),
            _reading(row),
            category=row.category,
        )
        for row in attributes
    ]
    return {column.name: column for column in columns}


def known_columns() -> Mapping[str, Column]:
    """All that a file may bring, by name, in the order in which titles are matched; in one statement."""
    offers = {name: column for name, column in BY_NAME.items() if name not in FACTS}
    return {**offers, **columns_of(all_attributes()), **{name: BY_NAME[name] for name in FACTS}}


def _reading(attribute: Attribute) -> Read:
    if attribute.kind == AttributeKind.NUMBER:
        return Figure(attribute.unit_code)
    if attribute.kind == AttributeKind.CHOICE:
        return Choice(tuple(attribute.choices))
    if attribute.kind == AttributeKind.FLAG:
        return flag
    return Words(LONGEST_VALUE)
