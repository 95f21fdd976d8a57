"""What does somebody look for, and at which address is the answer?"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from flask import url_for
from flask_babel import LazyString
from werkzeug.datastructures import MultiDict

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.quantity import UNITS
from marketplace.sellers.facts.documents import LONGEST_CERTIFICATE

# Where one band of prices (in the buyer's currency) or of lead times (in working days) ends and the next begins.
BANDS = tuple(Decimal(limit) for limit in (10, 50, 200, 1000))
DAYS = (2, 4, 8)
LONGEST, MOST_CHOICES = 200, 20
CATEGORY = re.compile(r"[0-9]{2,8}")
T = TypeVar("T")


class Order(StrEnum):
    """What comes first."""

    BEST = "best"
    PRICE = "price"
    DAYS = "days"
    NAME = "name"


ORDERS: dict[Order, LazyString] = {
    Order.BEST: _l("Best first"),
    Order.PRICE: _l("Cheapest per base unit"),
    Order.DAYS: _l("Shortest lead time"),
    Order.NAME: _l("By name"),
}


@dataclass(frozen=True)
class Question:
    """What was typed, and what was chosen; of one kind any of several choices will do.

    The category is the digits that its CPV code has before the zeros; bands and days count from 0.
    """

    typed: str = ""
    category: str = ""
    sellers: tuple[UUID, ...] = ()
    bands: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    units: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    in_stock: bool = False
    on_contract: bool = False
    order: Order = Order.BEST

    @classmethod
    def asked(cls, arguments: MultiDict[str, str]) -> "Question":
        """What an address asks; a choice that is none is as if it had not been made."""
        found = CATEGORY.fullmatch(arguments.get("category", ""))
        return cls(
            typed=" ".join(arguments.get("q", "").replace("\x00", " ").split())[:LONGEST],
            category=significant(found[0]) if found else "",
            sellers=_chosen(arguments.getlist("supplier"), UUID),
            bands=_chosen(arguments.getlist("price"), lambda typed: range(len(BANDS) + 1)[int(typed)]),
            days=_chosen(arguments.getlist("days"), lambda typed: range(len(DAYS) + 1)[int(typed)]),
            units=_chosen(arguments.getlist("unit"), lambda typed: typed if typed in UNITS else None),
            certificates=_chosen(arguments.getlist("certificate"), _named),
            in_stock="in_stock" in arguments,
            on_contract="on_contract" in arguments,
            order=Order(arguments["order"]) if arguments.get("order") in list(Order) else Order.BEST,
        )

    def arguments(self) -> dict[str, Any]:
        """What asks the same in an address; what is not asked for is left out."""
        said: dict[str, Any] = {
            "q": self.typed,
            "category": self.category,
            "supplier": list(self.sellers),
            "price": list(self.bands),
            "days": list(self.days),
            "unit": list(self.units),
            "certificate": list(self.certificates),
            "in_stock": 1 if self.in_stock else None,
            "on_contract": 1 if self.on_contract else None,
            "order": None if self.order == Order.BEST else str(self.order),
        }
        return {name: value for name, value in said.items() if value}

    def url(self, **others: Any) -> str:
        """The address of its answer; `others` are further arguments."""
        return url_for("buyers.shopping.search", **self.arguments(), **others)

    def otherwise(self, **choice: Any) -> "Question":
        """The same question with another choice."""
        return replace(self, **choice)

    @property
    def is_of_a_shelf(self) -> bool:
        """Whether nothing is asked but what stands on a shelf, in the order in which it came there."""
        return self == Question(category=self.category, sellers=self.sellers)

    @property
    def choices(self) -> int:
        """How many choices narrow it."""
        several = (self.sellers, self.bands, self.days, self.units, self.certificates)
        return sum(map(len, several)) + bool(self.category) + self.in_stock + self.on_contract

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """What a form carries along with the words and the order: a name and a value for each choice."""
        return list(MultiDict(self.otherwise(typed="", order=Order.BEST).arguments()).items(multi=True))

    @property
    def words_alone(self) -> "Question":
        """The same words, with no choice made."""
        return Question(typed=self.typed)


def significant(code: str) -> str:
    """The digits of a CPV code before its zeros; at least the two of the division."""
    return code.rstrip("0").ljust(2, "0")


def toggled(chosen: tuple[T, ...], choice: T) -> tuple[T, ...]:
    """`chosen` with the choice, or without it where it was chosen."""
    return tuple(each for each in chosen if each != choice) if choice in chosen else (*chosen, choice)


def _named(typed: str) -> str | None:
    """The name of a certificate, which need not be one that any product bears."""
    name = " ".join(typed.replace("\x00", " ").split())
    return name if 0 < len(name) <= LONGEST_CERTIFICATE else None


def _chosen(typed: Iterable[str], read: Callable[[str], T | None]) -> tuple[T, ...]:
    found: dict[T, None] = {}
    for each in typed:
        try:
            value = read(each)
        except (ValueError, IndexError):
            continue
        if value is not None:
            found[value] = None
    return tuple(found)[:MOST_CHOICES]


UNIT_FACTORS: Mapping[str, Mapping[str, Any]] = {
    code: {"factor": str(unit.factor), "is_measure": unit.base not in (None, "C62")}
    for code, unit in UNITS.items()
}
