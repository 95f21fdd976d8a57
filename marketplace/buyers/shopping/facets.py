"""By what can the answers be narrowed, and at which address is each choice?"""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar
from uuid import UUID

from marketplace.buyers.shopping.finding import Found
from marketplace.buyers.shopping.questions import BANDS, DAYS, Question, toggled
from marketplace.foundation.language import plural_text, text as _
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_money
from marketplace.foundation.quantity import UNITS
from marketplace.sellers.catalogue.models import CpvCode

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Option:
    """One choice: where it leads, how many products would be there, and whether it is chosen (it then leads back).

    The count is None where nothing was counted.
    """

    label: str
    url: str
    count: int | None
    is_selected: bool


class Facet(NamedTuple):
    """The choices of one kind; of several kinds any of its choices will do."""

    title: str
    options: list[Option]


def facets(
    question: Question,
    found: Found,
    labels: Mapping[str, CpvCode],
    sellers: Mapping[UUID, str],
    currency: str,
) -> list[Facet]:
    """All kinds of choices that there are about what was found; those without one are left out."""
    kinds = [
        Facet(_("Category"), _categories(question, found, labels)),
        Facet(_("Availability"), _conditions(question, found)),
        Facet(
            _("Supplier"),
            _options(question, "sellers", _fullest(found.sellers), lambda one: sellers.get(one, "")),
        ),
        Facet(
            _("Price per unit"),
            _options(
                question, "bands", _in_order(found.bands, BANDS), lambda band: band_label(band, currency)
            ),
        ),
        Facet(_("Lead time"), _options(question, "days", _in_order(found.days, DAYS), days_label)),
        Facet(
            _("Unit of sale"),
            _options(question, "units", _fullest(found.units), lambda code: str(UNITS[code].label)),
        ),
        Facet(
            _("Certificates and labels"),
            _options(question, "certificates", _fullest(found.certificates), str),
        ),
    ]
    return [facet for facet in kinds if facet.options]


def codes_shown(question: Question, found: Found) -> set[str]:
    """The CPV codes of all categories that are offered."""
    return {prefix.ljust(8, "0") for prefix in (*_path(question.category), *found.categories)}


def band_label(band: int, currency: str) -> str:
    """From 10 to 50 €, in the present language."""
    low, high = (
        write_money(Money(BANDS[place], currency)) if 0 <= place < len(BANDS) else ""
        for place in (band - 1, band)
    )
    if not low:
        return _("below %(price)s", price=high)
    return _("%(low)s to %(high)s", low=low, high=high) if high else _("%(price)s and more", price=low)


def days_label(band: int) -> str:
    """2 to 3 working days, in the present language."""
    if band == 0:
        return plural_text("up to %(num)s day", "up to %(num)s days", DAYS[0] - 1)
    if band == len(DAYS):
        return plural_text("%(num)s day and more", "%(num)s days and more", DAYS[-1])
    return _("%(low)s to %(high)s days", low=DAYS[band - 1], high=DAYS[band] - 1)


def _categories(question: Question, found: Found, labels: Mapping[str, CpvCode]) -> list[Option]:
    """The way down to the chosen category, each step leading back to the one above, and what is below it."""
    path = _path(question.category)
    above = [
        Option(_label(prefix, labels), question.otherwise(category=back).url(), None, is_selected=True)
        for back, prefix in zip(("", *path), path, strict=False)
    ]
    below = [
        Option(_label(prefix, labels), question.otherwise(category=prefix).url(), count, is_selected=False)
        for prefix, count in _fullest(found.categories).items()
        if _is_step(prefix)
    ]
    return [*above, *below]


def _path(category: str) -> list[str]:
    return [category[:digits] for digits in range(2, len(category) + 1) if _is_step(category[:digits])]


def _is_step(prefix: str) -> bool:
    """Whether the digits name a category of their own, not the one above."""
    return len(prefix) == 2 or not prefix.endswith("0")


def _label(prefix: str, labels: Mapping[str, CpvCode]) -> str:
    """What a category is called; its code, where the operator has not loaded what it is called."""
    code = prefix.ljust(8, "0")
    return labels[code].label if code in labels else code


def _conditions(question: Question, found: Found) -> list[Option]:
    kinds = (
        ("in_stock", _("In stock"), found.in_stock),
        ("on_contract", _("Under contract"), found.on_contract),
    )
    return [
        Option(
            label,
            question.otherwise(**{name: not getattr(question, name)}).url(),
            count,
            getattr(question, name),
        )
        for name, label, count in kinds
        if count != 0 or getattr(question, name)
    ]


def _options(
    question: Question, kind: str, counts: Mapping[K, int | None], label: Callable[[K], str]
) -> list[Option]:
    chosen: tuple[K, ...] = getattr(question, kind)
    counted = {**counts, **{choice: 0 for choice in chosen if choice not in counts}}
    return [
        Option(
            label(choice),
            question.otherwise(**{kind: toggled(chosen, choice)}).url(),
            count,
            choice in chosen,
        )
        for choice, count in counted.items()
    ]


def _fullest(counts: Mapping[K, int]) -> dict[K, int | None]:
    fullest = sorted(counts, key=lambda choice: (-counts[choice], str(choice)))
    return {choice: counts[choice] for choice in fullest}


def _in_order(counts: Mapping[int, int | None], limits: Collection[object]) -> dict[int, int | None]:
    return {band: counts[band] for band in range(len(limits) + 1) if band in counts}
