"""Does money stay money: exact, of one currency, and rounded in one way?"""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, strategies as st

from marketplace.foundation.errors import Invalid
from marketplace.foundation.money import CurrencyMismatch, Money, exponent

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
UNITS = st.integers(min_value=1 - 10**12, max_value=10**12 - 1)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12).filter(any)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@given(UNITS, CURRENCIES, WEIGHTS)
def test_split_adds_up_exactly_and_no_share_is_a_unit_off(
    units: int, currency: str, weights: list[int]
) -> None:
    money = Money.from_minor(units, currency)
    shares = money.split(weights)
    assert Money.total(shares, currency) == money
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.minor - Decimal(units) * weight / sum(weights)) < 1


@given(UNITS, CURRENCIES)
def test_minor_units_there_and_back_are_the_same(units: int, currency: str) -> None:
    assert Money.from_minor(units, currency).minor == units


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), CURRENCIES)
def test_rounded_is_within_half_a_unit_and_away_from_zero(amount: Decimal, currency: str) -> None:
    step = Decimal(1).scaleb(-exponent(currency))
    rounded = Money(amount, currency).rounded()
    assert abs(rounded.amount - amount) <= step / 2
    assert rounded.amount == amount.quantize(step, rounding=ROUND_HALF_UP)
    assert (-Money(amount, currency)).rounded() == -rounded


@given(st.lists(st.integers(min_value=-(10**9), max_value=10**9), max_size=8), CURRENCIES)
def test_total_is_the_sum_in_any_order(units: list[int], currency: str) -> None:
    amounts = [Money.from_minor(each, currency) for each in units]
    assert Money.total(amounts, currency) == Money.total(reversed(amounts), currency)
    assert Money.total(amounts, currency).minor == sum(units)


@pytest.mark.parametrize(
    "mix",
    [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b],
)
def test_mixing_currencies_raises(mix: object) -> None:
    with pytest.raises(CurrencyMismatch):
        mix(eur("1"), Money(Decimal(1), "USD"))  # type: ignore[operator]
    assert eur("1") != Money(Decimal(1), "USD")


def test_total_of_nothing_is_zero_of_its_currency() -> None:
    assert Money.total([], "JPY") == Money.zero("JPY")
    assert not Money.zero("JPY")


@pytest.mark.parametrize(
    ("price", "quantity", "total"),
    [("0.0042", "1000", "4.20"), ("0.125", "1", "0.13"), ("-0.125", "1", "-0.13")],
)
def test_times_rounds_a_unit_price_to_what_is_owed(price: str, quantity: str, total: str) -> None:
    assert eur(price).times(Decimal(quantity)) == eur(total)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_split_without_weights_to_go_by_raises(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        eur("1").split(weights)


def test_a_fraction_of_the_smallest_unit_is_neither_counted_nor_split() -> None:
    for act in (lambda: eur("0.005").minor, lambda: eur("0.005").split([1, 1])):
        with pytest.raises(ValueError, match="fraction"):
            act()


@pytest.mark.parametrize("amount", ["1e12", "-1e12", "NaN", "Infinity"])
def test_an_amount_out_of_range_is_refused(amount: str) -> None:
    with pytest.raises(Invalid):
        eur(amount)


@pytest.mark.parametrize("code", ["EURO", "eur", "XX", ""])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(Invalid):
        Money(Decimal(1), code)
