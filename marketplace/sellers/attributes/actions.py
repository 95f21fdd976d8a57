"""What can be said about the properties of products?"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.foundation.db import among, fetch, save, session
from marketplace.foundation.quantity import unit
from marketplace.sellers.attributes.models import Attribute, ProductAttribute
from marketplace.sellers.attributes.queries import attributes_of
from marketplace.sellers.attributes.values import kept
from marketplace.sellers.catalogue.actions import announce_changes, own_product


def describe_attribute(
    *,
    code: str,
    label_en: str,
    label_fr: str,
    kind: str,
    category: str | None = None,
    unit_code: str | None = None,
    choices: list[str] | None = None,
    is_required: bool = False,
) -> Attribute:
    """Let products of a category say this of themselves, as the platform; `category` as in Attribute.

    Raises Invalid for an unknown unit, or IntegrityError: a code that is taken, choices or a unit that do not fit.
    """
    if unit_code:
        unit(unit_code)
    return save(
        Attribute(
            code=code,
            label_en=label_en,
            label_fr=label_fr,
            kind=kind,
            category=category or "",
            unit_code=unit_code or None,
            choices=list(dict.fromkeys(choices or [])),
            is_required=is_required,
        )
    )


def remove_attribute(*, attribute_id: UUID) -> None:
    """Let nobody say it any more, as the platform. Raises NotFound, or IntegrityError where a product does."""
    session().delete(fetch(Attribute, attribute_id, lock=True))
    session().flush()


def say_attributes(*, product_id: UUID, values: Mapping[str, Any]) -> list[ProductAttribute]:
    """Let a product of one's own say this and no more: by code, a number as a Decimal; what it says already stays.

    Raises NotFound, Invalid.
    """
    product = own_product(product_id)
    said = {row.id: kept(row, values.get(row.code)) for row in attributes_of(product.cpv_code)}
    known = session().scalars(select(ProductAttribute).where(ProductAttribute.product_id == product.id)).all()
    same = {row.attribute_id: row for row in known if said.get(row.attribute_id) == row.value}
    session().execute(
        delete(ProductAttribute).where(among(ProductAttribute.id, _ids(known) - _ids(same.values())))
    )
    new = [
        ProductAttribute(
            product_id=product.id, organisation_id=product.organisation_id, attribute_id=one, value=value
        )
        for one, value in said.items()
        if value is not None and one not in same
    ]
    session().add_all(new)
    session().flush()
    announce_changes([product.id])
    return [*same.values(), *new]


def _ids(rows: Iterable[ProductAttribute]) -> set[UUID]:
    return {row.id for row in rows}
