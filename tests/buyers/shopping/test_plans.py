"""Is everything that a buyer looks for found by indexes, however many products there are?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.buyers.shopping.finding import found
from marketplace.buyers.shopping.queries import offer, others_of, results
from marketplace.buyers.shopping.questions import Order, Question
from marketplace.buyers.shopping.suggesting import suggestions
from marketplace.foundation import background
from marketplace.foundation.db import owner_engine, session
from tests.cast import Cast, Party
from tests.databases import clone
from tests.factories.catalogue import COPIES_OF_PRODUCTS, a_product
from tests.factories.statements import counting

GTIN = "4006381333931"
MANY = 5_000
TABLES = ["products", "product_certificates", "search_terms", "search_vocabulary", "items", "item_offers"]
FILL = (
    COPIES_OF_PRODUCTS,
    """
    INSERT INTO search_vocabulary (term, documents) SELECT 'w' || n, 1 FROM generate_series(1, :many) n
    """,
    """
    INSERT INTO search_terms (number, term_id, weight)
    SELECT p.number, v.id, 0.5 FROM products p JOIN search_vocabulary v ON v.term IN ('galax', '')
    WHERE p.sku LIKE 'F-%'
    """,
    """
    INSERT INTO search_terms (number, term_id, weight)
    SELECT p.number, v.id, 1 FROM products p JOIN search_vocabulary v ON v.term = 'w' || substr(p.sku, 3)
    WHERE p.sku LIKE 'F-%'
    """,
    """
    INSERT INTO product_certificates (id, product_id, organisation_id, name)
    SELECT p.id, p.id, p.organisation_id, 'w' || substr(p.sku, 3) FROM products p WHERE p.sku LIKE 'F-%'
    """,
    "INSERT INTO items (id, key, found_at) SELECT id, 'own ' || id, changed_at FROM products WHERE sku LIKE 'F-%'",
    """
    INSERT INTO item_offers (product_id, item_id, key, maker, is_public, title)
    SELECT id, id, 'own ' || id, maker, true, number FROM products WHERE sku LIKE 'F-%'
    """,
    "UPDATE search_vocabulary SET documents = documents + :many WHERE term IN ('galax', '')",
)
ASKED: dict[str, Callable[[], object]] = {
    "words": lambda: results(Question("galaxy black")),
    "a misspelt word": lambda: results(Question("galxy w17")),
    "a word mistaken twice": lambda: results(Question("gallaxxy")),
    "a number": lambda: results(Question(GTIN)),
    "words and choices": lambda: results(Question("galaxy", category="32", bands=(0,), days=(1,))),
    "words by price": lambda: results(Question("galaxy", order=Order.PRICE)),
    "the shelf": lambda: results(Question()),
    "the shelf of a category": lambda: results(Question(category="3225")),
    "a shelf and choices": lambda: results(Question(category="32", in_stock=True, on_contract=True)),
    "a shelf and a certificate": lambda: results(Question(certificates=("w17",))),
    "words and a certificate": lambda: results(Question("galaxy", certificates=("w17", "FSC"))),
    "what is being typed": lambda: suggestions("galaxy bl"),
    "a number that is being typed": lambda: suggestions("F-12"),
}


@pytest.fixture(scope="module")
def large_shop() -> Iterator[tuple[Cast, UUID]]:
    """Five thousand products, nearly all of which have the same word; statistics as of a moment ago."""
    with clone(), background.in_this_process():
        market = Cast.present()
        product_id = a_product(market.bolt, sku="A", name="Galaxy black", cpv_code="32250000", gtin=GTIN)
        a_product(market.crown, sku="B", name="Galaxy S9", cpv_code="32250000", gtin=GTIN, maker="Kerdrel")
        market.run_jobs()
        with owner_engine().begin() as connection:
            connection.execute(text("SET session_replication_role = replica"))
            for statement in FILL:
                connection.execute(text(statement), {"many": MANY} if ":many" in statement else {})
            connection.execute(text("ANALYZE"))
        yield market, product_id


@pytest.fixture
def shop(large_shop: tuple[Cast, UUID]) -> Cast:
    return large_shop[0]


@contextmanager
def scanning(party: Party, plans: str = "auto") -> Iterator[list[str]]:
    """Inside, a requester reads; afterwards, the tables that were read from end to end meanwhile.

    By a plan for this very question, or by the one that a connection keeps for all after some executions.
    """
    found: list[str] = []
    with party.reading("requester") as work:
        work.execute(text(f"SET LOCAL plan_cache_mode = {plans}"))
        before = _scans(work)
        yield found
        found += [table for table, number in _scans(work).items() if number > before[table]]


def _scans(work: Session) -> dict[str, int]:
    wanted = "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname = ANY (:tables)"
    return {row.relname: row.seq_scan for row in work.execute(text(wanted), {"tables": TABLES})}


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("asked", ASKED)
def test_no_table_of_products_or_terms_is_read_from_end_to_end(shop: Cast, asked: str, plans: str) -> None:
    with scanning(shop.acme, plans) as scanned:
        ASKED[asked]()
    assert scanned == []


def test_a_product_and_others_like_it_are_found_by_indexes(large_shop: tuple[Cast, UUID]) -> None:
    market, product_id = large_shop
    with scanning(market.acme) as scanned:
        assert [other.product.sku for other in others_of(offer(product_id))] == ["B"]
    assert scanned == []


@pytest.mark.parametrize("typed", ["galaxy", "galaxy bl", "F-12"])
def test_suggestions_take_few_statements(shop: Cast, typed: str) -> None:
    with shop.acme.reading("requester"), counting() as sent:
        assert suggestions(typed).products
    assert len(sent) <= 9


def test_a_table_that_is_read_from_end_to_end_is_noticed(shop: Cast) -> None:
    with scanning(shop.acme) as scanned:
        assert found(Question("galaxy")).is_cut_off
        session().execute(text("SELECT count(*) FROM products WHERE description = 'nothing'"))
    assert scanned == ["products"]
