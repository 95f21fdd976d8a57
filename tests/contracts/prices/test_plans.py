"""Are prices found by indexes, a whole page in one statement, however large the tables are?"""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import text

from marketplace.contracts.prices.pricing import Wanted
from marketplace.contracts.prices.queries import prices, quantity_prices
from marketplace.foundation import clock
from marketplace.foundation.db import owner_engine
from tests.cast import Cast
from tests.factories.catalogue import COPIES_OF_PRODUCTS, a_product
from tests.factories.prices import a_group, a_list, a_promotion
from tests.house.test_statements import counting

MANY = 4_000
TABLES = (
    "products", "price_tiers", "price_lists", "price_list_lines", "promotions", "customer_group_members",
    "agreement_lines",
)  # fmt: skip
FILL = (
    COPIES_OF_PRODUCTS,
    """
    INSERT INTO price_list_lines (id, organisation_id, list_id, list_number, product_id, product_number, price_amount,
        price_currency, kind, tiers, per_pack, broken_pack, written_at, starts_on)
    SELECT uuidv7(), l.organisation_id, l.id, l.number, p.id, p.number, 9, 'EUR', 'all_units',
        '[{"from": "10", "price": "8"}]', 0, 0, now(), :today
    FROM products p, price_lists l WHERE p.sku LIKE 'F-%'
    """,
    """
    INSERT INTO promotions (id, organisation_id, title, product_id, percentage, planned_at, starts_on, ends_on)
    SELECT uuidv7(), organisation_id, 'P', id, 5, now(), :today, CAST(:today AS date) + 9
    FROM products WHERE sku LIKE 'F-%'
    """,
    """
    INSERT INTO customer_groups (id, organisation_id, name, formed_at)
    SELECT uuidv7(), :seller, 'G' || n, now() FROM generate_series(1, 3000) n
    """,
    """
    INSERT INTO customer_group_members (id, organisation_id, group_id, buyer_id, joined_at)
    SELECT uuidv7(), organisation_id, id, :other, now() FROM customer_groups WHERE name LIKE 'G%'
    """,
    """
    INSERT INTO price_lists (id, organisation_id, name, currency, buyer_id, opened_at, starts_on)
    SELECT uuidv7(), :seller, 'L' || n, 'EUR', :other, now(), :today FROM generate_series(1, 3000) n
    """,
    """
    INSERT INTO agreement_lines (id, agreement_id, buyer_id, seller_id, product_id, sku, name, unit_code,
        unit_price_amount, unit_price_currency, called_off_quantity)
    SELECT uuidv7(), uuidv7(), :other, :seller, id, sku, name, 'C62', 9, 'EUR', 0 FROM products WHERE sku LIKE 'F-%'
    """,
    """
    INSERT INTO price_tiers (id, product_id, organisation_id, from_quantity, price_amount, price_currency)
    SELECT uuidv7(), id, organisation_id, 100, 7, 'EUR' FROM products WHERE sku LIKE 'F-%'
    """,
)


def filled(market: Cast) -> list[Wanted]:
    """Tables of a large supplier; thirty of its products, as a page asks for them."""
    bolt = market.bolt
    a_product(bolt, price="10")
    a_list(bolt, {}, name="Public")
    a_list(bolt, {}, name="Groupe", group_id=a_group(bolt, market.acme))
    a_promotion(bolt, percentage=Decimal(2))
    values = {"seller": bolt.id, "other": market.nosy.id, "many": MANY, "today": clock.today()}
    with owner_engine().begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for statement in FILL:
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), wanted)
        for table in TABLES:
            connection.execute(text(f"ANALYZE {table}"))
        ids = connection.scalars(
            text("SELECT id FROM products WHERE sku LIKE 'F-%' ORDER BY random() LIMIT 30")
        )
        return [Wanted(product_id, Decimal(12)) for product_id in ids]


def test_a_page_of_prices_is_one_statement_without_a_sequential_scan(market: Cast) -> None:
    page = filled(market)
    with market.acme.reading("requester") as work:
        work.execute(text("SELECT 1"))
        with counting() as sent:
            found = prices(buyer_id=market.acme.id, wanted=page, on=clock.today() + timedelta(days=1))
        assert len(sent) == 1
        assert {price.unit_price.amount for price in found.values()} == {Decimal("7.6")}
        with counting() as sent:
            steps = quantity_prices(buyer_id=market.acme.id, wanted=page, on=clock.today())
        assert len(sent) == 2
        assert len(steps) == len(page)
        scans = work.execute(
            text(
                "SELECT relname, seq_scan FROM pg_stat_xact_user_tables"
                " WHERE relname = ANY (:tables) AND seq_scan > 0"
            ),
            {"tables": list(TABLES)},
        )
        assert scans.all() == []
