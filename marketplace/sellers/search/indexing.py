"""How does the search index follow the products?

As the platform, a few statements for up to a thousand products. What has not changed is not written again, so that a
new price costs no index. One writer at a time: the counts of common terms are rows that everybody would wait for.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import Row, select, text

from marketplace.foundation.db import session
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
), gone AS (
    DELETE FROM search_terms t
    WHERE t.number = ANY (:all_numbers)
        AND NOT EXISTS (SELECT FROM wanted w WHERE w.number = t.number AND w.term_id = t.term_id)
    RETURNING t.term_id
), come AS (
    INSERT INTO search_terms (number, term_id, weight) SELECT number, term_id, weight FROM wanted
    ON CONFLICT (number, term_id) DO UPDATE SET weight = excluded.weight
    WHERE search_terms.weight <> excluded.weight
    RETURNING search_terms.term_id, old.term_id IS NULL AS is_new
), steps AS (
    SELECT term_id, sum(step) AS documents
    FROM (SELECT term_id, -1 AS step FROM gone UNION ALL SELECT term_id, 1 FROM come WHERE is_new) s
    GROUP BY term_id HAVING sum(step) <> 0
)
UPDATE search_vocabulary v SET documents = v.documents + s.documents FROM steps s WHERE v.id = s.term_id
""")


def index_products(product_ids: Collection[UUID]) -> None:
    """Let these products be found by what they say now, and no longer where they are not published."""
    said = (Product.number, Product.name, Product.maker, Product.description, Product.status)
    rows = session().execute(select(*said).where(Product.id.in_(product_ids))).all()
    postings = list(_postings(rows))
    known = {term for _, term, _ in postings}
    session().execute(LOCK)
    session().execute(LEARN, {"terms": _as_text(known)})
    numbers, terms, weights = map(_as_text, zip(*postings, strict=True)) if postings else (None, None, None)
    session().execute(
        FOLLOW,
        {
            "numbers": numbers,
            "terms": terms,
            "weights": weights,
            "all_numbers": [row.number for row in rows],
        },
    )


def _as_text(values: Collection[object]) -> str | None:
    """Some ten thousand values: as one text they are sent, and taken apart, many times faster than as an array."""
    return " ".join(map(str, values)) if values else None


def _postings(
    rows: Iterable[Row[int, str, str | None, str, ProductState]],
) -> Iterable[tuple[int, str, float]]:
    for number, name, maker, description, status in rows:
        if status == ProductState.PUBLISHED:
            yield number, EVERYTHING, 0.0
            fields = {"name": name, "maker": maker or "", "description": description}
            for term, weight in weights_of(fields).items():
                yield number, term, round(weight, 6)
