"""How does a test let the operator decide about items?"""

from contextlib import AbstractContextManager
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.foundation.db import save, session
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.items.models import Basis, ItemOffer, ItemSuggestion
from tests.cast import Cast


def at_the_desk(market: Cast) -> AbstractContextManager[Session]:
    """A unit of work of the platform, in which somebody of the operator decides."""
    return unit_of_work(platform("tests", person=market.mira.actor("operator")))


def a_suggestion(one: UUID, other: UUID) -> UUID:
    """The question whether these two offers are of one thing, as it was asked or is asked now."""
    found = [session().get_one(ItemOffer, each, populate_existing=True) for each in (one, other)]
    first, second = sorted(found, key=lambda offer: offer.item_id or one)
    pair = (ItemSuggestion.item_id == first.item_id, ItemSuggestion.other_item_id == second.item_id)
    asked = session().scalar(select(ItemSuggestion.id).where(*pair))
    return (
        asked
        or save(
            ItemSuggestion(
                item_id=first.item_id,
                other_item_id=second.item_id,
                product_id=first.product_id,
                other_product_id=second.product_id,
                basis=Basis.ALIKE,
            )
        ).id
    )
