"""Is what can be asked about catalogues answered, in few statements?"""

from uuid import UUID

import pytest
from sqlalchemy import text

from marketplace.sellers.catalogue import queries
from marketplace.sellers.catalogue.actions import change_product, load_categories, show_to, withdraw_product
from tests.cast import Cast
from tests.factories.catalogue import a_product
from tests.factories.statements import counting


def test_divisions_are_forty_five_in_both_languages(market: Cast) -> None:
    with market.acme.reading("requester"):
        rows = queries.divisions()
    assert len(rows) == 45
    assert all(row.label_en and row.label_fr for row in rows)


def test_load_categories_adds_the_finer_ones_below_their_division(market: Cast) -> None:
    content = "CODE,EN,FR\n31000000-6,Electrical,Électrique\n31300000-9,Wire,Fils\n31321000-2,Lines,Lignes\n".encode()
    with market.platform():
        assert load_categories(content) == (1, 3)
        assert load_categories(content) == (3, 3)
    with market.acme.reading("requester"):
        rows = queries.categories(["31321000", "44512000"])
        assert len(queries.divisions()) == 45
    assert rows["31321000"].parent_code == "31300000"
    assert set(rows) == {"31321000", "31000000", "44000000"}


CPV = (
    "CODE,EN,FR\n31000000-6,Electrical,Électrique\n31300000-9,Insulated wire,Fils isolés\n"
    "31310000-2,Mains,Câbles d’alimentation\n03142500-3,Eggs,Œufs\n"
)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("313", ["31300000", "31310000"]),
        ("31300000-9", ["31300000"]),
        ("fils isoles", ["31300000"]),
        ("WIRE insulated", ["31300000"]),
        ("cable alim", ["31310000"]),
        ("oeufs", ["03142500"]),
        ("100%", []),
        ("wire_", []),
    ],
)
def test_a_category_is_found_by_its_digits_or_by_its_words(
    market: Cast, typed: str, codes: list[str]
) -> None:
    with market.platform():
        load_categories(CPV.encode())
    with market.bolt.reading("sales_desk"):
        assert [row.code for row in queries.categories_named(typed)] == codes


def test_the_tree_of_categories_is_walked_down_and_up(market: Cast) -> None:
    with market.platform():
        load_categories(CPV.encode())
    with market.bolt.reading("sales_desk"):
        assert [row.code for row in queries.categories_below("31000000")] == ["31300000"]
        assert queries.categories_below("31310000") == []
        assert len(queries.categories_below(None)) == 45
        path = queries.category_path("31310000")
    assert [row.code for row in path] == ["31000000", "31300000", "31310000"]


def test_tiers_of_several_products_come_in_one_statement(market: Cast) -> None:
    ids: list[UUID] = [a_product(market.bolt, sku=f"T-{n}", tiers={10: "9", 100: "8"}) for n in range(3)]
    with market.acme.reading("requester"), counting() as statements:
        found_tiers = queries.tiers(ids)
    assert [len(found_tiers[identity]) for identity in ids] == [2, 2, 2]
    assert sum("price_tiers" in statement for statement in statements) == 1


def test_shelves_are_counted_right_whatever_happens(market: Cast) -> None:
    private = a_product(market.bolt, sku="P", cpv_code="32000000")
    a_product(market.bolt, sku="D", is_published=False)
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=private, buyer_id=market.acme.id)
        change_product(product_id=private, cpv_code="44000000")
        show_to(product_id=private, needs_agreement=True)
        withdraw_product(product_id=private)
    with market.platform() as work:
        assert queries.shelf_findings() == []
        work.execute(text("UPDATE shelf_counts SET products = products + 1 WHERE code = '44'"))
        assert len(queries.shelf_findings()) > 0
