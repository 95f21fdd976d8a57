"""May so many be ordered?"""

from decimal import Decimal

import pytest

from marketplace.foundation.quantity import WrongQuantity
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.catalogue.ordering import orderable_quantity

PRODUCT = Product(unit_code="C62", minimum_quantity=Decimal(10), step_quantity=Decimal(5))


@pytest.mark.parametrize("quantity", ["0", "-10", "5", "9", "12", "10.5", "NaN", "1e12"])
def test_orderable_quantity_outside_minimum_and_steps_is_refused(speaking: None, quantity: str) -> None:
    with pytest.raises(WrongQuantity):
        orderable_quantity(PRODUCT, Decimal(quantity))


@pytest.mark.parametrize("quantity", ["10", "15", "1000"])
def test_orderable_quantity_in_steps_is_accepted(speaking: None, quantity: str) -> None:
    assert orderable_quantity(PRODUCT, Decimal(quantity)) == Decimal(quantity)
