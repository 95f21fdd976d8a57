"""What can a supplier do with its promotions?"""

from datetime import date
from decimal import Decimal
from uuid import UUID

from marketplace.events.sellers import PromotionEnded, PromotionPlanned
from marketplace.foundation.db import save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import announce
from marketplace.foundation.quantity import checked_quantity
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.validity import checked_term, end
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.price_lists.queries import own_article
from marketplace.sellers.promotions.models import Promotion
from marketplace.sellers.promotions.queries import promotion


def plan_promotion(
    *,
    title: str,
    starts_on: date,
    ends_on: date,
    sku: str | None = None,
    percentage: Decimal | None = None,
    price: Money | None = None,
    minimum_quantity: Decimal | None = None,
) -> Promotion:
    """Plan to ask less for some days: of one product, or (no SKU) of all that the actor's organisation sells.

    `percentage` is taken off the public price; `price` is per unit of the product. Raises Invalid, WrongQuantity.
    """
    checked_term(starts_on, ends_on)
    product = own_article(sku) if sku else None
    _check_reduction(product, percentage, price)
    if minimum_quantity is not None:
        checked_quantity(minimum_quantity, product.unit_code if product else "KGM", field="minimum_quantity")
    row = save(
        Promotion(
            organisation_id=current_actor().organisation,
            title=title,
            product_id=product.id if product else None,
            percentage=percentage,
            price=price,
            minimum_quantity=minimum_quantity,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    announce(PromotionPlanned(subject_id=row.id, organisation_id=row.organisation_id, title=title))
    return row


def end_promotion(*, promotion_id: UUID, ends_on: date) -> Promotion:
    """Let a promotion end before its time. Raises NotFound, Invalid for a day that is past."""
    row = promotion(promotion_id, lock=True)
    end(row, ends_on)
    session().flush()
    announce(
        PromotionEnded(
            subject_id=row.id, organisation_id=row.organisation_id, title=row.title, ends_on=ends_on
        )
    )
    return row


def _check_reduction(product: Product | None, percentage: Decimal | None, price: Money | None) -> None:
    if (percentage is None) == (price is None):
        raise Invalid(_l("Either a percentage or a price, please."), field="percentage")
    if percentage is not None and not (0 < percentage < 100 and percentage == round(percentage, 2)):
        raise Invalid(
            _l("More than 0 and less than 100 percent, with at most two decimals."), field="percentage"
        )
    if price is not None and product is None:
        raise Invalid(_l("A price needs the product that it is of."), field="sku")
    if price is not None and not (price.amount > 0 and price.amount == round(price.amount, 4)):
        raise Invalid(_l("More than zero, please, and at most four decimals."), field="price")
