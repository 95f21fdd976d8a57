"""What can be said about the properties of products?"""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import text

from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.quantity import unit
from marketplace.sellers.attributes.models import Attribute

ROWS = """
unnest(cast(:product_ids AS uuid[]), cast(:codes AS text[]), cast(:said AS text[])) row (product_id, code, value)
JOIN attributes a ON a.code = row.code
"""
FORGET = text(f"""
    DELETE FROM product_attributes v USING {ROWS}
    WHERE row.value IS NULL AND v.product_id = row.product_id AND v.attribute_id = a.id RETURNING v.product_id
""")
SAY = text(f"""
    INSERT INTO product_attributes (id, product_id, organisation_id, attribute_id, value)
    SELECT uuidv7(), row.product_id, :organisation_id, a.id, row.value FROM {ROWS} WHERE row.value IS NOT NULL
    ON CONFLICT (product_id, attribute_id) DO UPDATE SET value = excluded.value
    WHERE product_attributes.value <> excluded.value RETURNING product_id
""")


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


def write_values(
    organisation_id: UUID, said: Mapping[UUID, Mapping[str, str | None]], codes: Collection[str]
) -> set[UUID]:
    """Write what that organisation's products say, by code and as values.kept has it; None takes a value back.

    `codes` are those that are written over; the others stay. Returns the products that are no longer as they were.
    Two statements, whatever the number of products.
    """
    if not said or not codes:
        return set()
    rows = [(product_id, code, values.get(code)) for product_id, values in said.items() for code in codes]
    arguments = {
        "product_ids": [product_id for product_id, _, _ in rows],
        "codes": [code for _, code, _ in rows],
        "said": [value for _, _, value in rows],
    }
    forgotten = session().scalars(FORGET, arguments).all()
    return {*forgotten, *session().scalars(SAY, {**arguments, "organisation_id": organisation_id})}
