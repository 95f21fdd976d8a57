"""What does a quantity cost, and why?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Self
from uuid import UUID

from marketplace.contracts.prices.rules import RULES
from marketplace.foundation.money import Money

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Wanted:
    """So much of a product."""

    product_id: UUID
    quantity: Decimal


class Source(NamedTuple):
    """The row that states a price (one version of it), what it belongs to, and when it holds.

    A product of the catalogue has no title and no days of its own.
    """

    id: UUID
    title: str | None
    starts_on: date | None
    ends_on: date | None

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> Self | None:
        """The source that a node names; None where it names none."""
        if kept is None:
            return None
        return cls(UUID(kept["id"]), kept["title"], _day(kept["starts_on"]), _day(kept["ends_on"]))


class Factors(NamedTuple):
    """What a leaf multiplies: so many, each at so much."""

    quantity: Decimal
    each: Decimal


@dataclass(frozen=True)
class Reason:
    """A node of "why this price": its rule, and how its result follows from those below it.

    `operation`: "product" of two factors (a leaf), "sum", "lowest", "first" (which comes before the others), or "less"
    a percentage. Results are exact amounts for the whole quantity. `start` is where a tier begins, `pack` what a pack
    holds.
    """

    rule: str
    operation: str
    result: Decimal
    of: tuple["Reason", ...] = ()
    factors: Factors | None = None
    source: Source | None = None
    percentage: Decimal | None = None
    start: Decimal | None = None
    pack: Decimal | None = None

    @classmethod
    def from_json(cls, node: Mapping[str, Any]) -> Self:
        """The reason as the database tells it, and as a line keeps it."""
        factors = [Decimal(factor) for factor in node.get("factors", ())]
        return cls(
            rule=node["rule"],
            operation=node["operation"],
            result=Decimal(node["result"]),
            of=tuple(cls.from_json(child) for child in node.get("of", ())),
            factors=Factors(*factors) if factors else None,
            source=Source.from_json(node.get("source")),
            percentage=_decimal(node.get("percentage")),
            start=_decimal(node.get("from")),
            pack=_decimal(node.get("pack")),
        )

    @property
    def counting(self) -> Sequence["Reason"]:
        """Those below it that its result follows from: all of a sum, one where one is chosen."""
        if self.operation == "first":
            return self.of[:1]
        return [min(self.of, key=lambda one: one.result)] if self.operation == "lowest" else self.of

    def walk(self, depth: int = 0, *, counts: bool = True, is_aside: bool = False) -> Iterator["Visit"]:
        """It and all below it, in reading order."""
        yield Visit(self, depth, counts, is_aside)
        for child in self.of:
            is_chosen = counts and any(child is one for one in self.counting)
            yield from child.walk(depth + 1, counts=is_chosen, is_aside=not counts)


class Visit(NamedTuple):
    """A reason on a walk: how deep it stands, whether what is paid follows from it, or not even from the one above."""

    reason: Reason
    depth: int
    counts: bool
    is_aside: bool


@dataclass(frozen=True)
class Price:
    """The price of a quantity for one buyer on one day, and its reason as the database told it.

    The unit price is that of one on average, to twelve decimals; the line total is `quantity` times it, rounded.
    """

    product_id: UUID
    quantity: Decimal
    unit_price: Money
    agreement_id: UUID | None
    agreement_line_id: UUID | None
    tree: dict[str, Any]

    @property
    def line_total(self) -> Money:
        """What the quantity costs, rounded to the currency's exponent."""
        return self.unit_price.times(self.quantity)

    @property
    def reason(self) -> Reason:
        """Why it is that."""
        return Reason.from_json(self.tree)

    @property
    def statement(self) -> Reason:
        """The rule that states it: the first one on the way that counts."""
        return next(one.reason for one in self.reason.walk() if one.counts and one.reason.rule in RULES)


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None


def _decimal(kept: str | None) -> Decimal | None:
    return None if kept is None else Decimal(kept)
