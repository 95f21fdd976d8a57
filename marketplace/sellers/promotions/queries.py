"""What can be asked about promotions?"""

from uuid import UUID

from sqlalchemy import Select, select

from marketplace.foundation import clock
from marketplace.foundation.db import fetch
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.validity import Standing, tally
from marketplace.sellers.promotions.models import Promotion


def promotion(promotion_id: UUID, *, lock: bool = False) -> Promotion:
    """That promotion of the actor's organisation. Raises NotFound."""
    return fetch(Promotion, promotion_id, lock=lock)


def promotions(standing: Standing | None = None) -> Select[Promotion]:
    """The promotions of the actor's organisation, to be paged: all, or those that stand so today."""
    statement = select(Promotion).where(Promotion.organisation_id == current_actor().organisation)
    return statement.where(Promotion.stands(standing, clock.today())) if standing else statement


def promotion_counts() -> dict[str, int]:
    """How many promotions stand how today."""
    return tally(Promotion, Promotion.organisation_id == current_actor().organisation)
