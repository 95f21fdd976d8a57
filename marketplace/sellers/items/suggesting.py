"""Which offers of different items look alike, so that a person is asked whether they are of one thing?

As the platform, among the offers that everybody may see, some at a time. Those that share an offer's rarest words are
looked at, as the search would; the titles decide. What somebody has decided is never asked again.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.sellers.items.likeness import ASKED_FROM, likeness, rarities
from marketplace.sellers.items.linking import LOCK, NOT_PARTED
from marketplace.sellers.search.indexing import EVERYTHING
from marketplace.sellers.search.terms import terms_of

# Of an offer so many of its rarest words are looked at, if no more offers have them; so many offers that share most of
# them; and so many questions come of it.
WORDS, COMMON, LOOKED_AT, QUESTIONS = 6, 300, 8, 3

TAKE = text("""
SELECT o.product_id FROM item_offers o
WHERE NOT o.is_compared AND o.is_public AND EXISTS (
    SELECT FROM products p JOIN search_terms t ON t.number = p.number WHERE p.id = o.product_id
)
ORDER BY o.product_id LIMIT :most
""")
NEAR = text("""
WITH taken AS MATERIALIZED (
    SELECT o.product_id, o.item_id, o.gtin, o.maker, p.number, p.name, p.organisation_id
    FROM item_offers o JOIN products p ON p.id = o.product_id WHERE o.product_id = ANY (:product_ids)
), rare AS MATERIALIZED (
    SELECT t.number, w.term_id, w.rarity FROM taken t CROSS JOIN LATERAL (
        SELECT s.term_id, 1 / ln(1 + v.documents) AS rarity
        FROM search_terms s JOIN search_vocabulary v ON v.id = s.term_id
        WHERE s.number = t.number AND v.documents BETWEEN 2 AND :common ORDER BY v.documents, v.id LIMIT :words
    ) w
), sharing AS MATERIALIZED (
    SELECT r.number, s.number AS other, sum(r.rarity) AS shared
    FROM rare r JOIN search_terms s ON s.term_id = r.term_id AND s.number <> r.number GROUP BY 1, 2
)
SELECT t.product_id, t.item_id, t.name, n.product_id AS other_product_id, n.item_id AS other_item_id,
    n.name AS other_name
FROM taken t CROSS JOIN LATERAL (
    SELECT o.product_id, o.item_id, p.name
    FROM sharing s JOIN products p ON p.number = s.other JOIN item_offers o ON o.product_id = p.id
    WHERE s.number = t.number AND o.is_public AND o.item_id <> t.item_id
        AND p.organisation_id <> t.organisation_id
        AND NOT coalesce(o.gtin <> t.gtin, false) AND NOT coalesce(o.maker <> t.maker, false)
    ORDER BY s.shared DESC, s.other LIMIT :looked_at
) n
""")
KNOWN = text("SELECT term, documents FROM search_vocabulary WHERE term = ANY (:terms)")
ASK = text(f"""
INSERT INTO item_suggestions
    (id, item_id, other_item_id, product_id, other_product_id, basis, likeness, reason, found_at)
SELECT uuidv7(), least(p.first_id, p.item_id), greatest(p.first_id, p.item_id),
    CASE WHEN p.first_id < p.item_id THEN p.first_product_id ELSE p.product_id END,
    CASE WHEN p.first_id < p.item_id THEN p.product_id ELSE p.first_product_id END,
    'alike', p.likeness, '', :now
FROM unnest(
    cast(:first_ids AS uuid[]), cast(:first_product_ids AS uuid[]), cast(:ids AS uuid[]),
    cast(:product_ids AS uuid[]), cast(:likenesses AS numeric[])
) p (first_id, first_product_id, item_id, product_id, likeness)
WHERE {NOT_PARTED}
ON CONFLICT (item_id, other_item_id) DO NOTHING
""")
DONE = text("UPDATE item_offers SET is_compared = true WHERE product_id = ANY (:product_ids)")


def suggest_alike(most: int) -> int:
    """Look for what looks like the next so many offers, and ask about it; returns how many were looked at."""
    session().execute(LOCK)
    taken = list(session().scalars(TAKE, {"most": most}))
    if taken:
        _ask(_likely(_near(taken)))
        session().execute(DONE, {"product_ids": taken})
    return len(taken)


Pair = Row[Any]


def _near(product_ids: Sequence[UUID]) -> Sequence[Pair]:
    limits = {"common": COMMON, "words": WORDS, "looked_at": LOOKED_AT}
    return session().execute(NEAR, {"product_ids": product_ids, **limits}).all()


def _likely(pairs: Sequence[Pair]) -> list[tuple[Pair, float]]:
    """The pairs whose titles are alike enough, for each offer the most alike, by their likeness."""
    terms = {term for pair in pairs for name in (pair.name, pair.other_name) for term in terms_of(name)}
    known = session().execute(KNOWN, {"terms": [*terms, EVERYTHING]})
    documents = {row.term: row.documents for row in known}
    rarity = rarities(documents, terms, documents.get(EVERYTHING, 0))
    measured = [(pair, likeness(pair.name, pair.other_name, rarity)) for pair in pairs]
    found: dict[UUID, list[tuple[Pair, float]]] = {}
    for pair, alike in sorted(measured, key=lambda one: -one[1]):
        best = found.setdefault(pair.product_id, [])
        if alike >= ASKED_FROM and len(best) < QUESTIONS:
            best.append((pair, alike))
    return [one for best in found.values() for one in best]


def _ask(likely: Sequence[tuple[Pair, float]]) -> None:
    columns = {
        "first_ids": [pair.item_id for pair, _ in likely],
        "first_product_ids": [pair.product_id for pair, _ in likely],
        "ids": [pair.other_item_id for pair, _ in likely],
        "product_ids": [pair.other_product_id for pair, _ in likely],
        "likenesses": [round(alike, 4) for _, alike in likely],
    }
    session().execute(ASK, {**columns, "now": clock.now()})
