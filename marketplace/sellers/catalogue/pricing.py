"""What does a supplier ask for so many, before any agreement, and how many may be ordered?"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_money, write_quantity
from marketplace.foundation.quantity import WrongQuantity, checked_quantity
from marketplace.sellers.catalogue.models import PriceTier, Product


@dataclass(frozen=True)
class PriceStep:
    """One line of "why this price": the rule, its arithmetic in words, and the price per unit after it."""

    label: str
    detail: str
    unit_price: Money


@dataclass(frozen=True)
class ListPrice:
    """The supplier's own price per unit for a quantity, and how it came about."""

    unit_price: Money
    steps: tuple[PriceStep, ...]


def list_price(product: Product, tiers: Iterable[PriceTier], quantity: Decimal) -> ListPrice:
    """The lowest of the price and the tiers that `quantity` reaches: more never costs more per unit."""
    steps = [PriceStep(str(_l("Catalogue price")), _per_unit(product), product.price)]
    reached = [tier for tier in tiers if tier.from_quantity <= quantity and tier.price < product.price]
    if reached:
        best = min(reached, key=lambda tier: tier.price.amount)
        steps.append(PriceStep(str(_l("Quantity price")), _from(product, best, quantity), best.price))
    return ListPrice(steps[-1].unit_price, tuple(steps))


def orderable_quantity(product: Product, quantity: Decimal) -> Decimal:
    """`quantity` where it can be ordered: in steps, from the minimum on. Raises WrongQuantity."""
    checked_quantity(quantity, product.unit_code)
    if quantity < product.minimum_quantity:
        least = write_quantity(product.minimum_quantity, product.unit_code)
        raise WrongQuantity(_l("At least %(least)s, please.", least=least), field="quantity")
    if quantity % product.step_quantity:
        step = write_quantity(product.step_quantity, product.unit_code)
        raise WrongQuantity(_l("This is sold in steps of %(step)s.", step=step), field="quantity")
    return quantity


def _per_unit(product: Product) -> str:
    return str(_l("%(price)s per unit, for any quantity", price=write_money(product.price)))


def _from(product: Product, tier: PriceTier, quantity: Decimal) -> str:
    return str(
        _l(
            "%(price)s from %(from)s on; you ask for %(quantity)s",
            price=write_money(tier.price),
            quantity=write_quantity(quantity, product.unit_code),
            **{"from": write_quantity(tier.from_quantity, product.unit_code)},
        )
    )
