"""Does the market keep its share to the cent, however a payment is released and claimed back?"""

from decimal import Decimal

from hypothesis import given, strategies as st

from marketplace.billing.payments.commission import commission_back, commission_on
from marketplace.foundation.money import Money

NOTHING = Money.zero("EUR")
CENTS = st.integers(1, 1_000_000).map(lambda cents: Money(Decimal(cents) / 100, "EUR"))
RATES = st.integers(0, 50_000).map(lambda share: Decimal(share) / 100_000)


@given(parts=st.lists(CENTS, min_size=1, max_size=20), rate=RATES)
def test_many_releases_cost_what_one_does(parts: list[Money], rate: Decimal) -> None:
    released = kept = NOTHING
    for part in parts:
        commission = commission_on(part, rate=rate, released=released, kept=kept)
        assert NOTHING <= commission <= part
        released, kept = released + part, kept + commission
    assert kept == released.times(rate)


@given(amount=CENTS, rate=RATES, shares=st.lists(st.integers(1, 99), max_size=6))
def test_what_is_claimed_back_takes_its_commission_with_it(
    amount: Money, rate: Decimal, shares: list[int]
) -> None:
    left, kept = amount, commission_on(amount, rate=rate, released=NOTHING, kept=NOTHING)
    for share in shares:
        part = left.times(Decimal(share) / 100)
        if not NOTHING < part < left:
            continue
        back = commission_back(part, left=left, kept=kept)
        assert NOTHING <= back <= min(part, kept)
        left, kept = left - part, kept - back
    assert commission_back(left, left=left, kept=kept) == kept


@given(amount=CENTS, released=CENTS, rate=RATES)
def test_a_release_after_a_claim_never_costs_less_than_nothing(
    amount: Money, released: Money, rate: Decimal
) -> None:
    too_much_kept = released
    assert commission_on(amount, rate=rate, released=released, kept=too_much_kept) >= NOTHING
