"""What may somebody be looking for who is still typing?"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text

from marketplace.buyers.shopping.finding import answer_to
from marketplace.buyers.shopping.questions import Question
from marketplace.foundation.db import session
from marketplace.foundation.letters import folded
from marketplace.sellers.catalogue.models import CpvCode, Product
from marketplace.sellers.catalogue.queries import categories
from marketplace.sellers.search.numbers import SHORTEST, key_of
from marketplace.sellers.search.queries import Meaning, Term, terms_beginning
from marketplace.sellers.search.terms import stem, words_of

# So much must have been typed; so many products are offered, and so many words are tried for the one not yet ended.
FEWEST_LETTERS, SHOWN, ENDINGS = 2, 6, 12
# How much less than the one before each of these words counts, the commonest first.
LESS = 0.7

BEGUN = text("SELECT doors.products_begun(:head, :most)")
NAMED = text("SELECT doors.places_named(:head)")


@dataclass(frozen=True)
class Offered:
    """A product by its name and article number."""

    id: UUID
    name: str
    sku: str


@dataclass(frozen=True)
class Suggestions:
    """Products, categories and suppliers that this actor may see and that fit what has been typed so far."""

    products: list[Offered]
    categories: list[CpvCode]
    suppliers: list[tuple[UUID, str]]


def suggestions(typed: str) -> Suggestions:
    """What begins as it was typed: numbers first, then names that have the words and one that begins like the last.

    A fixed number of statements, however many products answer; none for less than two letters.
    """
    words = words_of(typed)
    if sum(map(len, words)) < FEWEST_LETTERS:
        return Suggestions([], [], [])
    ids = list(dict.fromkeys([*_numbered(typed), *_named(words)]))[:SHOWN]
    places = session().execute(NAMED, {"head": folded(typed)}).scalar_one()
    known = categories(places["categories"])
    return Suggestions(
        _offered(ids),
        [known[code] for code in places["categories"] if code in known],
        [(UUID(identity), name) for identity, name in places["suppliers"]],
    )


def _numbered(typed: str) -> list[UUID]:
    head = key_of(typed)
    if len(head) < SHORTEST // 2:
        return []
    return list(session().scalars(BEGUN, {"head": head, "most": SHOWN}))


def _named(words: list[str]) -> list[UUID]:
    *ended, begun = words
    terms = [Term(stem(word)) for word in ended]
    likely = dict.fromkeys([begun, stem(begun), *terms_beginning([begun], most=ENDINGS)])
    terms += [Term(term, LESS**place) for place, term in enumerate(likely)]
    return answer_to(Question(), Meaning(terms, [], {}), wanted=SHOWN).product_ids


def _offered(ids: list[UUID]) -> list[Offered]:
    rows = session().execute(select(Product.id, Product.name, Product.sku).where(Product.id.in_(ids)))
    known = {row.id: Offered(row.id, row.name, row.sku) for row in rows}
    return [known[identity] for identity in ids if identity in known]
