"""Does the index follow the products, and is it closed to everybody?"""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.sellers.catalogue.actions import change_product, withdraw_product
from marketplace.sellers.search.queries import index_findings
from tests.cast import Cast
from tests.factories.catalogue import a_product


def test_index_counts_are_those_of_its_terms_whatever_happens(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="X", name="Vis vis vis")
    a_product(market.bolt, sku="Y", name="Vis inox")
    market.run_jobs()
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, name="Boulon")
    market.run_jobs()
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=product_id)
    market.run_jobs()
    with market.platform() as work:
        assert index_findings() == []
        work.execute(text("UPDATE search_vocabulary SET documents = 9 WHERE term = 'inox'"))
        assert index_findings() == ["inox"]


def test_index_of_products_that_say_the_same_is_not_written_again(market: Cast) -> None:
    same, longer = (a_product(market.bolt, sku=sku, name=f"Vis {sku}") for sku in ("X", "Y"))
    market.run_jobs()
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=same, description="")
        change_product(product_id=longer, description="Acier")
    with market.platform() as work:
        before = rows_of(work)
    market.run_jobs()
    with market.platform() as work:
        after = rows_of(work)
    changed = {row.number for row in before ^ after}
    assert len(changed) == 1
    assert sorted(row.term for row in before & after) == ["", "", "vis", "x"]


def rows_of(work: Session) -> set[Any]:
    """Each row of the index and where it lies: written again, it lies elsewhere."""
    columns = "number, term, weight, t.ctid::text"
    statement = f"SELECT {columns} FROM search_terms t JOIN search_vocabulary v ON v.id = term_id"
    return set(work.execute(text(statement)))


def test_doors_are_the_only_way_to_the_index(market: Cast) -> None:
    for table in ("search_terms", "search_vocabulary", "shelf_counts"):
        with market.acme.reading("requester") as work, pytest.raises(Exception, match="permission denied"):
            work.execute(text(f"SELECT * FROM {table}"))
