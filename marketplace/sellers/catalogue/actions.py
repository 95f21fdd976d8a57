"""What can a supplier do with its catalogue?"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from stdnum import ean
from stdnum.exceptions import ValidationError

from marketplace.events.sellers import ProductsChanged
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import announce
from marketplace.foundation.quantity import unit
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.lifecycle import PRODUCT, ProductState
from marketplace.sellers.catalogue.models import PriceTier, Product

explain(
    "uq_products_organisation_id_sku", _l("Another product already has this article number."), field="sku"
)


def create_product(
    *, sku: str, name: str, cpv_code: str, unit_code: str, price: Money, **others: Any
) -> Product:
    """Write a new product of the actor's organisation, as a draft. Raises Invalid, or IntegrityError (SKU).

    `others` are further attributes of Product: description, gtin, maker, maker_part_number, pack_size,
    minimum_quantity, step_quantity, lead_time_days, is_stocked, visible_to_id.
    """
    values = checked(
        {"sku": sku, "name": name, "cpv_code": cpv_code, "unit_code": unit_code, "price": price, **others}
    )
    row = save(Product(organisation_id=current_actor().organisation, **values))
    announce_changes([row.id])
    return row


def change_product(*, product_id: UUID, **values: Any) -> Product:
    """Write new values into a product of one's own. Raises NotFound, Invalid."""
    row = own_product(product_id)
    for name, value in checked(values).items():
        setattr(row, name, value)
    session().flush()
    announce_changes([row.id])
    return row


def publish_product(*, product_id: UUID) -> Product:
    """Let buyers find it. Raises NotFound, WrongState."""
    return move_products(product_ids=[product_id], target=ProductState.PUBLISHED)[0]


def withdraw_product(*, product_id: UUID) -> Product:
    """Let nobody order it any more. Raises NotFound, WrongState."""
    return move_products(product_ids=[product_id], target=ProductState.WITHDRAWN)[0]


def move_products(*, product_ids: Sequence[UUID], target: ProductState) -> list[Product]:
    """Publish or withdraw several products of one's own: all or none. Raises NotFound, WrongState."""
    rows = [own_product(product_id) for product_id in sorted(product_ids)]
    for row in rows:
        PRODUCT.move(row, target)
    session().flush()
    announce_changes([row.id for row in rows])
    return rows


def set_tiers(*, product_id: UUID, tiers: Mapping[Decimal, Decimal]) -> list[PriceTier]:
    """Replace the price tiers: amount per unit, by the quantity it holds from. Raises NotFound, Invalid."""
    row = own_product(product_id)
    if any(quantity <= 0 or amount <= 0 for quantity, amount in tiers.items()):
        raise Invalid(_l("Quantities and prices must be more than zero."))
    session().execute(delete(PriceTier).where(PriceTier.product_id == row.id))
    new = [
        PriceTier(
            product_id=row.id,
            organisation_id=row.organisation_id,
            from_quantity=quantity,
            price=Money(amount, row.price.currency),
        )
        for quantity, amount in sorted(tiers.items())
    ]
    session().add_all(new)
    session().flush()
    announce_changes([row.id])
    return new


def own_product(product_id: UUID) -> Product:
    """A product of the actor's organisation, locked; NotFound also for one that only may be read."""
    return fetch(Product, product_id, lock=True)


def announce_changes(product_ids: Collection[UUID]) -> None:
    """Tell those who derive something from products that these, at most a thousand, were written."""
    organisation_id = current_actor().organisation
    announce(
        ProductsChanged(
            subject_id=organisation_id, organisation_id=organisation_id, product_ids=list(product_ids)
        )
    )


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are stored. Raises Invalid for a wrong GTIN, an unknown unit, a price of nothing."""
    if values.get("gtin") is not None:
        values["gtin"] = checked_gtin(values["gtin"])
    if "unit_code" in values:
        unit(values["unit_code"])
    if "price" in values and values["price"].amount <= 0:
        raise Invalid(_l("The price must be more than zero."), field="price")
    return values


def checked_gtin(typed: str) -> str:
    """The GTIN without blanks, where its check digit is right (GS1 General Specifications 7.9).

    Raises Invalid.
    """
    try:
        return str(ean.validate(typed))
    except ValidationError:
        raise Invalid(_l("This is no GTIN: its check digit does not fit."), field="gtin") from None
