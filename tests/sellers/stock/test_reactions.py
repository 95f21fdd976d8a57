"""Does stock follow the supplier's file?"""

from decimal import Decimal

from sqlalchemy import select

from marketplace.events.sellers import StockCounted
from marketplace.foundation.outbox import News
from marketplace.sellers.stock import reactions
from marketplace.sellers.stock.models import StockLevel, StockMovement
from tests.cast import Cast
from tests.factories.stock import a_product_in_batches, a_stocked_product


def test_hear_of_counts_writes_them_once_in_the_sellers_language(market: Cast, speaking: None) -> None:
    product_id = a_stocked_product(market.bolt, stock="10")
    organisation_id = market.bolt.id
    counts = [(product_id, Decimal(25))]
    news = StockCounted(subject_id=organisation_id, organisation_id=organisation_id, counts=counts)
    for _ in range(2):
        with market.bolt.automatically():
            reactions.take_counts_of_import(news)
    with market.bolt.reading("warehouse") as work:
        assert work.scalars(select(StockLevel.on_hand)).one() == 25
        rows = work.scalars(select(StockMovement).where(StockMovement.kind == "adjustment")).all()
        assert [(row.on_hand_change, row.reason) for row in rows] == [(15, "Import du catalogue")]


def test_hear_of_more_than_there_is_of_numbered_goods_tells_the_warehouse(
    market: Cast, speaking: None
) -> None:
    more = a_product_in_batches(market.bolt, {"L1": ("5", None)}, sku="LOT-MORE")
    less = a_product_in_batches(market.bolt, {"L1": ("5", None)}, sku="LOT-LESS")
    counts = [(more, Decimal(6)), (less, Decimal(4))]
    with market.bolt.automatically():
        reactions.take_counts_of_import(
            StockCounted(subject_id=market.bolt.id, organisation_id=market.bolt.id, counts=counts)
        )
    with market.bolt.reading("warehouse") as work:
        levels = work.execute(select(StockLevel.product_id, StockLevel.on_hand))
        assert {row.product_id: row.on_hand for row in levels} == {more: 5, less: 4}
        news = work.scalars(select(News).where(News.name == "CountsLeftOpen")).one()
        assert news.payload["skus"] == ["LOT-MORE"]
