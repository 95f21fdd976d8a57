"""Can a supplier keep its catalogue, and nobody else?"""

from tests.cast import Cast
from tests.factories.catalogue import a_product


def test_smoke(market: Cast) -> None:
    a_product(market.bolt, sku="A1", gtin="4006381333931", tiers={10: "9"})
