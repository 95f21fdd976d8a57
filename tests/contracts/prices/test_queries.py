"""Which price wins, and does its tree say the truth?"""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from uuid import UUID

import pytest
from sqlalchemy import Uuid, bindparam, text

from marketplace.contracts.agreements.actions import end_agreement
from marketplace.contracts.prices.pricing import Price, Wanted
from marketplace.contracts.prices.queries import cheaper_from, price_table, prices, quantity_prices
from marketplace.foundation import clock
from marketplace.foundation.money import Money
from marketplace.sellers.catalogue.actions import show_to
from tests.cast import Cast
from tests.factories.agreements import an_agreement
from tests.factories.catalogue import a_product
from tests.factories.prices import a_group, a_list, a_promotion, price_of

pytestmark = pytest.mark.usefixtures("speaking")
EVERYBODY, GROUP, BUYER = "public_list", "group_list", "buyer_list"


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def winner(price: Price) -> str:
    """The rule that states the price that is paid."""
    stating = ("agreement", "buyer_list", "group_list", "public_list", "catalogue", "promotion")
    return next(one.reason.rule for one in price.reason.walk() if one.counts and one.reason.rule in stating)


@pytest.fixture
def screw(market: Cast) -> UUID:
    return a_product(market.bolt, sku="VIS", price="10")


def test_the_narrower_circle_comes_first_even_where_it_is_dearer(market: Cast, screw: UUID) -> None:
    bolt, acme, nosy = market.bolt, market.acme, market.nosy
    said = [(price_of(acme, screw, 1), "catalogue", "10")]
    a_list(bolt, {screw: "9"}, name="Public")
    said.append((price_of(acme, screw, 1), EVERYBODY, "9"))
    a_list(bolt, {screw: "9.50"}, name="Groupe", group_id=a_group(bolt, acme))
    said.append((price_of(acme, screw, 1), GROUP, "9.50"))
    a_list(bolt, {screw: "9.80"}, name="Acme", buyer=acme)
    said.append((price_of(acme, screw, 1), BUYER, "9.80"))
    an_agreement(market, acme, bolt, {"VIS": "9.90"})
    said.append((price_of(acme, screw, 1), "agreement", "9.90"))
    assert [(winner(price), price.unit_price) for price, *_ in said] == [
        (rule, euros(amount)) for _, rule, amount in said
    ]
    assert winner(price_of(nosy, screw, 1)) == EVERYBODY


def test_a_promotion_counts_only_where_it_is_lower(market: Cast, screw: UUID) -> None:
    a_list(market.bolt, {screw: "9.80"}, name="Acme", buyer=market.acme)
    a_promotion(market.bolt, percentage=Decimal(1))
    assert winner(price_of(market.acme, screw, 1)) == BUYER
    a_promotion(market.bolt, percentage=Decimal("12.5"), minimum_quantity=Decimal(10))
    a_promotion(market.bolt, sku="VIS", price="8", minimum_quantity=Decimal(50))
    found = [price_of(market.acme, screw, quantity) for quantity in (9, 10, 49, 50)]
    assert [price.unit_price for price in found] == [
        euros("9.80"), euros("8.75"), euros("8.75"), euros("8")
    ]  # fmt: skip
    assert winner(found[1]) == winner(found[3]) == "promotion"


def test_a_contract_is_final_unless_it_has_the_best_price_clause(market: Cast, screw: UUID) -> None:
    a_promotion(market.bolt, percentage=Decimal(50))
    agreement_id = an_agreement(market, market.acme, market.bolt, {"VIS": "8"})
    price = price_of(market.acme, screw, 3)
    assert (winner(price), price.agreement_id, price.line_total) == ("agreement", agreement_id, euros("24"))
    with market.acme.at_work("procurement_lead"):
        end_agreement(agreement_id=agreement_id, reason="Renegotiated")
    an_agreement(market, market.acme, market.bolt, {"VIS": "8"}, clause="best-price")
    price = price_of(market.acme, screw, 3)
    assert (winner(price), price.agreement_line_id, price.line_total) == ("promotion", None, euros("15"))


@pytest.mark.parametrize(
    ("quantity", "total", "unit"),
    [("1", "10", "10"), ("100", "1000", "10"), ("150", "1450", "9.666666666667")],
)
def test_incremental_tiers_price_each_part_at_its_own(
    market: Cast, screw: UUID, quantity: str, total: str, unit: str
) -> None:
    a_list(market.bolt, {screw: "10"}, tiers={100: "9", 200: "8"}, is_incremental=True)
    price = price_of(market.acme, screw, quantity)
    assert (price.line_total, price.unit_price) == (euros(total), euros(unit))


def test_all_units_tiers_price_the_whole_and_say_where_more_is_cheaper(market: Cast, screw: UUID) -> None:
    a_list(market.bolt, {screw: "10"}, tiers={100: "9"})
    wanted = [Wanted(screw, Decimal(quantity)) for quantity in (80, 95, 100)]
    with market.acme.reading("requester"):
        found = price_table(buyer_id=market.acme.id, wanted=wanted, on=clock.today())
        steps = quantity_prices(buyer_id=market.acme.id, wanted=wanted[1:2], on=clock.today())
    assert [price.line_total for price in found] == [euros("800"), euros("950"), euros("900")]
    better = [cheaper_from(price, steps) for price in found]
    assert [price and price.quantity for price in better] == [None, Decimal(100), None]


def test_packs_cost_their_surcharge_and_a_full_one_may_be_cheaper(market: Cast, screw: UUID) -> None:
    a_list(market.bolt, {screw: "1"}, pack=("12", "0.50", "4"))
    totals = {quantity: price_of(market.acme, screw, quantity).line_total for quantity in (12, 23, 24, 25)}
    assert totals == {12: euros("12.50"), 23: euros("28"), 24: euros("25"), 25: euros("30.50")}
    with market.acme.reading("requester"):
        wanted = [Wanted(screw, Decimal(23))]
        steps = quantity_prices(buyer_id=market.acme.id, wanted=wanted, on=clock.today())
    better = cheaper_from(price_of(market.acme, screw, 23), steps)
    assert better is not None
    assert better.quantity == 24


def test_lists_in_another_currency_are_for_those_who_buy_in_it(market: Cast, screw: UUID) -> None:
    a_list(market.bolt, {screw: "11"}, name="Suisse", currency="CHF")
    assert price_of(market.acme, screw, 1).unit_price == euros("10")
    with market.platform() as work:
        work.connection().exec_driver_sql(
            f"UPDATE organisations SET currency = 'CHF' WHERE id = '{market.nosy.id}'"
        )
    assert price_of(market.nosy, screw, 3).line_total == Money(Decimal(33), "CHF")
    other = a_product(market.bolt, sku="ECROU", price="2")
    assert price_of(market.nosy, other, 1).unit_price == euros("2")


def test_validity_includes_its_first_and_its_last_day(market: Cast, screw: UUID) -> None:
    a_promotion(market.bolt, sku="VIS", price="5", days=3)
    found = {day: price_of(market.acme, screw, 1, in_days=day).unit_price.amount for day in (-1, 0, 2, 3)}
    assert found == {-1: 10, 0: 5, 2: 5, 3: 10}


def test_the_seller_may_ask_what_a_buyer_pays_and_nobody_else_may(market: Cast, screw: UUID) -> None:
    a_list(market.bolt, {screw: "7"}, buyer=market.acme)
    wanted = [Wanted(screw, Decimal(1))]
    with market.bolt.reading("sales_desk"):
        found = prices(buyer_id=market.acme.id, wanted=wanted, on=clock.today())
        assert found[screw].unit_price == euros("7")
    for outsider, role in (
        (market.nosy, "requester"),
        (market.crown, "sales_desk"),
        (market.pry, "sales_desk"),
    ):
        with outsider.reading(role):
            assert price_table(buyer_id=market.acme.id, wanted=wanted, on=clock.today()) == []
            assert quantity_prices(buyer_id=market.acme.id, wanted=wanted, on=clock.today()) == {}


def test_a_buyer_learns_no_quantities_of_what_is_kept_for_another(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="SECRET", price="10", tiers={50: "9"})
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.acme.id)
    ids = [bindparam(name, type_=Uuid()) for name in ("product", "buyer")]
    asked = text("SELECT quantity FROM doors.price_breaks(ARRAY[:product], ARRAY[1.0], :buyer, current_date)")
    for buyer, known in ((market.acme, [50]), (market.nosy, [])):
        with buyer.reading("requester") as work:
            found = work.scalars(asked.bindparams(*ids), {"product": product_id, "buyer": buyer.id})
            assert list(found) == known


def test_a_tree_is_recomputed_from_its_leaves(market: Cast) -> None:
    """The root of each tree, from the factors of its leaves alone, in fractions; and the line total is its rounding."""
    found = [price for product_id in assorted(market) for price in of_every_quantity(market, product_id)]
    assert len(found) == 6 * 40
    for price in found:
        exact = recomputed(price.tree)
        assert exact == Fraction(price.tree["result"])
        cents = exact * 100
        assert price.line_total.amount * 100 == floor(cents + Fraction(1, 2))


def recomputed(node: dict[str, object]) -> Fraction:
    """What the node's operation makes of the results below it, recomputed themselves; checks each stored result."""
    below = [recomputed(child) for child in node.get("of", ())]  # type: ignore[attr-defined]
    result = {
        "product": lambda: Fraction(node["factors"][0]) * Fraction(node["factors"][1]),  # type: ignore[index]
        "sum": lambda: sum(below, Fraction(0)),
        "lowest": lambda: min(below),
        "first": lambda: below[0],
        "less": lambda: below[0] * (100 - Fraction(str(node["percentage"]))) / 100,
    }[str(node["operation"])]()
    assert result == Fraction(str(node["result"])), node
    return result


def of_every_quantity(market: Cast, product_id: UUID) -> list[Price]:
    quantities = [
        Decimal(number) for number in (*range(1, 31), 95, 99, 100, 101, 119, 120, 250, 999, 1000, 7777)
    ]
    with market.acme.reading("requester"):
        wanted = [Wanted(product_id, quantity) for quantity in quantities]
        return price_table(buyer_id=market.acme.id, wanted=wanted, on=clock.today() + timedelta(days=1))


def assorted(market: Cast) -> list[UUID]:
    """Six products whose prices come about in all the ways there are."""
    bolt, acme = market.bolt, market.acme
    ids = [a_product(bolt, sku=f"V-{n}", price=f"{n}.0837", tiers={10: f"{n}.0061"}) for n in range(1, 7)]
    a_list(bolt, {ids[1]: "2.0199", ids[2]: "3.03"}, name="Public", tiers={20: "1.99", 100: "1.8888"})
    sliding = {"tiers": {7: "3.3333", 99: "2.7777", 1000: "0.9"}, "is_incremental": True}
    a_list(
        bolt, {ids[2]: "4", ids[3]: "4.0004"}, name="Acme", buyer=acme, pack=("12", "0.35", "2.99"), **sliding
    )
    a_list(bolt, {ids[4]: "4.5"}, name="G1", group_id=a_group(bolt, acme, name="G1"), tiers={100: "4.1"})
    a_list(bolt, {ids[4]: "4.4"}, name="G2", group_id=a_group(bolt, acme, name="G2"))
    a_promotion(bolt, percentage=Decimal("12.75"), minimum_quantity=Decimal(15))
    a_promotion(bolt, sku="V-2", price="1.7777", minimum_quantity=Decimal(101))
    an_agreement(market, acme, bolt, {"V-6": "5.9999", "V-1": "0.9"}, clause="best-price")
    return ids
