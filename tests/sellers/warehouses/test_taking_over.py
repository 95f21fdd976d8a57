"""Does a database from before there were warehouses keep all of its stock, in a first one?"""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from marketplace.doctor import examine
from marketplace.foundation.db import owner_engine
from marketplace.foundation.migrating import migrate
from tests.databases import new_database

BEFORE = "0072"
SELLERS = """
insert into organisations
    (id, name, is_buyer, is_supplier, is_operator, status, country, currency, language, registered_at)
values (:seller, 'Bolt', false, true, false, 'admitted', 'FR', 'EUR', 'fr', now()),
    (:idle, 'Sans stock', false, true, false, 'admitted', 'FR', 'EUR', 'fr', now())
"""
SITES = """
insert into sites (id, organisation_id, name, street, postal_code, city, country, is_active)
values (uuidv7(), :seller, 'Dépôt', '1 rue', '69002', 'Lyon', 'FR', true)
"""
PRODUCTS = """
insert into products (id, organisation_id, sku, name, description, cpv_code, division, unit_code, price_amount,
    price_currency, pack_size, minimum_quantity, step_quantity, lead_time_days, is_stocked, status, changed_at)
select p, :seller, left(p::text, 8), 'Vis', '', '31000000', '31', 'C62', 1, 'EUR', 1, 1, 1, 2, true, 'published', now()
from unnest(cast(:products as uuid[])) p
"""
LEVELS = """
insert into stock_levels (id, product_id, organisation_id, on_hand, reserved, bin)
select uuidv7(), p, :seller, q, 2, b
from unnest(cast(:products as uuid[]), cast(:left as numeric[]), cast(:bins as text[])) as l (p, q, b)
"""
MOVEMENTS = """
insert into stock_movements (id, product_id, organisation_id, kind, on_hand_change, reserved_change, on_hand_after,
    reserved_after, cause_id, reason, moved_at)
select uuidv7(), p, :seller, k, c, r, 10, 2, null, w, now()
from unnest(cast(:products as uuid[])) p, (values ('receipt', 10, 0, ''), ('reservation', 0, 5, ''),
    ('shipment', -3, -3, 'DN-1')) as m (k, c, r, w)
"""
KEPT = """
insert into stock_reservations (id, holder_id, product_id, buyer_id, seller_id, quantity, reserved_at, status)
select uuidv7(), uuidv7(), p, :idle, :seller, 2, now(), 'open' from unnest(cast(:products as uuid[])) p
"""
WHERE = """
select p.id, w.code, w.name, b.code, b.path, h.on_hand, r.home_bin_id = b.id
from products p join stock_holdings h on h.product_id = p.id join bins b on b.id = h.bin_id
join warehouses w on w.id = b.warehouse_id left join stocking_rules r on r.product_id = p.id order by b.path
"""


@pytest.fixture
def old_database() -> Iterator[Connection]:
    """A database as it was, and a connection of its owner to it."""
    with new_database():
        migrate(BEFORE)
        with owner_engine().connect() as connection:
            yield connection


def test_each_level_becomes_what_lies_in_a_first_warehouse(old_database: Connection) -> None:
    products = [uuid4() for _ in range(3)]
    values = {
        "seller": uuid4(),
        "idle": uuid4(),
        "products": products,
        "left": [7, 7, 7],
        "bins": [None, " a-10", "A-2"],
    }
    for statement in (SELLERS, SITES, PRODUCTS, LEVELS, MOVEMENTS, KEPT):
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        old_database.execute(text(statement), used)
    old_database.commit()
    migrate()
    found = [tuple(row) for row in old_database.execute(text(WHERE))]
    assert found == [
        (products[2], "1", "Dépôt", "A-2", f"A-{2:030d}", 7, True),
        (products[1], "1", "Dépôt", "A-10", f"A-{10:030d}", 7, True),
        (products[0], "1", "Dépôt", "IN", "IN", 7, None),
    ]
    assert old_database.scalar(text("select count(*) from warehouses")) == 1
    papers = "select distinct document, reason from stock_movements where kind = 'shipment'"
    assert [tuple(row) for row in old_database.execute(text(papers))] == [("DN-1", "")]
    old_database.commit()
    assert [finding.name for finding in examine() if not finding.is_healthy] == []
