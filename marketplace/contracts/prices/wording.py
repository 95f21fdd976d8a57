"""In which words is the reason of a price read?"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from marketplace.contracts.prices.pricing import Price, Reason, Source
from marketplace.contracts.prices.rules import LABELS, RULES
from marketplace.foundation.language import text as _
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import (
    write_date,
    write_money,
    write_number,
    write_quantity,
)


class Step(NamedTuple):
    """One line of "why this price": how deep it stands, whether it counts, rule, arithmetic and result in words."""

    depth: int
    counts: bool
    label: str
    detail: str
    amount: Money


def steps_of(price: Price, unit_code: str) -> list[Step]:
    """Why it is that price, in reading order."""
    return list(_steps(price.reason, price.unit_price.currency, unit_code))


def stated_by(price: Price, unit_code: str) -> Step:
    """The step that states the price that is paid: the first one on its way that is a rule of its own."""
    currency = price.unit_price.currency
    return next(
        _step(depth, counts, reason, currency, unit_code)
        for depth, counts, reason in price.reason.walk()
        if counts and reason.rule in RULES
    )


def kept_steps(kept: Sequence[Mapping[str, Any]], currency: str, unit_code: str) -> list[Step]:
    """The same of a line that has kept its reason: as a tree, or before there were trees in words."""
    found: list[Step] = []
    for entry in kept:
        if "rule" in entry:
            found += _steps(Reason.from_json(entry), currency, unit_code)
        else:
            found.append(
                Step(
                    0,
                    True,
                    entry["label"],
                    entry["detail"],
                    Money(Decimal(entry["amount"]), entry["currency"]),
                )
            )
    return found


def _steps(root: Reason, currency: str, unit_code: str) -> Iterator[Step]:
    for depth, counts, reason in root.walk():
        yield _step(depth, counts, reason, currency, unit_code)


def _step(depth: int, counts: bool, reason: Reason, currency: str, unit_code: str) -> Step:
    detail = " · ".join(filter(None, (_stated(reason.source), _arithmetic(reason, currency, unit_code))))
    return Step(depth, counts, str(LABELS[reason.rule]), detail, Money(reason.result, currency))


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
