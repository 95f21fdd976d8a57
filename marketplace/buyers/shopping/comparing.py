"""Which of several offers costs least for what is wanted?

What is wanted is counted in a base unit (pieces, litres, kilograms), so that a box of 25 and a single piece can be
compared; each offer is then taken in the quantity that its supplier sells, which may be more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.shopping.queries import Offer, offers
from marketplace.foundation.money import Money
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.scorecards.models import Scorecard
from marketplace.sellers.scorecards.queries import newest_by_supplier

MOST = 6
"""Offers side by side: more than a person compares, and a page is wide."""
FINE = Decimal("0.000001")


@dataclass(frozen=True)
class Compared:
    """One offer, in the quantity of it that covers what is wanted; `scorecard` is its supplier's newest, if any."""

    offer: Offer
    scorecard: Scorecard | None
    is_cheapest: bool = False

    @property
    def content(self) -> Decimal:
        """How much of the base unit the quantity is."""
        return self.offer.price.quantity * self.offer.product.base_content[0]

    @property
    def base_price(self) -> Money:
        """What one base unit of it costs in the end: the whole total over the whole content; six decimals."""
        total = self.offer.price.line_total
        return Money((total.amount / self.content).quantize(FINE), total.currency)


def side_by_side(product_ids: Sequence[UUID], wanted: Decimal | None) -> list[Compared]:
    """These offers for `wanted` base units, the cheapest first; what may not be seen or ordered is left out."""
    found = offers(product_ids[:MOST], quantity_of=lambda row: quantity_for(row, wanted))
    cards = newest_by_supplier()
    return ranked(
        Compared(offer, cards.get(offer.product.organisation_id))
        for offer in found
        if offer.product.status == ProductState.PUBLISHED
    )


def quantity_for(product: Product, wanted: Decimal | None) -> Decimal:
    """The smallest quantity that the supplier sells which holds `wanted` base units; the least it sells for None."""
    if wanted is None:
        return product.minimum_quantity
    steps, rest = divmod(wanted, product.base_content[0] * product.step_quantity)
    return max(product.minimum_quantity, (steps + bool(rest)) * product.step_quantity)


def ranked(rows: Iterable[Compared]) -> list[Compared]:
    """The cheapest first, by base price; offers in other base units or currencies stand by themselves."""
    groups: dict[tuple[str, str], list[Compared]] = {}
    for row in rows:
        groups.setdefault((row.offer.product.base_content[1], row.base_price.currency), []).append(row)
    return [each for group in groups.values() for each in _ranked(group)]


def _ranked(group: list[Compared]) -> list[Compared]:
    ordered = sorted(group, key=lambda row: (row.base_price.amount, row.offer.product.lead_time_days))
    least = ordered[0].base_price.amount
    return [
        Compared(row.offer, row.scorecard, is_cheapest=len(ordered) > 1 and row.base_price.amount == least)
        for row in ordered
    ]
