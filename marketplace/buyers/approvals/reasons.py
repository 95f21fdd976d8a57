"""Why does a rule ask somebody, or not?

The database applies the rules (function `approval_plan`) and says which conditions were met; the same figures stand
frozen in each run. Here they become sentences, in the language of whoever reads them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_money

SOURCES: dict[str, LazyString] = {
    "named": _l("named by the rule"),
    "owner": _l("owner of the cost centre"),
    "nobody_else": _l("as procurement lead, because nobody else whom the rule names may decide"),
    "escalation": _l("as procurement lead, because the deadline passed"),
}


@dataclass(frozen=True)
class Check:
    """One condition of a rule: what it is about, what it wants, and whether the document meets it."""

    what: str
    wants: str
    is_met: bool


@dataclass(frozen=True)
class Asked:
    """Somebody whom a rule asks, and why them (a key of SOURCES)."""

    person_id: UUID
    source: str


@dataclass(frozen=True)
class Verdict:
    """What one rule, in one version, says about one document."""

    rule_id: UUID
    name: str
    version: int
    turn: int
    quorum: int
    is_asked: bool
    checks: tuple[Check, ...]
    people: tuple[Asked, ...]

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Verdict":
        """From a row of `approval_plan`, live or frozen in a run."""
        return cls(
            rule_id=UUID(str(said["rule_id"])),
            name=said["name"],
            version=said["version"],
            turn=said["turn"],
            quorum=said["quorum"],
            is_asked=said["is_asked"],
            checks=tuple(Check(c["what"], c["wants"], c["is_met"]) for c in said["because"]),
            people=tuple(Asked(UUID(p["person_id"]), p["source"]) for p in said["people"]),
        )

    def wants(self, what: str) -> set[str]:
        """What its conditions of one kind want: limits, prefixes of categories, ids of cost centres."""
        return {check.wants for check in self.checks if check.what == what}


def sentences(verdict: Verdict, amount: Money, labels: Mapping[str, str]) -> list[LazyString]:
    """Why the rule asks: all its conditions; or why it does not: those that are not met.

    `labels` are what categories and cost centres are called, by what the conditions want.
    """
    if not verdict.checks:
        return [_l("This rule always asks.")]
    telling = [check for check in verdict.checks if verdict.is_asked or not check.is_met]
    return [_sentence(check, amount, labels) for check in telling]


def _sentence(check: Check, amount: Money, labels: Mapping[str, str]) -> LazyString:
    limit = (
        LazyString(write_money, Money(Decimal(check.wants), amount.currency))
        if check.what == "amount"
        else ""
    )
    return SENTENCES[check.what, check.is_met](amount, limit or labels.get(check.wants, check.wants))


SENTENCES: Mapping[tuple[str, bool], Callable[[Money, object], LazyString]] = {
    ("amount", True): lambda amount, least: _l(
        "%(amount)s is at least %(least)s.", amount=LazyString(write_money, amount), least=least
    ),
    ("amount", False): lambda amount, least: _l(
        "%(amount)s is less than %(least)s.", amount=LazyString(write_money, amount), least=least
    ),
    ("category", True): lambda _, wanted: _l("It has a line of the category “%(wanted)s”.", wanted=wanted),
    ("category", False): lambda _, wanted: _l("It has no line of the category “%(wanted)s”.", wanted=wanted),
    ("cost_centre", True): lambda _, wanted: _l("It is for cost centre %(wanted)s.", wanted=wanted),
    ("cost_centre", False): lambda _, wanted: _l("It is not for cost centre %(wanted)s.", wanted=wanted),
}
