"""What does a page show? The same products, prices and counts as the portal's pages, read by SQL alone."""

import json
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from marketplace.buyers.shopping.finding import asked_of_the_door
from marketplace.buyers.shopping.questions import Question
from marketplace.foundation import clock
from marketplace.foundation.paging import SIZE
from marketplace.sellers.search.numbers import keys_of
from marketplace.sellers.search.queries import Term
from marketplace.sellers.search.terms import terms_of

ROWS: LiteralString = """
SELECT p.id, p.sku, p.name, p.unit_code, p.price_amount, p.price_currency, p.pack_size, p.lead_time_days,
    s.name AS seller, l.on_hand - l.reserved AS available, a.unit_price_amount AS agreed,
    (SELECT jsonb_agg(jsonb_build_array(t.from_quantity, t.price_amount)) FROM price_tiers t WHERE t.product_id = p.id)
        AS tiers
FROM products p JOIN organisations s ON s.id = p.organisation_id AND s.status = 'admitted'
LEFT JOIN stock_levels l ON l.product_id = p.id
LEFT JOIN LATERAL (
    SELECT a.unit_price_amount FROM agreement_lines a JOIN agreements f ON f.id = a.agreement_id
    WHERE a.product_id = p.id AND a.buyer_id = %(buyer)s AND f.status = 'concluded'
        AND %(today)s BETWEEN f.starts_on AND f.ends_on ORDER BY 1 LIMIT 1
) a ON true
"""
LIST: LiteralString = (
    ROWS + "WHERE p.division = %(division)s AND p.status = 'published' ORDER BY p.id DESC LIMIT 31"
)
SHELVES: LiteralString = """
SELECT code, organisation_id, sum(products) FROM shelf_counts WHERE code = %(division)s AND circle_id IS NULL
GROUP BY GROUPING SETS ((code), (organisation_id))
"""
SEARCH: LiteralString = """
SELECT doors.found_products(%(question)s::jsonb) AS found
"""
FOUND: LiteralString = ROWS + "WHERE p.id = ANY (%(ids)s)"
PRODUCT: LiteralString = (
    ROWS
    + """
WHERE p.id = %(product)s OR p.status = 'published'
    AND lpad(p.gtin, 14, '0') = (SELECT lpad(gtin, 14, '0') FROM products WHERE id = %(product)s)
"""
)

Answer = dict[str, Any]


class Reader:
    """Reads as the owner what a buyer would see; one connection, for one thread."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)

    def close(self) -> None:
        """Read no more."""
        self._connection.close()

    def category(self, buyer_id: UUID, division: str) -> Answer:
        """The newest products of a category, and how they are spread; two statements."""
        return {
            "rows": self._all(LIST, buyer=buyer_id, division=division),
            "shelves": self._all(SHELVES, division=division),
        }

    def search(self, buyer_id: UUID, typed: str) -> Answer:
        """What answers some words, best first, and how it is spread; two statements."""
        terms = [Term(term)._asdict() for term in dict.fromkeys(terms_of(typed))]
        asked = {**asked_of_the_door(Question(typed), "EUR"), "terms": terms, "keys": keys_of(typed)}
        [row] = self._all(SEARCH, question=json.dumps({**asked, "skipped": 0, "wanted": SIZE}))
        return {"rows": self._all(FOUND, buyer=buyer_id, ids=row["found"]["ids"]), "shelves": row["found"]}

    def product(self, buyer_id: UUID, product_id: UUID) -> Answer:
        """A product and the same of other suppliers; one statement."""
        return {"rows": self._all(PRODUCT, buyer=buyer_id, product=product_id)}

    def _all(self, statement: LiteralString, **asked: Any) -> list[Answer]:
        return self._connection.execute(statement, {"today": clock.today(), **asked}).fetchall()
