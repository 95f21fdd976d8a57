"""Is a price written once, ended but never changed, and never said twice for one day?"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.validity import Standing
from marketplace.sellers.price_lists.actions import (
    end_list,
    end_price,
    open_list,
    price_article,
    write_prices,
)
from marketplace.sellers.price_lists.models import PriceListLine
from marketplace.sellers.price_lists.queries import UnknownArticle, versions_of
from tests.cast import Cast
from tests.factories.catalogue import a_product
from tests.factories.prices import a_list, price_of


@pytest.fixture
def screw(market: Cast) -> UUID:
    return a_product(market.bolt, sku="VIS", price="10")


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


def said(market: Cast, list_id: UUID, product_id: UUID) -> list[tuple[int, int | None, Decimal]]:
    """First and last day from today on, and the price, the latest first."""
    with market.bolt.reading("sales_desk"):
        return [
            (
                (line.starts_on - clock.today()).days,
                None if line.ends_on is None else (line.ends_on - clock.today()).days,
                line.price.amount,
            )
            for line in versions_of(list_id, product_id)
        ]


def write(market: Cast, list_id: UUID, price: str, days: int, **others: Any) -> PriceListLine:
    with market.bolt.at_work("sales_desk"):
        return price_article(
            list_id=list_id, sku="VIS", price=Decimal(price), starts_on=in_days(days), **others
        )


def test_a_new_price_ends_the_one_before_and_leaves_the_planned_one(market: Cast, screw: UUID) -> None:
    list_id = a_list(market.bolt, {screw: "9"})
    write(market, list_id, "8", 30)
    write(market, list_id, "7", 10)
    assert said(market, list_id, screw) == [(30, None, 8), (10, 29, 7), (0, 9, 9)]
    found = [price_of(market.acme, screw, 1, in_days=days).unit_price.amount for days in (9, 10, 29, 30)]
    assert found == [9, 7, 7, 8]
    write(market, list_id, "6", 30)
    assert said(market, list_id, screw)[:2] == [(30, None, 6), (30, 29, 8)]


def test_what_is_said_already_is_not_said_again(market: Cast, screw: UUID) -> None:
    list_id = a_list(market.bolt, {screw: "9"}, tiers={10: "8"})
    with pytest.raises(Invalid):
        write(market, list_id, "9", 5, tiers={Decimal(10): Decimal("8.00")})
    assert said(market, list_id, screw) == [(0, None, 9)]


def test_the_past_is_not_written(market: Cast, screw: UUID) -> None:
    list_id = a_list(market.bolt, {screw: "9"})
    line = write(market, list_id, "8", 10)
    with pytest.raises(Invalid):
        write(market, list_id, "7", -1)
    with market.bolt.at_work("sales_desk"), pytest.raises(Invalid):
        end_price(line_id=line.id, ends_on=in_days(-2))
    with market.bolt.at_work("sales_desk"):
        end_price(line_id=line.id, ends_on=in_days(-1))
    assert said(market, list_id, screw)[0] == (10, 9, 8)
    assert price_of(market.acme, screw, 1, in_days=10).unit_price.amount == 10


def test_a_list_that_ends_takes_its_prices_with_it(market: Cast, screw: UUID) -> None:
    list_id = a_list(market.bolt, {screw: "9"})
    with market.bolt.at_work("sales_desk"):
        assert end_list(list_id=list_id, ends_on=in_days(5)).standing(in_days(6)) is Standing.OVER
    found = [price_of(market.acme, screw, 1, in_days=days).unit_price.amount for days in (5, 6)]
    assert found == [9, 10]
    with market.bolt.at_work("sales_desk"), pytest.raises(Invalid):
        end_list(list_id=list_id, ends_on=in_days(9))


def test_articles_of_others_and_lists_of_others_are_not_there(market: Cast, screw: UUID) -> None:
    a_product(market.crown, sku="CLOU")
    list_id = a_list(market.bolt, {screw: "9"})
    with market.bolt.at_work("sales_desk"), pytest.raises(UnknownArticle):
        price_article(list_id=list_id, sku="CLOU", price=Decimal(1), starts_on=in_days(0))
    with market.crown.at_work("sales_desk"), pytest.raises(NotFound):
        write_prices(list_id=list_id, prices=[], starts_on=in_days(0))
    with market.bolt.at_work("sales_desk"), pytest.raises(Invalid):
        open_list(name="X", currency="EUR", starts_on=in_days(0), buyer_id=market.crown.id)


LINE = (
    "INSERT INTO price_list_lines (id, organisation_id, list_id, product_id, price_amount, price_currency, kind, tiers,"
    " per_pack, broken_pack, written_at, starts_on, ends_on)"
    " SELECT uuidv7(), organisation_id, list_id, {product}, {price}, 'EUR', 'all_units', '{tiers}', 0, 0, now(),"
    " starts_on + {first}, {last} FROM price_list_lines"
)
BY_HAND = {
    "a second price of the day": LINE.format(product="product_id", price=1, tiers="[]", first=3, last="NULL"),
    "a dearer tier": LINE.format(
        product="product_id", price=1, tiers='[{"from": "10", "price": "2"}]', first=-9, last="starts_on - 5"
    ),
    "tiers out of order": LINE.format(
        product="product_id", price=9, tiers='[{"from": "9", "price": "2"}, {"from": "5", "price": "1"}]',
        first=-9, last="starts_on - 5",
    ),
    "somebody else's product": LINE.format(
        product="(SELECT id FROM products WHERE sku = 'CLOU')", price=1, tiers="[]", first=0, last="NULL"
    ),
    "another price": "UPDATE price_list_lines SET price_amount = 1",
    "other tiers": "UPDATE price_list_lines SET tiers = '[]'",
    "an earlier beginning": "UPDATE price_list_lines SET starts_on = starts_on - 1",
    "a later end": "UPDATE price_list_lines SET ends_on = ends_on + 1",
    "another currency": "UPDATE price_lists SET currency = 'CHF'",
    "a line gone": "DELETE FROM price_list_lines",
}  # fmt: skip


@pytest.mark.parametrize("deed", BY_HAND)
def test_history_by_hand_is_refused_by_the_database(market: Cast, screw: UUID, deed: str) -> None:
    a_product(market.crown, sku="CLOU")
    list_id = a_list(market.bolt, {screw: "9"}, tiers={10: "8"})
    with market.bolt.at_work("sales_desk"):
        line_id = versions_of(list_id, screw)[0].id
        end_price(line_id=line_id, ends_on=in_days(20))
    with market.bolt.at_work("sales_desk") as work, pytest.raises(DBAPIError) as refused:
        work.execute(text(BY_HAND[deed]))
    assert getattr(refused.value.orig, "sqlstate", "") in ("23P01", "23514", "42501")
    assert said(market, list_id, screw) == [(0, 20, 9)]


@pytest.mark.parametrize("table", ["price_lists", "price_list_lines", "customer_group_members", "promotions"])
def test_buyers_read_no_row_about_prices_not_even_about_themselves(
    market: Cast, screw: UUID, table: str
) -> None:
    a_list(market.bolt, {screw: "9"}, buyer=market.acme)
    for party, role in ((market.acme, "procurement_lead"), (market.crown, "sales_desk")):
        with party.reading(role) as work:
            assert work.execute(text(f"SELECT 1 FROM {table}")).all() == []
