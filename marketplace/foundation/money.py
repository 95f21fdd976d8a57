"""How much, in which currency?

Amounts are Decimal and never float. A unit price may have more decimals than its currency (0.0042 EUR a screw);
an amount that is owed has exactly the currency's exponent (ISO 4217) and rounding happens only here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Self

from iso4217 import Currency
from sqlalchemy import Numeric, String
from sqlalchemy.orm import Composite, composite, mapped_column

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

MAXIMUM = Decimal(10) ** 12
AMOUNT: Numeric[Decimal] = Numeric(18, 4)
# What one of a quantity costs on average: so fine that times the quantity it is the line total again.
UNIT_PRICE: Numeric[Decimal] = Numeric(24, 12)


class CurrencyMismatch(Invalid):
    """Two amounts of different currencies met in one sum."""


@lru_cache
def exponent(currency: str) -> int:
    """The number of decimals of `currency` (2 for EUR, 0 for JPY, 3 for KWD). Raises Invalid for an unknown code."""
    try:
        return Currency(currency).exponent or 0
    except ValueError:
        raise Invalid(_l("“%(code)s” is not a currency code.", code=currency), field="currency") from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217 alpha-3)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if not self.amount.is_finite() or abs(self.amount) >= MAXIMUM:
            raise Invalid(_l("This amount is out of range."))

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in `currency`."""
        return cls(Decimal(0), currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """The sum of `amounts`, which are all in `currency`; zero of it where there are none."""
        return sum(amounts, start=Money.zero(currency))

    @classmethod
    def from_minor(cls, units: int, currency: str) -> Self:
        """From the smallest unit of the currency, as Stripe counts (1999 EUR cents)."""
        return cls(Decimal(units).scaleb(-exponent(currency)), currency)

    @property
    def minor(self) -> int:
        """In the smallest unit of the currency; raises ValueError where a fraction of it would be lost."""
        units = self.amount.scaleb(exponent(self.currency))
        if units != units.to_integral_value():
            raise ValueError(f"{self.amount} {self.currency} has a fraction of the smallest unit")
        return int(units)

    def rounded(self) -> "Money":
        """To the currency's exponent, half away from zero (commercial rounding)."""
        step = Decimal(1).scaleb(-exponent(self.currency))
        return Money(self.amount.quantize(step, rounding=ROUND_HALF_UP), self.currency)

    def times(self, factor: Decimal | int) -> "Money":
        """This amount `factor` times, rounded to the currency's exponent: a line total from a unit price."""
        return Money(self.amount * factor, self.currency).rounded()

    def split(self, weights: Sequence[Decimal | int]) -> list["Money"]:
        """Shares in proportion to `weights` that add up to this amount exactly (largest remainder method).

        Raises ValueError where there is nothing to go by, or the amount has a fraction of the smallest unit.
        """
        units, total = self.minor, sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("shares need weights, none below zero and not all of them zero")
        exact = [units * weight / Decimal(total) for weight in weights]
        shares = [int(share) for share in exact]
        missing = units - sum(shares)
        order = sorted(range(len(exact)), key=lambda i: abs(exact[i] - shares[i]), reverse=True)
        for index in order[: abs(missing)]:
            shares[index] += 1 if missing > 0 else -1
        return [Money.from_minor(share, self.currency) for share in shares]

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._alike(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._alike(other).amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._alike(other).amount

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._alike(other).amount

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._alike(other).amount

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._alike(other).amount

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _alike(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(
                _l(
                    "%(one)s and %(other)s cannot be added or compared.",
                    one=self.currency,
                    other=other.currency,
                )
            )
        return other


def money_column(name: str, *, kept: Numeric[Decimal] = AMOUNT) -> Composite[Money]:
    """A required amount, kept in the columns `<name>_amount` and `<name>_currency`."""
    return composite(
        Money,
        mapped_column(f"{name}_amount", kept, nullable=False),
        mapped_column(f"{name}_currency", String(3), nullable=False),
    )


def optional_money_column(name: str) -> Composite[Money | None]:
    """An amount that may be missing as a whole, kept in `<name>_amount` and `<name>_currency`."""
    return composite(
        Money,
        mapped_column(f"{name}_amount", AMOUNT, nullable=True),
        mapped_column(f"{name}_currency", String(3), nullable=True),
        return_none_on=lambda amount, currency: amount is None or currency is None,
    )
