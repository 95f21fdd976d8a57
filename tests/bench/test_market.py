"""Does the market that is measured still come about, and is it read by SQL as the pages read it?"""

from contextlib import closing

from flask import Flask
from sqlalchemy import select, text

from bench.bringing import copied, table_sizes
from bench.market import asking, large, small
from bench.reading import Reader
from marketplace.commands.preflight import plain_url
from marketplace.demo.large import Size
from marketplace.doctor import examine
from marketplace.foundation import background
from marketplace.foundation.db import owner_engine
from marketplace.foundation.settings import current_settings
from marketplace.sellers.catalogue.models import Product
from tests.databases import empty_database

PRODUCTS = 60


def progress(label: str, done: int, total: int) -> None:
    assert 0 < done <= total, label


def test_small_founds_a_healthy_market_that_is_read_by_sql(portal: Flask, speaking: None) -> None:
    with empty_database(), background.in_this_process():
        sellers = small(products=PRODUCTS, suppliers=2, progress=progress)
        buyers = asking(sellers, buyers=2, progress=progress)
        assert [each.name for each in examine() if not each.is_healthy] == []
        with owner_engine().connect() as connection:
            product_id, name, division = connection.execute(
                select(Product.id, Product.name, Product.division).order_by(Product.id).limit(1)
            ).one()
        buyer_id = buyers[0].requester.organisation
        with closing(Reader(plain_url(current_settings().database_url))) as reader:
            assert reader.category(buyer_id, division)["rows"]
            assert product_id in {row["id"] for row in reader.search(buyer_id, name)["rows"]}
            assert product_id in {row["id"] for row in reader.product(buyer_id, product_id)["rows"]}


def test_large_is_the_market_of_the_demo_and_can_be_copied(portal: Flask, speaking: None) -> None:
    with empty_database(), background.in_this_process():
        sellers = large(Size(organisations=7, offers=PRODUCTS), progress)
        assert [seller.organisation_name for seller in sellers] == ["Fournisseur 0001", "Fournisseur 0002"]
        url = plain_url(current_settings().database_url)
        sizes = table_sizes(url)
        assert sizes["products"] == sizes["stock_holdings"] == PRODUCTS
        assert copied(url, [table for table, rows in sizes.items() if rows >= PRODUCTS]) > 0
        with owner_engine().connect() as connection:
            assert connection.scalar(text("SELECT to_regnamespace('bare')")) is None
