"""Is the list price the lowest that the quantity reaches, and may so many be ordered?"""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from marketplace.foundation.money import Money
from marketplace.foundation.quantity import WrongQuantity
from marketplace.sellers.catalogue.models import PriceTier, Product
from marketplace.sellers.catalogue.pricing import list_price, orderable_quantity

PRODUCT = Product(
    price=Money(Decimal(10), "EUR"), unit_code="C62", minimum_quantity=Decimal(10), step_quantity=Decimal(5)
)


def tiers(*pairs: tuple[int, str]) -> list[PriceTier]:
    return [PriceTier(from_quantity=Decimal(q), price=Money(Decimal(p), "EUR")) for q, p in pairs]


@pytest.mark.parametrize(("quantity", "price"), [(1, 10), (9, 10), (10, 9), (49, 9), (50, 8), (1000, 8)])
def test_list_price_begins_exactly_at_its_quantity(speaking: None, quantity: int, price: int) -> None:
    found = list_price(PRODUCT, tiers((10, "9"), (50, "8")), Decimal(quantity))
    assert found.unit_price.amount == price
    assert found.steps[-1].unit_price == found.unit_price


def test_list_price_ignores_a_tier_that_is_dearer(speaking: None) -> None:
    found = list_price(PRODUCT, tiers((10, "9"), (50, "12")), Decimal(60))
    assert (found.unit_price.amount, len(found.steps)) == (9, 2)


@given(
    st.lists(st.tuples(st.integers(1, 99), st.integers(1, 20)), max_size=5),
    st.integers(1, 99),
    st.integers(1, 99),
)
def test_list_price_never_rises_with_the_quantity(steps: list[tuple[int, int]], one: int, other: int) -> None:
    known = tiers(*((q, str(p)) for q, p in steps))
    low, high = sorted((Decimal(one), Decimal(other)))
    best = [min((t.price.amount for t in known if t.from_quantity <= q), default=10) for q in (low, high)]
    assert min(best[0], 10) >= min(best[1], 10)


@pytest.mark.parametrize("quantity", ["0", "-10", "5", "9", "12", "10.5", "NaN", "1e12"])
def test_orderable_quantity_outside_minimum_and_steps_is_refused(speaking: None, quantity: str) -> None:
    with pytest.raises(WrongQuantity):
        orderable_quantity(PRODUCT, Decimal(quantity))


@pytest.mark.parametrize("quantity", ["10", "15", "1000"])
def test_orderable_quantity_in_steps_is_accepted(speaking: None, quantity: str) -> None:
    assert orderable_quantity(PRODUCT, Decimal(quantity)) == Decimal(quantity)
