"""Do prices follow the table of rules, by a second reckoning in fractions, and is it the table of the docs?"""

import random
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple
from uuid import UUID

import pytest

from marketplace.contracts.prices.pricing import Price, Wanted
from marketplace.contracts.prices.queries import price_table
from marketplace.contracts.prices.rules import LABELS, RULES
from marketplace.foundation import clock
from marketplace.foundation.places import PACKAGE
from marketplace.sellers.price_lists.actions import NewPrice, open_list, write_prices
from marketplace.sellers.price_lists.models import TierKind
from tests.cast import Cast
from tests.factories.agreements import an_agreement
from tests.factories.catalogue import a_product
from tests.factories.prices import a_group, a_promotion

PRODUCTS, QUANTITIES = 16, (1, 2, 7, 11, 12, 13, 24, 36, 49, 50, 51, 99, 100, 101, 250, 1000)
CIRCLES = ("buyer", "group", "public")


class Offered(NamedTuple):
    """Everything that is stated for one product of the world."""

    catalogue: NewPrice
    lists: dict[str, NewPrice]
    promotions: list[tuple[Fraction | None, Fraction | None, int]]
    agreed: Fraction | None


def stated(chance: random.Random, product_id: UUID) -> NewPrice:
    """A price with descending tiers, of either kind, with packs or without."""
    price = Decimal(chance.randint(50_000, 990_000)) / 10_000
    starts = sorted(chance.sample(range(2, 200), chance.randint(0, 3)))
    tiers = {
        Decimal(q): (price * (90 - 10 * n) / 100).quantize(Decimal("0.0001")) for n, q in enumerate(starts)
    }
    packs = {"pack_quantity": Decimal(12), "per_pack": Decimal("0.35"), "broken_pack": Decimal("2.99")}
    return NewPrice(
        product_id, price, chance.choice(list(TierKind)), tiers, **(packs if chance.random() < 0.4 else {})
    )


def goods(price: NewPrice, quantity: int) -> Fraction:
    """What the goods cost at a price, without packs."""
    steps = [(0, Fraction(price.price)), *((int(q), Fraction(p)) for q, p in sorted(price.tiers.items()))]
    if price.kind == TierKind.ALL_UNITS:
        return quantity * min(amount for start, amount in steps if start <= quantity)
    ends = [start for start, _ in steps[1:]] + [10**9]
    return sum(
        (
            max(0, min(quantity, end) - start) * amount
            for (start, amount), end in zip(steps, ends, strict=True)
        ),
        Fraction(0),
    )


def packing(price: NewPrice, quantity: int) -> Fraction:
    """What the packs cost beside them."""
    if price.pack_quantity is None:
        return Fraction(0)
    pack = int(price.pack_quantity)
    broken = Fraction(price.broken_pack) if quantity % pack else 0
    return ceil(Fraction(quantity, pack)) * Fraction(price.per_pack) + broken


def expected(offered: Offered, quantity: int) -> Fraction:
    """What the table of rules says, reckoned a second time."""
    if offered.agreed is not None:
        return quantity * offered.agreed
    listed = next((offered.lists[circle] for circle in CIRCLES if circle in offered.lists), offered.catalogue)
    public = offered.lists.get("public", offered.catalogue)
    own = goods(listed, quantity) + packing(listed, quantity)
    promoted = [
        (quantity * price if price is not None else goods(public, quantity) * (100 - (share or 0)) / 100)
        + packing(public, quantity)
        for share, price, minimum in offered.promotions
        if quantity >= minimum
    ]
    return min([own, *promoted])


def world(market: Cast, seed: int) -> dict[UUID, Offered]:
    """Products with all that may be stated for them, by chance."""
    chance, bolt = random.Random(seed), market.bolt
    found: dict[UUID, Offered] = {}
    for number in range(PRODUCTS):
        price = Decimal(chance.randint(5_000, 99_000)) / 1000
        tiers = {50: str(price * Decimal("0.9"))} if number % 2 else {}
        sku = f"V-{seed}-{number}"
        product_id = a_product(bolt, sku=sku, price=price, tiers=tiers)
        kept = NewPrice(product_id, price, tiers={Decimal(q): Decimal(p) for q, p in tiers.items()})
        found[product_id] = Offered(kept, {}, [], None)
    group_id = a_group(bolt, market.acme)
    for circle, whose in (
        ("public", {}),
        ("group", {"group_id": group_id}),
        ("buyer", {"buyer_id": market.acme.id}),
    ):
        said = {one: stated(chance, one) for one in found if chance.random() < 0.5}
        with bolt.at_work("sales_desk"):
            row = open_list(name=circle, currency="EUR", starts_on=clock.today(), **whose)  # type: ignore[arg-type]
            write_prices(list_id=row.id, prices=list(said.values()), starts_on=clock.today())
        for product_id, price in said.items():
            found[product_id].lists[circle] = price
    return _reduced(market, found)


def _reduced(market: Cast, found: dict[UUID, Offered]) -> dict[UUID, Offered]:
    a_promotion(market.bolt, percentage=Decimal("12.75"), minimum_quantity=Decimal(36))
    for offered in found.values():
        offered.promotions.append((Fraction("12.75"), None, 36))
    for number, (product_id, offered) in enumerate(found.items()):
        sku = f"V-7-{number}"
        if number % 5 == 0:
            a_promotion(market.bolt, sku=sku, price="9.87", minimum_quantity=Decimal(100))
            offered.promotions.append((None, Fraction("9.87"), 100))
        if number % 8 == 3:
            found[product_id] = offered._replace(agreed=Fraction("31.4159"))
    prices = {f"V-7-{n}": "31.4159" for n, one in enumerate(found.values()) if one.agreed}
    an_agreement(market, market.acme, market.bolt, prices)
    return found


@pytest.mark.usefixtures("speaking")
def test_every_price_is_that_of_a_second_reckoning(market: Cast) -> None:
    found = world(market, 7)
    wanted = [Wanted(product_id, Decimal(quantity)) for product_id in found for quantity in QUANTITIES]
    with market.acme.reading("requester"):
        priced = price_table(buyer_id=market.acme.id, wanted=wanted, on=clock.today())
    assert len(priced) == PRODUCTS * len(QUANTITIES)
    for price in priced:
        exact = expected(found[price.product_id], int(price.quantity))
        assert Fraction(price.tree["result"]) == exact, price.tree
        assert price.line_total.amount * 100 == floor(exact * 100 + Fraction(1, 2))
    assert_monotone(found, priced)


def assert_monotone(found: dict[UUID, Offered], priced: list[Price]) -> None:
    """Where only tiers are at work: of all units, more never costs more each; incrementally, never less in all."""
    for product_id, offered in found.items():
        listed = next(
            (offered.lists[circle] for circle in CIRCLES if circle in offered.lists), offered.catalogue
        )
        prices = [price for price in priced if price.product_id == product_id and price.quantity < 36]
        if offered.agreed or listed.pack_quantity:
            continue
        units = [price.unit_price.amount for price in prices]
        totals = [price.line_total.amount for price in prices]
        if listed.kind == TierKind.ALL_UNITS:
            assert units == sorted(units, reverse=True)
        else:
            assert totals == sorted(totals)


def test_the_table_of_rules_is_the_one_of_the_docs(speaking: None) -> None:
    said = (PACKAGE.parent / "docs" / "prices.md").read_text()
    rows = [
        f"| {number} | {rule.label} | {rule.wins} |" for number, rule in enumerate(RULES.values(), start=1)
    ]
    assert "\n".join(rows) in said
    assert set(RULES) < set(LABELS)
