"""How does a test get price lists, circles of customers and promotions?"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.contracts.prices.pricing import Price, Wanted
from marketplace.contracts.prices.queries import price_table
from marketplace.foundation import clock
from marketplace.foundation.money import Money
from marketplace.sellers.customers.actions import add_customer, form_group
from marketplace.sellers.price_lists.actions import NewPrice, open_list, write_prices
from marketplace.sellers.price_lists.models import TierKind
from marketplace.sellers.promotions.actions import plan_promotion
from tests.cast import Party


def a_group(party: Party, *buyers: Party, name: str = "Grands comptes") -> UUID:
    """A circle of these customers; its id."""
    with party.at_work("sales_desk"):
        group_id = form_group(name=name).id
        for buyer in buyers:
            add_customer(group_id=group_id, buyer_id=buyer.id)
    return group_id


def a_list(
    party: Party,
    prices: dict[UUID, str],
    *,
    name: str = "Tarif",
    currency: str = "EUR",
    group_id: UUID | None = None,
    buyer: Party | None = None,
    tiers: dict[int, str] | None = None,
    is_incremental: bool = False,
    pack: tuple[str, str, str] | None = None,
) -> UUID:
    """A list with these prices by product, from today on; its id.

    `tiers`, and `pack` (its quantity, the surcharge per pack, that for a broken one), are those of each line.
    """
    with party.at_work("sales_desk"):
        row = open_list(
            name=name,
            currency=currency,
            starts_on=clock.today(),
            group_id=group_id,
            buyer_id=buyer.id if buyer else None,
        )
        said: dict[str, Any] = {"tiers": {Decimal(q): Decimal(p) for q, p in (tiers or {}).items()}}
        if is_incremental:
            said["kind"] = TierKind.INCREMENTAL
        if pack:
            said |= dict(zip(("pack_quantity", "per_pack", "broken_pack"), map(Decimal, pack), strict=True))
        lines = [NewPrice(product_id, Decimal(price), **said) for product_id, price in prices.items()]
        write_prices(list_id=row.id, prices=lines, starts_on=clock.today())
    return row.id


def a_promotion(party: Party, *, days: int = 10, price: str | None = None, **said: Any) -> UUID:
    """A promotion from today on for so many days; its id."""
    with party.at_work("sales_desk"):
        return plan_promotion(
            title="Promotion",
            starts_on=clock.today(),
            ends_on=clock.today() + timedelta(days=days - 1),
            price=Money(Decimal(price), "EUR") if price else None,
            **said,
        ).id


def price_of(party: Party, product_id: UUID, quantity: int | str, *, in_days: int = 0) -> Price:
    """What so many cost that buyer today, or in some days."""
    with party.reading("requester"):
        wanted = [Wanted(product_id, Decimal(quantity))]
        return price_table(buyer_id=party.id, wanted=wanted, on=clock.today() + timedelta(days=in_days))[0]
