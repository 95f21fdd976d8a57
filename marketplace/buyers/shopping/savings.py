"""What do we buy without a contract that costs less under one of ours?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.requisitions.queries import last_bought
from marketplace.buyers.shopping.comparing import Compared, quantity_for
from marketplace.buyers.shopping.queries import alike, offers
from marketplace.foundation import clock

A_YEAR = timedelta(days=365)
MOST = 200
"""So many of the products that were bought last are looked at."""


@dataclass(frozen=True)
class Cheaper:
    """What was bought, as it costs today, and the same under contract; both in the quantity that was bought last."""

    bought: Compared
    agreed: Compared

    @property
    def saved(self) -> Decimal:
        """The part of the price of a base unit that is saved, from 0 to 1."""
        return 1 - self.agreed.base_price.amount / self.bought.base_price.amount


def cheaper_under_contract() -> list[Cheaper]:
    """Of what was bought within a year at no agreed price, the cheapest agreed offer; what saves most comes first.

    A fixed number of statements.
    """
    last = last_bought(clock.now() - A_YEAR, MOST, without_contract=True)
    bought = [Compared(offer, None) for offer in offers(list(last), quantity_of=lambda row: last[row.id])]
    others = alike(last)
    wanted = {other: row.content for row in bought for other in others.get(row.offer.product.id, ())}
    found = offers(list(wanted), quantity_of=lambda row: quantity_for(row, wanted[row.id]))
    agreed = {offer.product.id: Compared(offer, None) for offer in found if offer.is_agreed}
    pairs = [_cheapest(row, others.get(row.offer.product.id, ()), agreed) for row in bought]
    return sorted((pair for pair in pairs if pair), key=lambda pair: pair.saved, reverse=True)


def _cheapest(row: Compared, others: Sequence[UUID], agreed: Mapping[UUID, Compared]) -> Cheaper | None:
    if row.offer.is_agreed:
        return None
    comparable = [
        agreed[one]
        for one in others
        if one in agreed
        and agreed[one].offer.product.base_content[1] == row.offer.product.base_content[1]
        and agreed[one].base_price.currency == row.base_price.currency
        and agreed[one].base_price < row.base_price
    ]
    best = min(comparable, key=lambda one: one.base_price.amount, default=None)
    return Cheaper(row, best) if best else None
