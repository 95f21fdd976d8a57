"""Which price wins?

One table, in this order; docs/prices.md says the same, and the function `price_trees` of the database does it.
"""

from typing import NamedTuple

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l


class Rule(NamedTuple):
    """A rule that states prices, and when the price that it states is the one that is paid."""

    label: LazyString
    wins: LazyString


RULES: dict[str, Rule] = {
    "agreement": Rule(
        _l("Framework agreement"),
        _l(
            "Before every other price, as it was agreed: without promotion or surcharge. With the clause “Best price”"
            " the lower of it and what follows."
        ),
    ),
    "buyer_list": Rule(
        _l("Price list for one buyer"),
        _l("Before the lists of groups, the public ones and the catalogue. Of several, the lowest."),
    ),
    "group_list": Rule(
        _l("Price list for a group of customers"),
        _l("Before public lists and the catalogue. Of several, the lowest."),
    ),
    "public_list": Rule(
        _l("Public price list"),
        _l("In the buyer’s currency, before the catalogue. Of several, the lowest."),
    ),
    "catalogue": Rule(
        _l("Catalogue price"),
        _l("Where no list states a price. In its own currency where nothing is stated in the buyer’s."),
    ),
    "promotion": Rule(
        _l("Promotion"),
        _l(
            "For everybody: a share off the public price (public list, else catalogue), or a price of its own."
            " Paid where it is lower than the list that comes first; of several, the lowest."
        ),
    ),
}
# What else stands in a reason: the parts of a price, and how they come together.
PARTS: dict[str, LazyString] = {
    "base": _l("Price per unit"),
    "tier": _l("Quantity price"),
    "band": _l("Quantity price for the part beyond"),
    "pack": _l("Surcharge per pack"),
    "broken_pack": _l("Surcharge for a broken pack"),
    "goods": _l("Goods"),
    "own": _l("The price that is stated for you"),
    "promoted": _l("The price under the promotion"),
    "open": _l("Price list or promotion"),
    "total": _l("What you pay"),
}
LABELS: dict[str, LazyString] = {name: rule.label for name, rule in RULES.items()} | PARTS
