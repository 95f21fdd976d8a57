"""How many of a product may be ordered?"""

from decimal import Decimal

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.presentation import write_quantity
from marketplace.foundation.quantity import WrongQuantity, checked_quantity
from marketplace.sellers.catalogue.models import Product


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
