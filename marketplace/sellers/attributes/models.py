"""What do we remember of the properties that products of a category have?"""

from dataclasses import replace
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import language, lazy_text as _l
from marketplace.foundation.tenancy import HERE, Kind

LONGEST_VALUE, LONGEST_LABEL = 250, 80


class AttributeKind(StrEnum):
    """What kind of value it has."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"


class Attribute(Base):
    """A property that products of one category, or of all, say of themselves (UBL AdditionalItemProperty).

    `category` are the digits that their CPV codes begin with; numbers are in `unit_code` (UN/ECE Rec 20).
    """

    __tablename__ = "attributes"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z][a-z0-9_]{0,39}$'", name="code_form"),
        CheckConstraint("category ~ '^([0-9]{2,8})?$'", name="category_form"),
        CheckConstraint(
            f"char_length(label_en) BETWEEN 1 AND {LONGEST_LABEL}"
            f" AND char_length(label_fr) BETWEEN 1 AND {LONGEST_LABEL}",
            name="labels_length",
        ),
        CheckConstraint("kind IN ('text', 'number', 'choice', 'flag')", name="kind_known"),
        CheckConstraint("unit_code IS NULL OR kind = 'number'", name="unit_of_a_number"),
        CheckConstraint(
            "(kind = 'choice') = (jsonb_array_length(choices) > 1)", name="choices_to_choose_from"
        ),
    )
    tenancy = Kind.REFERENCE

    code: Mapped[str] = mapped_column(unique=True)
    label_en: Mapped[str]
    label_fr: Mapped[str]
    category: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]
    unit_code: Mapped[str | None]
    choices: Mapped[list[str]] = mapped_column(default=list)
    is_required: Mapped[bool] = mapped_column(default=False)

    @property
    def label(self) -> str:
        """What it is called in the present language."""
        return self.label_fr if language() == "fr" else self.label_en


class ProductAttribute(Base):
    """What one product says of one property: a number with a point and no zeros at its end, yes and no in English."""

    __tablename__ = "product_attributes"
    __table_args__ = (
        UniqueConstraint("product_id", "attribute_id"),
        CheckConstraint(f"char_length(value) BETWEEN 1 AND {LONGEST_VALUE}", name="value_length"),
    )
    tenancy = replace(
        Kind.published("EXISTS (SELECT FROM products p WHERE p.id = product_id)").deletable(),
        writers=f"EXISTS (SELECT FROM products p WHERE p.id = product_id AND p.organisation_id = {HERE})",
    )

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    attribute_id: Mapped[UUID] = mapped_column(ForeignKey("attributes.id"), index=True)
    value: Mapped[str]


explain("uq_attributes_code", _l("Another attribute has this code."), field="code")
explain(
    "fk_product_attributes_attribute_id", _l("Products have values of this attribute; it cannot be removed.")
)
explain(
    "ck_attributes_choices_to_choose_from",
    _l("A choice needs at least two values to choose from, and nothing else has any."),
    field="choices",
)
explain("ck_attributes_unit_of_a_number", _l("Only a number has a unit."), field="unit_code")
