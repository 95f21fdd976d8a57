"""What can be asked about price lists?"""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, not_, or_, select, text

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tasks import Task
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.validity import Standing, tally
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.price_lists.models import PriceImport, PriceList, PriceListLine

IMPORTS_SHOWN = 10
CONTRADICTIONS = text("""
    SELECT a.id::text FROM price_list_lines a
    JOIN price_list_lines b ON b.list_id = a.list_id AND b.product_id = a.product_id AND b.id > a.id
        AND daterange(a.starts_on, a.ends_on + 1) && daterange(b.starts_on, b.ends_on + 1)
    UNION ALL
    SELECT n.id::text FROM price_list_lines n
    JOIN price_lists l ON l.id = n.list_id JOIN products p ON p.id = n.product_id
    WHERE (n.organisation_id, n.list_number, n.product_number) <> (p.organisation_id, l.number, p.number)
        OR n.organisation_id <> l.organisation_id OR n.price_currency <> l.currency
        OR NOT price_tiers_descend(n.price_amount, n.tiers)
""")


class UnknownArticle(Invalid):
    """No product of the actor's organisation has this article number."""


def price_list(list_id: UUID, *, lock: bool = False) -> PriceList:
    """That list of the actor's organisation. Raises NotFound."""
    return fetch(PriceList, list_id, lock=lock)


def price_line(line_id: UUID, *, lock: bool = False) -> PriceListLine:
    """That line of one of the actor's lists. Raises NotFound."""
    return fetch(PriceListLine, line_id, lock=lock)


def price_lists(standing: Standing | None = None) -> Select[PriceList]:
    """The lists of the actor's organisation, to be paged: all, or those that stand so today."""
    statement = select(PriceList).where(PriceList.organisation_id == current_actor().organisation)
    return statement.where(PriceList.stands(standing, clock.today())) if standing else statement


def list_counts() -> dict[str, int]:
    """How many lists stand how today."""
    return tally(PriceList, PriceList.organisation_id == current_actor().organisation)


def lines_of(list_id: UUID, standing: Standing, wanted: str = "") -> Select[PriceListLine]:
    """The lines of a list that stand so today, to be paged; with that in the article number or name."""
    statement = select(PriceListLine).where(
        PriceListLine.list_id == list_id, PriceListLine.stands(standing, clock.today())
    )
    if wanted:
        columns = (Product.sku, Product.name)
        found = or_(*(column.icontains(wanted, autoescape=True) for column in columns))
        statement = statement.join(Product, Product.id == PriceListLine.product_id).where(found)
    return statement


def line_counts(list_id: UUID) -> dict[str, int]:
    """How many lines of a list stand how today."""
    return tally(PriceListLine, PriceListLine.list_id == list_id)


def product_counts(list_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many products each of these lists prices today, in one statement."""
    statement = (
        select(PriceListLine.list_id, func.count())
        .where(PriceListLine.list_id.in_(list_ids), PriceListLine.stands(Standing.IN_FORCE, clock.today()))
        .group_by(PriceListLine.list_id)
    )
    return {row[0]: row[1] for row in session().execute(statement)}


def versions_of(list_id: UUID, product_id: UUID) -> Sequence[PriceListLine]:
    """All the prices that a list has ever said of a product, the latest first."""
    statement = select(PriceListLine).where(
        PriceListLine.list_id == list_id, PriceListLine.product_id == product_id
    )
    return (
        session().scalars(statement.order_by(PriceListLine.starts_on.desc(), PriceListLine.id.desc())).all()
    )


def lines_from(list_id: UUID, product_ids: Collection[UUID], day: date) -> Sequence[PriceListLine]:
    """The lines of these products that hold on `day` or later, the earliest first; locked."""
    statement = select(PriceListLine).where(
        PriceListLine.list_id == list_id,
        PriceListLine.product_id.in_(product_ids),
        not_(PriceListLine.stands(Standing.OVER, day)),
    )
    return session().scalars(statement.order_by(PriceListLine.starts_on).with_for_update()).all()


def own_article(sku: str) -> Product:
    """The actor's own product of that article number. Raises UnknownArticle."""
    statement = select(Product).where(
        Product.organisation_id == current_actor().organisation, Product.sku == sku
    )
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise UnknownArticle(_l("You sell no such product."), field="sku")
    return found


def price_findings() -> list[str]:
    """Prices that another one of the same day contradicts, or their own list or product; for the platform's check."""
    return list(session().scalars(CONTRADICTIONS))


def price_import(import_id: UUID) -> PriceImport:
    """That import of the actor's organisation. Raises NotFound."""
    return fetch(PriceImport, import_id)


def imports_of(list_id: UUID) -> Sequence[PriceImport]:
    """The newest files that were brought into a list."""
    statement = select(PriceImport).where(PriceImport.list_id == list_id)
    return session().scalars(statement.order_by(PriceImport.id.desc()).limit(IMPORTS_SHOWN)).all()


def import_task(work: PriceImport) -> Task | None:
    """How far a worker has come with it; None where no worker was asked."""
    return session().get(Task, work.task_id) if work.task_id else None
