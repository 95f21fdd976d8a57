"""What can a supplier say of its products besides their offers?"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from marketplace.foundation.db import session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.attributes.models import ProductAttribute
from marketplace.sellers.attributes.queries import attributes_of
from marketplace.sellers.attributes.values import PREFIX, kept
from marketplace.sellers.catalogue.actions import announce_changes, own_product
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.facts.actions import write_said
from marketplace.sellers.facts.kinds import DOCUMENTS, FACTS
from marketplace.sellers.facts.queries import unknown_files


def specify_product(*, product_id: UUID, said: Mapping[str, Any]) -> Product:
    """Let a product of one's own say this, by the names of facts and attributes, None where it says nothing.

    What is not named stays, but for attributes that are no longer asked of its category. Raises NotFound, Invalid.
    """
    row = own_product(product_id)
    written = written_for(row.cpv_code, said)
    write_said(row.organisation_id, {row.id: written}, written)
    _forget_what_is_not_asked(row)
    session().expire_all()
    announce_changes([row.id])
    return row


def written_for(cpv_code: str, said: Mapping[str, Any]) -> dict[str, str | None]:
    """What a product of that category says, each in its one form: of a number its Decimal is given, else a text.

    Raises Invalid for what cannot be so, or is not asked of that category.
    """
    asked = {f"{PREFIX}{row.code}": row for row in attributes_of(cpv_code)}
    unknown = [name for name in said if name not in FACTS and name not in asked]
    if unknown:
        raise Invalid(_l("Products of this category do not have it."), field=unknown[0])
    written = {
        name: kept(asked[name], value) if name in asked else _fact(name, value)
        for name, value in said.items()
    }
    if unknown_files(current_actor().organisation, [written.get(DOCUMENTS) or ""]):
        raise Invalid(_l("One of these documents was never handed in here."), field=DOCUMENTS)
    return written


def _fact(name: str, value: Any) -> str | None:
    if value is None or not str(value).strip():
        return None
    written = FACTS[name].written(str(value))
    if written is None:
        raise Invalid(FACTS[name].complaint, field=name)
    return written


def _forget_what_is_not_asked(row: Product) -> None:
    asked = [attribute.id for attribute in attributes_of(row.cpv_code)]
    stale = ProductAttribute.product_id == row.id, ProductAttribute.attribute_id.not_in(asked)
    session().execute(delete(ProductAttribute).where(*stale))
