"""What does this buyer pay for this quantity, and why?"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from marketplace.contracts.agreements.models import Agreement, AgreementLine
from marketplace.foundation.language import text as _
from marketplace.foundation.money import Money
from marketplace.sellers.catalogue.models import PriceTier, Product
from marketplace.sellers.catalogue.pricing import PriceStep, list_price


@dataclass(frozen=True)
class Wanted:
    """So much of a product."""

    product_id: UUID
    quantity: Decimal


@dataclass(frozen=True)
class Price:
    """The price of a quantity for one buyer, and the rules that made it, in their order."""

    product_id: UUID
    quantity: Decimal
    unit_price: Money
    line_total: Money
    list_price: Money
    agreement_id: UUID | None
    agreement_line_id: UUID | None
    steps: tuple[PriceStep, ...]


def price_for(
    wanted: Wanted, product: Product, tiers: list[PriceTier], agreed: tuple[Agreement, AgreementLine] | None
) -> Price:
    """The list price with its volume tiers; where an agreement in force prices the product, that price instead."""
    listed = list_price(product, tiers, wanted.quantity)
    steps, unit_price = listed.steps, listed.unit_price
    if agreed is not None:
        unit_price = agreed[1].unit_price
        steps = (*steps, _agreed_step(*agreed))
    return Price(
        product_id=product.id,
        quantity=wanted.quantity,
        unit_price=unit_price,
        line_total=unit_price.times(wanted.quantity),
        list_price=listed.unit_price,
        agreement_id=agreed[0].id if agreed else None,
        agreement_line_id=agreed[1].id if agreed else None,
        steps=steps,
    )


def _agreed_step(agreement: Agreement, line: AgreementLine) -> PriceStep:
    return PriceStep(_("Framework agreement"), f"{agreement.number} · {agreement.title}", line.unit_price)
