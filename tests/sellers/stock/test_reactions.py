"""Does stock follow the supplier's file?"""

from decimal import Decimal

from sqlalchemy import select

from marketplace.events.sellers import StockCounted
from marketplace.sellers.stock import reactions
from marketplace.sellers.stock.models import StockLevel, StockMovement
from tests.cast import Cast
from tests.factories.stock import a_stocked_product


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
