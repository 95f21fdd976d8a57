"""How does the search index follow the products?

As the platform, a few statements for up to a thousand products. What has not changed is not written again, so that a
new price costs no index. One writer at a time: the counts of common terms are rows that everybody would wait for.
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text

from marketplace.foundation.db import among, session
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.search.terms import weights_of

# Every product that can be found has this term, so its documents are all of them.
EVERYTHING = ""

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('search index', 0))")

LEARN = text("""
INSERT INTO search_vocabulary (term, documents)
SELECT w.term, 0 FROM unnest(string_to_array(:terms, ' ')) w (term)
WHERE NOT EXISTS (SELECT FROM search_vocabulary v WHERE v.term = w.term)
""")

FOLLOW = text("""
WITH wanted AS MATERIALIZED (
    SELECT w.number, v.id AS term_id, w.weight
    FROM unnest(
        string_to_array(:numbers, ' ')::integer[], string_to_array(:terms, ' '), string_to_array(:weights, ' ')::real[]
    ) w (number, term, weight)
    JOIN search_vocabulary v ON v.term = w.term
), known AS MATERIALIZED (
    SELECT t.number, t.term_id, t.weight FROM search_terms t WHERE t.number = ANY (:all_numbers)
), gone AS (
    DELETE FROM search_terms t
    WHERE t.number = ANY (:all_numbers)
        AND NOT EXISTS (SELECT FROM wanted w WHERE w.number = t.number AND w.term_id = t.term_id)
    RETURNING t.term_id
), come AS (
    INSERT INTO search_terms (number, term_id, weight)
    SELECT w.number, w.term_id, w.weight FROM wanted w
    WHERE NOT EXISTS (SELECT FROM known k WHERE k.number = w.number AND k.term_id = w.term_id)
    RETURNING term_id
), weighed AS (
    UPDATE search_terms t SET weight = w.weight FROM wanted w JOIN known k USING (number, term_id)
    WHERE k.weight <> w.weight AND t.number = k.number AND t.term_id = k.term_id
), steps AS (
    SELECT term_id, sum(step) AS documents
    FROM (SELECT term_id, -1 AS step FROM gone UNION ALL SELECT term_id, 1 FROM come) s
    GROUP BY term_id HAVING sum(step) <> 0
)
UPDATE search_vocabulary v SET documents = v.documents + s.documents FROM steps s WHERE v.id = s.term_id
""")


def index_products(product_ids: Collection[UUID]) -> None:
    """Let these products be found by what they say now, and no longer where they are not published."""
    said = (Product.number, Product.name, Product.maker, Product.description, Product.status)
    rows = session().execute(select(*said).where(among(Product.id, product_ids))).all()
    numbers, terms, weights = _postings(row for row in rows if row.status == ProductState.PUBLISHED)
    session().execute(LOCK)
    session().execute(LEARN, {"terms": _as_text(set(terms))})
    session().execute(
        FOLLOW,
        {
            "numbers": _as_text(numbers),
            "terms": _as_text(terms),
            "weights": _as_text(map("{:.6f}".format, weights)),
            "all_numbers": [row.number for row in rows],
        },
    )


def _as_text(values: Iterable[object]) -> str:
    """Some ten thousand values: as one text they are sent, and taken apart, many times faster than as an array."""
    return " ".join(map(str, values))


def _postings(rows: Iterable[Row[Any]]) -> tuple[list[int], list[str], list[float]]:
    """Which product, by which term, with which weight."""
    numbers: list[int] = []
    terms: list[str] = []
    weights: list[float] = []
    for row in rows:
        fields = {"name": row.name, "maker": row.maker or "", "description": row.description}
        found = {EVERYTHING: 0.0, **weights_of(fields)}
        numbers += [row.number] * len(found)
        terms += found
        weights += found.values()
    return numbers, terms, weights
