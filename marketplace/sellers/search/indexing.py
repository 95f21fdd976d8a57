"""How does the search index follow the products?

As the platform, up to a thousand products at a time. What has not changed is not written again, so that a new price
costs no index. One writer at a time: the counts of common terms are rows that everybody would wait for.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Row, select, text

from marketplace.foundation.db import among, session
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.search.models import SearchTerm, SearchWord
from marketplace.sellers.search.terms import weights_of

# Every product that can be found has this term, so its documents are all of them.
EVERYTHING = ""
# Weights that differ by less are the same, and less than none is the weight of what is not there.
FINEST, ABSENT = 0.000001, -1.0

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('search index', 0))")
LEARN = text("""
INSERT INTO search_vocabulary (term, documents)
SELECT w.term, 0 FROM unnest(cast(:terms AS text[])) w (term)
WHERE NOT EXISTS (SELECT FROM search_vocabulary v WHERE v.term = w.term)
""")
FORGET = text("""
DELETE FROM search_terms t USING unnest(cast(:numbers AS integer[]), cast(:term_ids AS integer[])) g (number, term_id)
WHERE t.number = ANY (cast(:numbers AS integer[])) AND t.number = g.number AND t.term_id = g.term_id
""")
REMEMBER = text("""
INSERT INTO search_terms (number, term_id, weight)
SELECT * FROM unnest(cast(:numbers AS integer[]), cast(:term_ids AS integer[]), cast(:weights AS real[]))
""")
COUNT = text("""
UPDATE search_vocabulary v SET documents = v.documents + s.step
FROM unnest(cast(:term_ids AS integer[]), cast(:steps AS integer[])) s (term_id, step) WHERE v.id = s.term_id
""")


@dataclass
class Postings:
    """Which products, by number, have which terms, with which weights: three columns of the same length."""

    numbers: list[int] = field(default_factory=list)
    term_ids: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, number: int, weights: dict[int, float], chosen: Iterable[int]) -> None:
        """Those of a product's terms that are among the chosen."""
        found = {term_id: weights[term_id] for term_id in chosen if term_id in weights}
        self.numbers += [number] * len(found)
        self.term_ids += found
        self.weights += found.values()

    def sent(self) -> dict[str, str]:
        """As parameters of a statement."""
        return {name: _as_array(values) for name, values in vars(self).items()}


def index_products(product_ids: Collection[UUID]) -> None:
    """Let these products be found by what they say now, and no longer where they are not published."""
    said = (Product.number, Product.name, Product.maker, Product.description, Product.status)
    rows = session().execute(select(*said).where(among(Product.id, product_ids))).all()
    wanted = {row.number: _weights(row) for row in rows}
    session().execute(LOCK)
    ids, known = _learnt({term for weights in wanted.values() for term in weights}), _known(wanted)
    gone, come = Postings(), Postings()
    for number, weights in wanted.items():
        before, now = known[number], {ids[term]: weight for term, weight in weights.items()}
        changed = [
            term_id
            for term_id in now.keys() | before.keys()
            if abs(now.get(term_id, ABSENT) - before.get(term_id, ABSENT)) > FINEST
        ]
        gone.add(number, before, changed)
        come.add(number, now, changed)
    _write(gone, come)


def _weights(row: Row[int, str, str | None, str, ProductState]) -> dict[str, float]:
    """By which terms a product is found; none where it is not published."""
    if row.status != ProductState.PUBLISHED:
        return {}
    fields = {"name": row.name, "maker": row.maker or "", "description": row.description}
    return {EVERYTHING: 0.0, **weights_of(fields)}


def _learnt(terms: Collection[str]) -> dict[str, int]:
    """The id of each term, also of those that are new."""
    session().execute(LEARN, {"terms": list(terms)})
    found = session().execute(select(SearchWord.term, SearchWord.id).where(among(SearchWord.term, terms)))
    return {row.term: row.id for row in found}


def _known(numbers: Collection[int]) -> dict[int, dict[int, float]]:
    """The terms and weights by which these products are found at present."""
    columns = (SearchTerm.number, SearchTerm.term_id, SearchTerm.weight)
    known: dict[int, dict[int, float]] = defaultdict(dict)
    for number, term_id, weight in session().execute(
        select(*columns).where(among(SearchTerm.number, numbers))
    ):
        known[number][term_id] = weight
    return known


def _write(gone: Postings, come: Postings) -> None:
    """A term whose weight has changed goes and comes again; the counts of the terms follow."""
    session().execute(FORGET, gone.sent())
    session().execute(REMEMBER, come.sent())
    steps = Counter(come.term_ids)
    steps.subtract(gone.term_ids)
    moved = {term_id: step for term_id, step in steps.items() if step}
    session().execute(COUNT, {"term_ids": _as_array(moved), "steps": _as_array(moved.values())})


def _as_array(values: Iterable[object]) -> str:
    """Some ten thousand numbers: written as PostgreSQL writes an array, they are sent and read many times faster."""
    return f"{{{','.join(map(str, values))}}}"
