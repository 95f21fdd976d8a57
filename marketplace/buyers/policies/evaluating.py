"""Which buying rules does a purchase come up against, line by line?

A rule is about the lines that meet its conditions, from an amount on where it says one: the amount is that of all its
lines together, so that many small lines are no way around it. Each kind of rule then asks one thing of each line.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

PER_CENT = Decimal(100)


class PolicyKind(StrEnum):
    """What a rule asks of a line."""

    CATEGORY_BAN = "category_ban"
    PREFERRED_SUPPLIER = "preferred_supplier"
    QUOTES = "quotes"
    CONTRACT_FIRST = "contract_first"
    STANDING = "standing"
    PRICE_RISE = "price_rise"


class Effect(StrEnum):
    """What a rule does with a line that comes up against it."""

    REFUSE = "refuse"
    REASON = "reason"
    WARN = "warn"


class Rule(Protocol):
    """One version of a rule."""

    id: UUID
    rule_id: UUID
    version: int
    kind: PolicyKind
    name: str
    effect: Effect
    cpv_prefix: str | None
    cost_centre_id: UUID | None
    site_id: UUID | None
    minimum_amount: Decimal | None
    figure: Decimal | None
    supplier_ids: list[UUID]
    starts_on: date
    ends_on: date | None
    is_on: bool


@dataclass(frozen=True)
class Line:
    """A line of a purchase; amounts are in the organisation's currency."""

    id: UUID
    position: int
    name: str
    product_id: UUID
    seller_id: UUID
    cpv_code: str
    unit_price: Decimal
    amount: Decimal
    is_agreed: bool


@dataclass(frozen=True)
class Purchase:
    """What is to be bought, for whom, and where it goes."""

    lines: Sequence[Line]
    cost_centre_id: UUID | None = None
    site_id: UUID | None = None


@dataclass(frozen=True)
class Facts:
    """What is known besides: how many suppliers offer a product's item, what was last paid for it, suppliers' scores.

    `barred` are suppliers that may not trade. What is not in a mapping is not known: no score is no bad one.
    """

    suppliers: Mapping[UUID, int] = field(default_factory=dict)
    paid: Mapping[UUID, Decimal] = field(default_factory=dict)
    points: Mapping[UUID, Decimal] = field(default_factory=dict)
    barred: Collection[UUID] = frozenset()


Found = Mapping[str, str]


class Hit(NamedTuple):
    """That a line comes up against a rule, and the figures that say so."""

    rule: Rule
    line: Line
    found: Found


def in_force(rules: Iterable[Rule], on: date) -> list[Rule]:
    """Those of the rules that hold on that day; both days of a rule are days on which it holds."""
    return [rule for rule in rules if rule.is_on and rule.starts_on <= on <= (rule.ends_on or date.max)]


def evaluate(rules: Iterable[Rule], purchase: Purchase, facts: Facts) -> list[Hit]:
    """Every hit, rule by rule in the order of their names, and line by line."""
    hits = [hit for rule in rules for hit in _hits(rule, purchase, facts)]
    return sorted(hits, key=lambda hit: (hit.rule.name, hit.rule.id, hit.line.position, hit.line.id))


def _hits(rule: Rule, purchase: Purchase, facts: Facts) -> Iterable[Hit]:
    lines = lines_meant(rule, purchase)
    if sum((line.amount for line in lines), Decimal(0)) < (rule.minimum_amount or 0):
        return
    for line in lines:
        found = TESTS[rule.kind](rule, line, facts)
        if found is not None:
            yield Hit(rule, line, found)


def lines_meant(rule: Rule, purchase: Purchase) -> list[Line]:
    """The lines that the rule is about: an empty condition always holds, all that are set must hold together."""
    is_here = rule.cost_centre_id in (None, purchase.cost_centre_id)
    is_there = rule.site_id in (None, purchase.site_id)
    if not (is_here and is_there):
        return []
    return [line for line in purchase.lines if line.cpv_code.startswith(rule.cpv_prefix or "")]


def _banned(rule: Rule, line: Line, facts: Facts) -> Found | None:
    return {"category": line.cpv_code}


def _not_preferred(rule: Rule, line: Line, facts: Facts) -> Found | None:
    return None if line.seller_id in rule.supplier_ids else {}


def _too_few_quotes(rule: Rule, line: Line, facts: Facts) -> Found | None:
    there_are = facts.suppliers.get(line.product_id, 1)
    return {"suppliers": str(there_are)} if there_are < figure_of(rule) else None


def _off_contract(rule: Rule, line: Line, facts: Facts) -> Found | None:
    return None if line.is_agreed else {}


def _low_standing(rule: Rule, line: Line, facts: Facts) -> Found | None:
    if line.seller_id in facts.barred:
        return {}
    points = facts.points.get(line.seller_id)
    return {"points": str(points)} if points is not None and points < figure_of(rule) else None


def _dearer(rule: Rule, line: Line, facts: Facts) -> Found | None:
    paid = facts.paid.get(line.product_id)
    if paid is None or line.unit_price * PER_CENT <= paid * (PER_CENT + figure_of(rule)):
        return None
    return {"paid": str(paid), "asked": str(line.unit_price)}


def figure_of(rule: Rule) -> Decimal:
    """By what the rule measures: suppliers, points or per cent; zero where its kind measures nothing."""
    return rule.figure or Decimal(0)


TESTS: Mapping[PolicyKind, Callable[[Rule, Line, Facts], Found | None]] = {
    PolicyKind.CATEGORY_BAN: _banned,
    PolicyKind.PREFERRED_SUPPLIER: _not_preferred,
    PolicyKind.QUOTES: _too_few_quotes,
    PolicyKind.CONTRACT_FIRST: _off_contract,
    PolicyKind.STANDING: _low_standing,
    PolicyKind.PRICE_RISE: _dearer,
}
"""What each kind of rule asks: the figures that say so where a line comes up against it, else None."""
