"""What can be asked about catalogues?"""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation.db import fetch, fetch_all, session
from marketplace.sellers.catalogue.models import PriceTier, Product


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
