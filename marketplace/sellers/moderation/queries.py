"""What can be asked about what waits to be looked at? As the platform, for nobody else decides."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select, text

from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import StoredFile
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Content, Product, ProductReview
from marketplace.sellers.moderation.models import Moderation

CONTENTS = text("SELECT p.id, product_content(p) AS content FROM products p WHERE p.id = ANY (:product_ids)")
# The rule that holds for the supplier of the row `p`: its own, else that of all.
RULE = """LATERAL (
    SELECT m.is_on, m.from_number FROM moderations m
    WHERE m.organisation_id = p.organisation_id OR m.organisation_id IS NULL
    ORDER BY m.organisation_id NULLS LAST LIMIT 1
) rule"""
WRONG_STATES = text(f"""
SELECT 'shown as it was not let through: ' || p.id
FROM product_reviews r JOIN products p ON p.id = r.product_id JOIN {RULE} ON rule.is_on
WHERE p.status = 'published' AND r.let_through IS DISTINCT FROM product_content(p)
UNION ALL
SELECT 'shown, and nobody has looked at it: ' || p.id
FROM products p JOIN {RULE} ON rule.is_on AND p.number >= rule.from_number
WHERE p.status = 'published' AND NOT EXISTS (SELECT FROM product_reviews r WHERE r.product_id = p.id)
UNION ALL
SELECT 'held or refused, though nobody looks at its supplier: ' || p.id
FROM products p WHERE p.status IN ('held', 'refused') AND NOT is_moderated(p.organisation_id)
UNION ALL
SELECT 'held, and not in the queue: ' || p.id
FROM products p WHERE p.status = 'held'
    AND NOT EXISTS (SELECT FROM product_reviews r WHERE r.product_id = p.id AND r.held_at IS NOT NULL)
""")


class Looked(NamedTuple):
    """A product as it stands, its review, and what a buyer would judge it by."""

    product: Product
    review: ProductReview
    content: Content

    @property
    def seen(self) -> str:
        """What stands for this content on a page: whoever decides, decides about what that page showed."""
        return fingerprint(self.content)


def fingerprint(content: Content) -> str:
    """The SHA-256 of a content, in hexadecimal digits."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def reviews(state: ProductState, supplier_id: UUID | None = None) -> Select[ProductReview]:
    """The reviews of the products that are held, or refused, of one supplier or all; to be paged."""
    statement = (
        select(ProductReview)
        .join(Product, Product.id == ProductReview.product_id)
        .where(Product.status == state)
    )
    return statement if supplier_id is None else statement.where(ProductReview.organisation_id == supplier_id)


def looked_at(rows: Sequence[ProductReview]) -> list[Looked]:
    """The same in their order, each with its product as it stands, in two statements."""
    ids = [row.product_id for row in rows]
    contents = contents_of(ids)
    found = session().scalars(select(Product).where(Product.id.in_(ids)))
    products = {row.id: row for row in found}
    return [Looked(products[row.product_id], row, contents[row.product_id]) for row in rows]


def looked_at_product(product_id: UUID) -> Looked:
    """One product that was ever held. Raises NotFound."""
    review = session().scalars(select(ProductReview).where(ProductReview.product_id == product_id)).first()
    if review is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return Looked(fetch(Product, product_id), review, contents_of([product_id])[product_id])


def contents_of(product_ids: Collection[UUID]) -> dict[UUID, Content]:
    """What a buyer judges these products by, in one statement."""
    rows = session().execute(CONTENTS, {"product_ids": list(product_ids)})
    return {row.id: row.content for row in rows}


def picture_in(content: Content, supplier_id: UUID) -> StoredFile:
    """The picture of a content that one of that supplier's products has or had. Raises NotFound."""
    filed = select(StoredFile).where(
        StoredFile.owner_id == supplier_id, StoredFile.sha256 == content.get("picture")
    )
    found = session().scalars(filed.limit(1)).first()
    if found is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return found


def products_for_update(product_ids: Collection[UUID]) -> dict[UUID, Product]:
    """Those of them that wait or are refused, held until the transaction ends, by id."""
    wanted = (ProductState.HELD, ProductState.REFUSED)
    statement = (
        select(Product)
        .where(Product.id.in_(product_ids))
        .order_by(Product.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in session().scalars(statement) if row.status in wanted}


def counts_by_supplier(state: ProductState) -> dict[UUID, int]:
    """How many products are in that state, by supplier; suppliers without any are left out."""
    counted = select(Product.organisation_id, func.count()).where(Product.status == state)
    return {row[0]: row[1] for row in session().execute(counted.group_by(Product.organisation_id))}


def rules() -> list[Moderation]:
    """Whose products are looked at first: the rule of all, where there is one, then those of single suppliers."""
    return list(session().scalars(select(Moderation).order_by(Moderation.organisation_id.nulls_first())))


def moderation_findings() -> Iterator[str]:
    """Products that buyers see as nobody let them through, or that nobody would look at; for its own check."""
    yield from session().scalars(WRONG_STATES)
