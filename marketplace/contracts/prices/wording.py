"""In which words is the reason of a price read?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from marketplace.contracts.prices.pricing import Price, Reason, Source, Visit
from marketplace.contracts.prices.rules import LABELS
from marketplace.foundation.language import text as _
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import (
    write_date,
    write_money,
    write_number,
    write_quantity,
)


class Step(NamedTuple):
    """One line of "why this price": rule, arithmetic and result in words, and where it stands (pricing.Visit)."""

    label: str
    detail: str
    amount: Money
    depth: int = 0
    counts: bool = True
    is_aside: bool = False


def steps_of(price: Price, unit_code: str) -> list[Step]:
    """Why it is that price, in reading order."""
    return _steps(price.reason, price.unit_price.currency, unit_code)


def stated_by(price: Price, unit_code: str) -> Step:
    """The rule that states the price, and where it stands, in words."""
    return _step(Visit(price.statement, 0, True, False), price.unit_price.currency, unit_code)


def kept_steps(kept: Sequence[Mapping[str, Any]], currency: str, unit_code: str) -> list[Step]:
    """The same of a line that has kept its reason: as a tree, or before there were trees in words."""
    return [
        step
        for entry in kept
        for step in (
            _steps(Reason.from_json(entry), currency, unit_code) if "rule" in entry else [_in_words(entry)]
        )
    ]


def _steps(root: Reason, currency: str, unit_code: str) -> list[Step]:
    return [_step(visit, currency, unit_code) for visit in root.walk()]


def _step(visit: Visit, currency: str, unit_code: str) -> Step:
    reason = visit.reason
    detail = " · ".join(filter(None, (_stated(reason.source), _arithmetic(reason, currency, unit_code))))
    return Step(str(LABELS[reason.rule]), detail, Money(reason.result, currency), *visit[1:])


def _in_words(entry: Mapping[str, Any]) -> Step:
    return Step(entry["label"], entry["detail"], Money(Decimal(entry["amount"]), entry["currency"]))


def _stated(source: Source | None) -> str:
    if source is None or source.title is None:
        return ""
    if source.ends_on is None:
        return _("“%(title)s”, from %(first)s on", title=source.title, first=write_date(source.starts_on))
    return _(
        "“%(title)s”, %(first)s to %(last)s",
        title=source.title,
        first=write_date(source.starts_on),
        last=write_date(source.ends_on),
    )


def _arithmetic(reason: Reason, currency: str, unit_code: str) -> str:
    if reason.factors is None:
        return _gathered(reason)
    price, count = write_money(Money(reason.factors.each, currency)), reason.factors.quantity
    if reason.pack is not None:
        pack = write_quantity(reason.pack, unit_code)
        return _(
            "%(count)s × %(price)s, in packs of %(pack)s", count=write_number(count), price=price, pack=pack
        )
    said = _("%(count)s × %(price)s", count=write_quantity(count, unit_code), price=price)
    if reason.start:
        return _("from %(start)s on: %(said)s", start=write_quantity(reason.start, unit_code), said=said)
    return said


def _gathered(reason: Reason) -> str:
    if reason.percentage is not None:
        return _("%(share)s %% less than the public price", share=write_number(reason.percentage))
    return {
        "sum": _("all of it together"),
        "lowest": _("the lower of the two"),
        "first": _("the first comes before the others"),
    }[reason.operation]
