"""Which suppliers, at most so many, can cover what is wanted, and at the least cost?

This is the p-median problem with a place for "nobody" (Hakimi 1964): whatever is wanted goes to the supplier that asks
least for it, so only the choice of suppliers is to be made.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from math import comb
from typing import NamedTuple
from uuid import UUID

Costs = Sequence[Mapping[UUID, Decimal]]
"""For each thing that is wanted, what each supplier that has it asks for all of it; one currency."""
MOST_TRIED = 2000
"""So many choices are all looked at; of more, a choice is improved supplier by supplier."""


class Cover(NamedTuple):
    """How much is left uncovered, and what the rest costs: the smaller, the better."""

    missing: int
    amount: Decimal


def cover(costs: Costs, sellers: Collection[UUID]) -> Cover:
    """What these suppliers cover, each thing at the least that one of them asks."""
    least = [min((row[one] for one in sellers if one in row), default=None) for row in costs]
    return Cover(least.count(None), sum((amount for amount in least if amount is not None), Decimal(0)))


def splits(costs: Costs) -> Iterator[frozenset[UUID]]:
    """The best single supplier, the best two, the best three …, as long as one more makes it better.

    To have one more is worth less the more there are; so where it is worth nothing, nothing is better at all.
    """
    sellers = sorted({seller for row in costs for seller in row})
    chosen: frozenset[UUID] = frozenset()
    for number in range(1, len(sellers) + 1):
        more = _best(costs, sellers, number, chosen)
        if cover(costs, more) >= cover(costs, chosen):
            return
        yield more
        chosen = more


def _best(costs: Costs, sellers: Sequence[UUID], number: int, before: frozenset[UUID]) -> frozenset[UUID]:
    if comb(len(sellers), number) > MOST_TRIED:
        return _improved(costs, sellers, before)
    return min(map(frozenset, combinations(sellers, number)), key=lambda some: cover(costs, some))


def _improved(costs: Costs, sellers: Sequence[UUID], before: frozenset[UUID]) -> frozenset[UUID]:
    """One more than before, then one for another while that is better (vertex substitution, Teitz and Bart 1968)."""
    others = [one for one in sellers if one not in before]
    chosen = min((before | {one} for one in others), key=lambda some: cover(costs, some))
    while True:
        swapped = min(_swaps(chosen, sellers), key=lambda some: cover(costs, some), default=chosen)
        if cover(costs, swapped) >= cover(costs, chosen):
            return chosen
        chosen = swapped


def _swaps(chosen: frozenset[UUID], sellers: Sequence[UUID]) -> Iterator[frozenset[UUID]]:
    for out in sorted(chosen):
        yield from (chosen - {out} | {one} for one in sellers if one not in chosen)
