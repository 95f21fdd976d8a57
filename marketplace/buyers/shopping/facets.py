"""By what can the results be narrowed, and at which address is each choice?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from flask import url_for

from marketplace.foundation.language import text as _
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_money
from marketplace.sellers.catalogue.models import CpvCode
from marketplace.sellers.catalogue.queries import BANDS, Found, Shelf

SHOWN = 12
K = TypeVar("K")


@dataclass(frozen=True)
class Option:
    """One choice: where it leads, how many products are there, and whether it is chosen (it then leads back)."""

    label: str
    url: str
    count: int
    is_selected: bool


class Facet(NamedTuple):
    """The choices of one kind."""

    title: str
    options: list[Option]


@dataclass(frozen=True)
class Question:
    """What somebody looks for: what they typed, and the shelf that they narrowed it to."""

    typed: str
    shelf: Shelf

    def url(self, **others: Any) -> str:
        """The address of its answer; `others` are further arguments."""
        arguments: dict[str, Any] = {
            "q": self.typed or None,
            "category": self.shelf.division,
            "supplier": self.shelf.seller_id,
            "price": self.shelf.band,
        }
        return url_for("buyers.shopping.search", **{**arguments, **others})

    def narrowed(self, **choice: Any) -> str:
        """The address of its answer on a shelf with this choice."""
        return replace(self, shelf=replace(self.shelf, **choice)).url()


def facets(
    question: Question, found: Found, divisions: Mapping[str, CpvCode], sellers: Mapping[UUID, str]
) -> list[Facet]:
    """Categories, suppliers and price bands of what was found, the fullest first; those without a choice left out."""
    kinds = [
        Facet(_("Category"), _categories(question, found, divisions)),
        Facet(_("Supplier"), _suppliers(question, found, sellers)),
        Facet(_("Price per unit"), _bands(question, found)),
    ]
    return [facet for facet in kinds if facet.options]


def band_label(band: int, currency: str) -> str:
    """From 10 to 50 €, in the present language."""
    low, high = (
        write_money(Money(BANDS[place], currency)) if 0 <= place < len(BANDS) else ""
        for place in (band - 1, band)
    )
    if not low:
        return _("below %(price)s", price=high)
    return _("%(low)s to %(high)s", low=low, high=high) if high else _("%(price)s and more", price=low)


def _categories(question: Question, found: Found, divisions: Mapping[str, CpvCode]) -> list[Option]:
    chosen = question.shelf.division
    return [
        Option(
            divisions[f"{division}000000"].label,
            question.narrowed(division=None if division == chosen else division),
            count,
            division == chosen,
        )
        for division, count in _fullest(found.divisions)
        if f"{division}000000" in divisions
    ]


def _suppliers(question: Question, found: Found, sellers: Mapping[UUID, str]) -> list[Option]:
    chosen = question.shelf.seller_id
    return [
        Option(
            sellers[seller],
            question.narrowed(seller_id=None if seller == chosen else seller),
            count,
            seller == chosen,
        )
        for seller, count in _fullest(found.sellers)
        if seller in sellers
    ]


def _bands(question: Question, found: Found) -> list[Option]:
    chosen = question.shelf.band
    return [
        Option(
            band_label(band, question.shelf.currency),
            question.narrowed(band=None if band == chosen else band),
            count,
            band == chosen,
        )
        for band, count in sorted(found.bands.items())
    ]


def _fullest(counts: Mapping[K, int]) -> list[tuple[K, int]]:
    return sorted(counts.items(), key=lambda entry: -entry[1])[:SHOWN]
