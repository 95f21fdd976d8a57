"""What can be asked about the properties of products?"""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.foundation.db import fetch_all, session
from marketplace.sellers.attributes.models import Attribute, ProductAttribute
from marketplace.sellers.attributes.values import PREFIX, shown

# What the row `p` of products says by "attribute_" and code, as one jsonb; null where it could and does not.
ATTRIBUTES_OF = f"""coalesce((
    SELECT jsonb_object_agg('{PREFIX}' || a.code, v.value) FROM attributes a
    LEFT JOIN product_attributes v ON v.attribute_id = a.id AND v.product_id = p.id
    WHERE v.id IS NOT NULL OR starts_with(p.cpv_code, a.category)
), '{{}}')"""


def attributes() -> Select[Attribute]:
    """All properties, to be paged."""
    return select(Attribute)


def all_attributes() -> list[Attribute]:
    """Every property there is, from the widest category to the finest."""
    order = (func.char_length(Attribute.category), Attribute.code)
    return list(session().scalars(select(Attribute).order_by(*order)))


def attributes_by_id(attribute_ids: Collection[UUID]) -> dict[UUID, Attribute]:
    """Those of them that there still are, by id, in one statement."""
    return fetch_all(Attribute, attribute_ids)


def attributes_of(cpv_code: str) -> list[Attribute]:
    """Those of the products of one category, from the widest category to the finest, in one statement."""
    fits = func.starts_with(cpv_code, Attribute.category)
    order = (func.char_length(Attribute.category), Attribute.code)
    return list(session().scalars(select(Attribute).where(fits).order_by(*order)))


def values_of(product_id: UUID) -> dict[UUID, str]:
    """What that product says, by the id of the property."""
    statement = select(ProductAttribute.attribute_id, ProductAttribute.value)
    rows = session().execute(statement.where(ProductAttribute.product_id == product_id))
    return {row.attribute_id: row.value for row in rows}


def said_by(product_ids: Collection[UUID]) -> dict[UUID, dict[Attribute, str]]:
    """What these products say in words, as far as the actor may see them: by product and property, in one statement."""
    statement = (
        select(ProductAttribute.product_id, Attribute, ProductAttribute.value)
        .join(Attribute, Attribute.id == ProductAttribute.attribute_id)
        .where(ProductAttribute.product_id.in_(product_ids))
        .order_by(func.char_length(Attribute.category), Attribute.code)
    )
    found: dict[UUID, dict[Attribute, str]] = defaultdict(dict)
    for product_id, attribute, value in session().execute(statement):
        found[product_id][attribute] = shown(attribute, value)
    return found
