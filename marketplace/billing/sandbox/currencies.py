"""Which currencies are taken, how small may an amount be, and what does Stripe keep of it?

Minimums are Stripe's published minimum charge amounts. The fees are the sandbox's own, near to its prices.
"""

from dataclasses import dataclass

from marketplace.billing.sandbox.errors import bad_parameter

MAX_AMOUNT = 99_999_999
CARD_FEE_PER_MILLE = 15


@dataclass(frozen=True)
class Currency:
    """Amounts in the currency's minor unit, of which 10**exponent make one."""

    exponent: int
    minimum: int
    card_fee: int
    debit_fee: int = 0


CURRENCIES = {
    "aud": Currency(2, 50, 30),
    "bgn": Currency(2, 100, 50),
    "cad": Currency(2, 50, 30),
    "chf": Currency(2, 50, 30),
    "czk": Currency(2, 1500, 650),
    "dkk": Currency(2, 250, 180),
    "eur": Currency(2, 50, 25, 35),
    "gbp": Currency(2, 30, 20),
    "huf": Currency(2, 17500, 8500),
    "jpy": Currency(0, 50, 40),
    "krw": Currency(0, 700, 400),
    "nok": Currency(2, 300, 200),
    "nzd": Currency(2, 50, 30),
    "pln": Currency(2, 200, 100),
    "ron": Currency(2, 200, 100),
    "sek": Currency(2, 300, 180),
    "usd": Currency(2, 50, 30),
}


def currency_code(sent: str) -> str:
    """The code in lower case; raises Refusal for a currency that is not taken."""
    code = sent.lower()
    if code not in CURRENCIES:
        message = f"Invalid currency: {sent}. The sandbox supports: {', '.join(CURRENCIES)}"
        raise bad_parameter(message, "currency", "parameter_invalid")
    return code


def check_chargeable(amount: int, currency: str) -> None:
    """Raises Refusal for an amount that Stripe would not charge."""
    minimum = CURRENCIES[currency].minimum
    if amount < minimum:
        message = f"Amount must be at least {written(minimum, currency)}"
        raise bad_parameter(message, "amount", "amount_too_small")
    if amount > MAX_AMOUNT:
        message = f"Amount must be no more than {written(MAX_AMOUNT, currency)}"
        raise bad_parameter(message, "amount", "amount_too_large")


def written(amount: int, currency: str) -> str:
    """An amount for a message: "12.50 EUR", "1250 JPY"."""
    exponent = CURRENCIES[currency].exponent
    return f"{amount / 10**exponent:.{exponent}f} {currency.upper()}"


def processing_fee(amount: int, currency: str, method_type: str) -> int:
    """What is kept of a payment, in minor units: 1.5 % (half up) and a fixed part; of a debit, that part."""
    if method_type == "sepa_debit":
        return CURRENCIES[currency].debit_fee
    return (amount * CARD_FEE_PER_MILLE + 500) // 1000 + CURRENCIES[currency].card_fee
