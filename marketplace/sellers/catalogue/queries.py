"""What can be asked about catalogues?"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, fetch_all, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.letters import folded
from marketplace.foundation.tasks import Task
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.validity import DAY
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.catalogue.columns import Reading
from marketplace.sellers.catalogue.models import (
    CatalogueImport,
    CpvCode,
    ImportRejection,
    PriceTier,
    Product,
    ProductReview,
)
from marketplace.sellers.customers.queries import customer_group

MISCOUNTED_SHELVES = text("""
SELECT coalesce(s.organisation_id, p.organisation_id) || ' ' || coalesce(s.code, p.code)
FROM shelf_counts s
FULL JOIN (
    SELECT p.organisation_id, shelf.code, p.circle_id, count(*) AS products
    FROM products p CROSS JOIN LATERAL (VALUES (p.division), (p.cpv_code)) shelf (code)
    WHERE p.status = 'published' AND p.is_current GROUP BY 1, 2, 3
) p ON p.organisation_id = s.organisation_id AND p.code = s.code
    AND p.circle_id IS NOT DISTINCT FROM s.circle_id
WHERE coalesce(s.products, 0) <> coalesce(p.products, 0)
""")
NOT_TURNED = text("""
SELECT p.id::text FROM products p
WHERE (p.starts_on IS NOT NULL OR p.ends_on IS NOT NULL OR NOT p.is_current)
    AND p.is_current <> (:today BETWEEN coalesce(p.starts_on, '-infinity') AND coalesce(p.ends_on, 'infinity'))
    AND p.is_current <> (:yesterday BETWEEN coalesce(p.starts_on, '-infinity') AND coalesce(p.ends_on, 'infinity'))
""")


def product(product_id: UUID) -> Product:
    """That product, where this actor may see it. Raises NotFound."""
    return fetch(Product, product_id)


def our_product(product_id: UUID) -> Product:
    """That product of the actor's organisation. Raises NotFound, also for one that only may be read."""
    found = product(product_id)
    if found.organisation_id != current_actor().organisation_id:
        raise NotFound(_l("There is nothing here that you may see."))
    return found


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


def refusals(product_ids: Collection[UUID]) -> dict[UUID, str]:
    """Why the operator refused what stands in them, by product, in one statement."""
    refused = select(ProductReview.product_id, ProductReview.reason).where(
        ProductReview.product_id.in_(product_ids), ProductReview.refused.is_not(None)
    )
    return {row.product_id: row.reason for row in session().execute(refused)}


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
    for word in folded(typed).split():
        statement = statement.where(CpvCode.words.contains(word, autoescape=True))
    return list(session().scalars(statement))


def audience(row: Product) -> str | None:
    """Who sees a product of one's own, in words; None for everybody."""
    if row.needs_agreement:
        return _("Buyers with an agreement with us")
    if row.group_id is not None:
        return _("Group: %(name)s", name=customer_group(row.group_id).name)
    return _("Only %(name)s", name=organisation(row.visible_to_id).name) if row.visible_to_id else None


def shelf_findings() -> list[str]:
    """Shelves whose count is not that of their published products, and offers whose day was missed; for its own check.

    As the platform. A day that has just begun may still be worked through.
    """
    days = {"today": clock.today(), "yesterday": clock.today() - DAY}
    return [*session().scalars(MISCOUNTED_SHELVES), *session().scalars(NOT_TURNED, days)]
