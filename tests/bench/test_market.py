"""Does the market that is measured still come about?"""

from flask import Flask

from bench.market import fill
from marketplace.doctor import examine
from marketplace.foundation import background
from tests.conftest import empty_database


def test_fill_founds_a_healthy_market_that_orders(portal: Flask, speaking: None) -> None:
    with empty_database(), background.in_this_process():
        market = fill(products=60, suppliers=2, buyers=2, progress=lambda *_: None)  # type: ignore[arg-type]
        assert len(market.buyers) == 2
        assert [each.name for each in examine() if not each.is_healthy] == []
