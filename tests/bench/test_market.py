"""Does the market that is measured still come about, and is it read by SQL as the pages read it?"""

from contextlib import closing

from flask import Flask
from sqlalchemy import select

from bench.market import fill
from bench.reading import Reader
from marketplace.commands.preflight import plain_url
from marketplace.doctor import examine
from marketplace.foundation import background
from marketplace.foundation.db import owner_engine
from marketplace.foundation.settings import current_settings
from marketplace.sellers.catalogue.models import Product
from tests.databases import empty_database

PRODUCTS = 60


def test_fill_founds_a_healthy_market_that_is_read_by_sql(portal: Flask, speaking: None) -> None:
    with empty_database(), background.in_this_process():
        market = fill(products=PRODUCTS, suppliers=2, buyers=2, progress=lambda *_: None)  # type: ignore[arg-type]
        assert [each.name for each in examine() if not each.is_healthy] == []
        with owner_engine().connect() as connection:
            product_id, name, division = connection.execute(
                select(Product.id, Product.name, Product.division).order_by(Product.id).limit(1)
            ).one()
        buyer_id = market.buyers[0].requester.organisation
        with closing(Reader(plain_url(current_settings().database_url))) as reader:
            assert reader.category(buyer_id, division)["rows"]
            assert product_id in {row["id"] for row in reader.search(buyer_id, name)["rows"]}
            assert product_id in {row["id"] for row in reader.product(buyer_id, product_id)["rows"]}
