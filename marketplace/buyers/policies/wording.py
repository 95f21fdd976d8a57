"""How is a buying rule put into words: its kind, what it does, what it found, and what to do about it?"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from flask_babel import LazyString

from marketplace.buyers.policies.evaluating import PER_CENT, Effect, Found, PolicyKind, Rule, figure_of
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import State, Tone
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_money, write_number, write_percent

K = PolicyKind


class Words(NamedTuple):
    """A kind of rule, what it asks, and what its figure is called and counted in (empty: it has none)."""

    label: LazyString
    meaning: LazyString
    figure: LazyString | str = ""
    unit: LazyString | str = ""


KINDS: Mapping[PolicyKind, Words] = {
    K.CATEGORY_BAN: Words(
        _l("Category ban"), _l("Nothing of this category of the CPV, nor of what is below it, is bought.")
    ),
    K.PREFERRED_SUPPLIER: Words(
        _l("Preferred suppliers"), _l("What the rule is about is bought of these suppliers.")
    ),
    K.QUOTES: Words(
        _l("Quotes to compare"),
        _l(
            "So many suppliers must offer the same item on this market when it is bought, the chosen one included:"
            " each of their offers is a quote at the price that your organisation pays."
        ),
        _l("Quotes at least"),
    ),
    K.CONTRACT_FIRST: Words(
        _l("Contract first"), _l("What the rule is about is bought at the price of a framework agreement.")
    ),
    K.STANDING: Words(
        _l("Supplier standing"),
        _l(
            "The supplier is admitted to the market, and its newest scorecard has so many points; one that is not"
            " rated yet is no bad one."
        ),
        _l("Points at least"),
        _l("of 100"),
    ),
    K.PRICE_RISE: Words(
        _l("Price rise"),
        _l("The unit price is no more than so much above what your organisation last paid for the product."),
        _l("At most above the last price"),
        "%",
    ),
}
EFFECTS: Mapping[Effect, State] = {
    Effect.REFUSE: State(
        _l("Refuses"), Tone.BAD, _l("It is not bought; only a change of the rule lets it through.")
    ),
    Effect.REASON: State(
        _l("Asks for a reason"), Tone.WAITING, _l("It is bought where the requester says why.")
    ),
    Effect.WARN: State(_l("Warns"), Tone.INFO, _l("It is bought; requester and approvers read the warning.")),
}


@dataclass(frozen=True)
class Names:
    """What sentences call suppliers and categories, and the currency of their amounts."""

    suppliers: Mapping[UUID, str]
    categories: Mapping[str, str]
    currency: str

    def listed(self, supplier_ids: Collection[UUID]) -> str:
        """The suppliers by name, one after the other."""
        return ", ".join(sorted(self.suppliers.get(one, "—") for one in supplier_ids))

    def category(self, prefix: str) -> str:
        """A category of the CPV by its name, else by its digits."""
        return self.categories.get(prefix, prefix)

    def price(self, amount: str) -> LazyString:
        """An amount that was kept as text."""
        return LazyString(write_money, Money(Decimal(amount), self.currency))


def finding(rule: Rule, found: Found, names: Names) -> LazyString:
    """What is wrong with the line, and what to do about it."""
    return FINDINGS[rule.kind](rule, found, names)


def _number(value: object) -> LazyString:
    return LazyString(write_number, Decimal(str(value)))


def _of_standing(rule: Rule, found: Found, names: Names) -> LazyString:
    if "points" not in found:
        return _l("The supplier is not admitted to the market, or is suspended. Choose another one.")
    return _l(
        "The supplier has %(points)s points on its newest scorecard, less than %(least)s. Choose another one.",
        points=_number(found["points"]),
        least=_number(figure_of(rule)),
    )


FINDINGS: Mapping[PolicyKind, Callable[[Rule, Found, Names], LazyString]] = {
    K.CATEGORY_BAN: lambda rule, found, names: _l(
        "“%(category)s” is not bought here. Take the line out of the cart.",
        category=names.category(rule.cpv_prefix or ""),
    ),
    K.PREFERRED_SUPPLIER: lambda rule, found, names: _l(
        "This is bought of %(suppliers)s. See what they offer.", suppliers=names.listed(rule.supplier_ids)
    ),
    K.QUOTES: lambda rule, found, names: _l(
        "Quotes for this item on the market: %(suppliers)s; the rule wants %(least)s."
        " Choose an item that more suppliers offer.",
        suppliers=_number(found["suppliers"]),
        least=_number(figure_of(rule)),
    ),
    K.CONTRACT_FIRST: lambda rule, found, names: _l(
        "No framework agreement has this price. See whether another offer is under contract."
    ),
    K.STANDING: _of_standing,
    K.PRICE_RISE: lambda rule, found, names: _l(
        "A unit costs %(asked)s, the last one cost %(paid)s; the rule allows %(most)s more."
        " Ask the supplier, or see what others offer.",
        asked=names.price(found["asked"]),
        paid=names.price(found["paid"]),
        most=LazyString(write_percent, figure_of(rule) / PER_CENT),
    ),
}
