"""How does a test let the operator look at products first?"""

from uuid import UUID

from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.moderation.actions import let_through, refuse, switch_moderation
from marketplace.sellers.moderation.queries import contents_of, fingerprint
from tests.cast import Cast, Party
from tests.factories.items import at_the_desk


def look_at(market: Cast, party: Party | None, *, is_on: bool | None = True) -> None:
    """Let the products of one supplier, or of all, be looked at first, or not any more."""
    with at_the_desk(market):
        switch_moderation(supplier_id=party.id if party else None, is_on=is_on)


def let(market: Cast, *product_ids: UUID) -> list[UUID]:
    """Let products through as they are; those that buyers see now."""
    with at_the_desk(market):
        seen = {one: fingerprint(content) for one, content in contents_of(product_ids).items()}
        return [row.id for row in let_through(seen=seen)]


def refused(market: Cast, product_id: UUID, reason: str = "A weapon") -> None:
    """Refuse a product as it is."""
    with at_the_desk(market):
        refuse(product_id=product_id, seen=fingerprint(contents_of([product_id])[product_id]), reason=reason)


def state_of(market: Cast, product_id: UUID) -> str:
    """In which state it is."""
    with market.platform() as work:
        return str(work.get_one(Product, product_id).status)
