"""What can be asked about catalogues?"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text

from marketplace.foundation.db import fetch, fetch_all, session
from marketplace.foundation.tasks import Task
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.columns import Reading
from marketplace.sellers.catalogue.models import CatalogueImport, CpvCode, ImportRejection, PriceTier, Product
from marketplace.sellers.catalogue.terms import (
    folded,
    keys_of,
    numbers_one_letter_away,
    one_letter_away,
    stem,
    terms_of,
    words_of,
)

# How many products a search looks at in the end; more than that are "more than a thousand".
DEPTH = 1000
# Where one price band ends and the next begins, in the buyer's currency.
BANDS = tuple(Decimal(limit) for limit in (10, 50, 200, 1000))
# What a guess counts, against what was typed; a term in so few products may be a mistyped one.
# A word has as many neighbours as it is long, each as long as itself: the cost grows with the square.
MOST_TYPED = 200
GUESS, DOUBTFUL, SHORTEST = 0.8, 2, 3

FIND = text(
    "SELECT doors.found_products(cast(:terms AS text[]), cast(:factors AS real[]), cast(:keys AS text[]),"
    " cast(:division AS text), cast(:seller_id AS uuid), :currency, cast(:price_from AS numeric),"
    " cast(:price_to AS numeric), :skipped, :wanted)"
)
MISCOUNTED_SHELVES = text("""
SELECT coalesce(s.organisation_id, p.organisation_id) || ' ' || coalesce(s.division, p.division)
FROM shelf_counts s
FULL JOIN (
    SELECT organisation_id, division, visible_to_id, count(*) AS products
    FROM products WHERE status = 'published' GROUP BY 1, 2, 3
) p ON p.organisation_id = s.organisation_id AND p.division = s.division
    AND p.visible_to_id IS NOT DISTINCT FROM s.visible_to_id
WHERE coalesce(s.products, 0) <> coalesce(p.products, 0)
""")
MISCOUNTED_TERMS = text("""
SELECT coalesce(v.term, t.term_id::text)
FROM search_vocabulary v
FULL JOIN (SELECT term_id, count(*) AS documents FROM search_terms GROUP BY 1) t ON t.term_id = v.id
WHERE coalesce(v.documents, 0) <> coalesce(t.documents, 0)
""")
KNOWN = text("SELECT term, documents FROM doors.known_terms(:terms)")


def product(product_id: UUID) -> Product:
    """That product, where this actor may see it. Raises NotFound."""
    return fetch(Product, product_id)


def products(product_ids: Collection[UUID]) -> dict[UUID, Product]:
    """Those of them that this actor may see, by id, in one statement."""
    return fetch_all(Product, product_ids)


def tiers(product_ids: Collection[UUID]) -> dict[UUID, list[PriceTier]]:
    """Their price tiers by product, each from the smallest quantity up, in one statement."""
    found: dict[UUID, list[PriceTier]] = defaultdict(list)
    statement = (
        select(PriceTier).where(PriceTier.product_id.in_(product_ids)).order_by(PriceTier.from_quantity)
    )
    for tier in session().scalars(statement):
        found[tier.product_id].append(tier)
    return found


def own_products(wanted: str = "", state: str = "") -> Select[Product]:
    """The actor's own products, to be paged: in that state, with that in the article number or name."""
    statement = select(Product).where(Product.organisation_id == current_actor().organisation)
    if state:
        statement = statement.where(Product.status == state)
    if wanted:
        columns = (Product.sku, Product.name, Product.gtin)
        statement = statement.where(or_(*(column.icontains(wanted, autoescape=True) for column in columns)))
    return statement


def own_counts() -> dict[str, int]:
    """How many of the actor's own products are in each state."""
    mine = select(Product.status, func.count()).where(Product.organisation_id == current_actor().organisation)
    return {row[0]: row[1] for row in session().execute(mine.group_by(Product.status))}


def catalogue_import(import_id: UUID) -> CatalogueImport:
    """That import of the actor's organisation. Raises NotFound."""
    return fetch(CatalogueImport, import_id)


def catalogue_imports() -> Select[CatalogueImport]:
    """The imports of the actor's organisation, to be paged."""
    return select(CatalogueImport).where(CatalogueImport.organisation_id == current_actor().organisation)


def import_task(work: CatalogueImport) -> Task | None:
    """How far a worker has come with it; None while it is not started, or where no worker was asked."""
    return session().get(Task, work.task_id) if work.task_id else None


def last_reading(titles: Sequence[str]) -> Reading | None:
    """How the actor's organisation read its last file with these columns; None for new ones."""
    alike = catalogue_imports().where(
        CatalogueImport.titles == list(titles), CatalogueImport.finished_at.is_not(None)
    )
    last = session().scalars(alike.order_by(CatalogueImport.id.desc()).limit(1)).first()
    return Reading(**last.reading) if last else None


def rejections(import_id: UUID, *, limit: int | None = None) -> list[ImportRejection]:
    """Why rows of a file did not land, in the order of the file."""
    statement = select(ImportRejection).where(ImportRejection.import_id == import_id)
    return list(session().scalars(statement.order_by(ImportRejection.line, ImportRejection.id).limit(limit)))


def divisions() -> list[CpvCode]:
    """The 45 divisions of the CPV, in the order of their codes."""
    return list(
        session().scalars(select(CpvCode).where(CpvCode.parent_code.is_(None)).order_by(CpvCode.code))
    )


def categories(codes: Collection[str]) -> dict[str, CpvCode]:
    """The categories by code, as far as we know them (always their divisions), in one statement."""
    wanted = {*codes, *(f"{code[:2]}000000" for code in codes)}
    return {row.code: row for row in session().scalars(select(CpvCode).where(CpvCode.code.in_(wanted)))}


def unlisted_categories(codes: Collection[str]) -> set[str]:
    """Those of the codes that are none of the list; where it has the divisions alone, those of no division."""
    wanted = {*codes, *(f"{code[:2]}000000" for code in codes)}
    is_finer, known = CpvCode.parent_code.is_not(None), CpvCode.code.in_(wanted)
    is_whole = bool(session().scalar(select(select(CpvCode.id).where(is_finer).exists())))
    listed = set(session().scalars(select(CpvCode.code).where(known)))
    return {code for code in codes if (code if is_whole else f"{code[:2]}000000") not in listed}


def category_path(code: str) -> list[CpvCode]:
    """The category and those above it, the widest first, as far as they are known; in one statement."""
    wider = {code[:digits].ljust(8, "0") for digits in range(2, 9)}
    return list(session().scalars(select(CpvCode).where(CpvCode.code.in_(wider)).order_by(CpvCode.code)))


def categories_below(code: str | None) -> list[CpvCode]:
    """The next finer categories of one; the divisions where it is None."""
    return list(session().scalars(select(CpvCode).where(CpvCode.parent_code == code).order_by(CpvCode.code)))


def categories_named(typed: str, *, limit: int = 50) -> list[CpvCode]:
    """The categories whose code begins with what was typed, or whose name in either language has all its words."""
    statement = select(CpvCode).order_by(CpvCode.code).limit(limit)
    if typed[:8].isdecimal():
        return list(session().scalars(statement.where(CpvCode.code.startswith(typed[:8], autoescape=True))))
    lower = func.replace(func.lower(CpvCode.label_en + " " + CpvCode.label_fr), "œ", "oe")
    names = func.regexp_replace(func.normalize(lower, text("NFD")), "[\u0300-\u036f]", "", "g")
    for word in folded(typed).split():
        statement = statement.where(names.contains(word, autoescape=True))
    return list(session().scalars(statement))


def shelf_findings() -> list[str]:
    """Shelves whose count is not that of their published products, as the platform; for its own check."""
    return list(session().scalars(MISCOUNTED_SHELVES))


def index_findings() -> list[str]:
    """Terms of the search index whose count is not that of their products, as the platform; for its own check."""
    return list(session().scalars(MISCOUNTED_TERMS))


@dataclass(frozen=True)
class Shelf:
    """What a search or a list is narrowed to; a price band is counted from 0, in `currency`."""

    division: str | None = None
    seller_id: UUID | None = None
    band: int | None = None
    currency: str = "EUR"

    @property
    def price_from(self) -> Decimal | None:
        """The lowest price of the band, inclusive."""
        return BANDS[self.band - 1] if self.band else None

    @property
    def price_to(self) -> Decimal | None:
        """The end of the band, exclusive."""
        return BANDS[self.band] if self.band is not None and self.band < len(BANDS) else None


@dataclass(frozen=True)
class Found:
    """One page of what was found, best first, and how all of it is spread; `total` is at most DEPTH, `sellers` 12.

    `doubted`: typed words that hardly any product has, beside which words one letter away were searched for.
    """

    product_ids: list[UUID]
    total: int
    divisions: dict[str, int]
    sellers: dict[UUID, int]
    bands: dict[int, int]
    doubted: tuple[str, ...] = ()


def search(typed: str, shelf: Shelf, *, skipped: int = 0, wanted: int = 30) -> Found:
    """The products that this actor may see and that best answer `typed`, whatever of it they answer.

    One statement; a second and third where a term is in hardly any product, and its neighbours by one letter are.
    What is typed beyond MOST_TYPED characters counts for nothing.
    """
    typed = typed[:MOST_TYPED]
    keys, factors = keys_of(typed), dict.fromkeys(terms_of(typed), 1.0)
    answer = _found(factors, keys, shelf, skipped, wanted)
    if answer["keyed"]:
        return _as_found(answer)
    guesses, near_keys = _guesses(factors, answer["documents"] or {}), numbers_one_letter_away(typed)
    if not guesses and not near_keys:
        return _as_found(answer)
    widened = {term: GUESS for near in guesses.values() for term in near} | factors
    doubted = tuple(word for word in words_of(typed) if stem(word) in guesses)
    return _as_found(_found(widened, [*keys, *near_keys], shelf, skipped, wanted), doubted)


def shelves(shelf: Shelf) -> Found:
    """How the published products that this actor may see are spread, without looking at a single one."""
    statement = text("SELECT doors.shelves(:division, cast(:seller_id AS uuid))")
    arguments = {"division": shelf.division, "seller_id": shelf.seller_id}
    return _as_found({"ids": [], "prices": {}, **session().execute(statement, arguments).scalar_one()})


def _found(
    factors: Mapping[str, float], keys: list[str], shelf: Shelf, skipped: int, wanted: int
) -> dict[str, Any]:
    arguments = {
        "terms": list(factors),
        "factors": list(factors.values()),
        "keys": keys,
        "division": shelf.division,
        "seller_id": shelf.seller_id,
        "currency": shelf.currency,
        "price_from": shelf.price_from,
        "price_to": shelf.price_to,
        "skipped": skipped,
        "wanted": wanted,
    }
    return dict(session().execute(FIND, arguments).scalar_one())


def _guesses(factors: Mapping[str, float], documents: Mapping[str, int]) -> dict[str, list[str]]:
    """For each term that hardly any product has, up to three much commoner ones that are one letter away."""
    doubtful = {
        term: one_letter_away(term)
        for term in factors
        if len(term) >= SHORTEST and term.isalpha() and documents.get(term, 0) <= DOUBTFUL
    }
    if not doubtful:
        return {}
    rows = session().execute(KNOWN, {"terms": list(set().union(*doubtful.values()))})
    known: dict[str, int] = {row.term: row.documents for row in rows}
    commoner = {
        term: sorted(
            (word for word in near & known.keys() if known[word] > 10 * documents.get(term, 0)),
            key=lambda word: -known[word],
        )[:3]
        for term, near in doubtful.items()
    }
    return {term: near for term, near in commoner.items() if near}


def _as_found(answer: Mapping[str, Any], doubted: tuple[str, ...] = ()) -> Found:
    return Found(
        product_ids=[UUID(identity) for identity in answer["ids"] or ()],
        total=answer["total"],
        divisions=dict(answer["divisions"] or {}),
        sellers={UUID(identity): count for identity, count in (answer["sellers"] or {}).items()},
        bands={int(band): count for band, count in (answer["prices"] or {}).items()},
        doubted=doubted,
    )
