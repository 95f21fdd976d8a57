"""How much of a release stays with the market? Pure; amounts are rounded to the currency's exponent."""

from decimal import Decimal

from marketplace.foundation.money import Money


def commission_on(amount: Money, *, rate: Decimal, released: Money, kept: Money) -> Money:
    """The commission on a further release of `amount`, when `released` was released and `kept` kept of it before.

    It is reckoned on the sum, so that many small releases cost what one large one does, to the cent.
    """
    wanted = (released + amount).times(rate) - kept
    return min(max(wanted, Money.zero(amount.currency)), amount)


def commission_back(amount: Money, *, left: Money, kept: Money) -> Money:
    """The commission that goes back with `amount` of a release of which `left` stands, with `kept` of commission.

    In proportion; the last part takes what is left of the commission.
    """
    return kept if amount == left else kept.times(amount.amount / left.amount)
