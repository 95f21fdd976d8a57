"""What can be asked about items?"""

from collections.abc import Collection, Iterator
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, exists, func, select, text

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.catalogue.queries import products
from marketplace.sellers.items.models import Basis, ItemOffer, ItemSuggestion

# Items follow the products a moment later; what is older than this was forgotten.
LAG = timedelta(hours=2)
# Of one item so many offers are shown.
SHOWN = 100

ELSEWHERE = text("SELECT product_id, suppliers FROM doors.offered_elsewhere(:product_ids)")
WRONG_ITEMS = text("""
SELECT 'an offer without item: ' || o.product_id FROM item_offers o WHERE o.item_id IS NULL
UNION ALL
SELECT 'an offer under a joined item: ' || o.product_id
FROM item_offers o JOIN items i ON i.id = o.item_id WHERE i.joined_to_id IS NOT NULL
UNION ALL
SELECT 'an item joined to a joined one: ' || i.key
FROM items i JOIN items j ON j.id = i.joined_to_id WHERE j.joined_to_id IS NOT NULL
UNION ALL
SELECT 'parted, and still together: ' || x.product_id
FROM item_partings x JOIN item_offers a ON a.product_id = x.product_id
JOIN item_offers b ON b.product_id = x.from_product_id AND b.item_id = a.item_id
UNION ALL
SELECT 'an offer that is not published: ' || o.product_id
FROM item_offers o JOIN products p ON p.id = o.product_id
WHERE p.status <> 'published' AND p.changed_at < :long_ago
UNION ALL
SELECT 'a published product without item: ' || p.id
FROM products p WHERE p.status = 'published' AND p.changed_at < :long_ago
    AND NOT EXISTS (SELECT FROM item_offers o WHERE o.product_id = p.id)
""")


def suppliers_elsewhere(product_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many other suppliers offer each of these that the actor may see; what nobody else offers is left out."""
    rows = session().execute(ELSEWHERE, {"product_ids": list(product_ids)})
    return {row.product_id: row.suppliers for row in rows}


def questions(*, is_decided: bool, bases: Collection[Basis] = tuple(Basis)) -> Select[ItemSuggestion]:
    """What a person is asked, or has been, for one of these reasons; as the platform, to be paged."""
    answer = ItemSuggestion.is_same
    return select(ItemSuggestion).where(
        answer.is_not(None) if is_decided else answer.is_(None), ItemSuggestion.basis.in_(bases)
    )


def question(suggestion_id: UUID) -> ItemSuggestion:
    """That question, as the platform. Raises NotFound."""
    return fetch(ItemSuggestion, suggestion_id)


def open_questions_by_basis() -> dict[str, int]:
    """How many are still to be decided, by their reason, as the platform."""
    counted = select(ItemSuggestion.basis, func.count()).where(ItemSuggestion.is_same.is_(None))
    return {row[0]: row[1] for row in session().execute(counted.group_by(ItemSuggestion.basis))}


def products_asked_about(rows: Collection[ItemSuggestion]) -> dict[UUID, Product]:
    """The products that stand for the items of these questions, by id, in one statement."""
    return products({product_id for row in rows for product_id in (row.product_id, row.other_product_id)})


def offers_beside(product_id: UUID) -> list[Product]:
    """The offers that everybody may see under the item of that one, itself first; as the platform. Raises NotFound."""
    item = select(ItemOffer.item_id).where(ItemOffer.product_id == product_id).scalar_subquery()
    statement = (
        select(Product)
        .join(ItemOffer, ItemOffer.product_id == Product.id)
        .where(ItemOffer.item_id == item, ItemOffer.is_public)
        .order_by(Product.id != product_id, Product.id)
    )
    found = list(session().scalars(statement.limit(SHOWN)))
    if not found or found[0].id != product_id:
        raise NotFound(_l("There is nothing here that you may see."))
    return found


def offers_without_item(most: int) -> list[UUID]:
    """At most so many published products that stand under no item, the oldest first."""
    known = exists().where(ItemOffer.product_id == Product.id)
    statement = select(Product.id).where(Product.status == ProductState.PUBLISHED, ~known)
    return list(session().scalars(statement.order_by(Product.id).limit(most)))


def item_findings() -> Iterator[str]:
    """Offers and items that do not stand as they should, as the platform; for its own check."""
    long_ago = clock.now() - LAG
    yield from session().scalars(WRONG_ITEMS, {"long_ago": long_ago})
