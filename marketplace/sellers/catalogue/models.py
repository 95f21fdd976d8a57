"""What do we remember of a supplier's catalogue?"""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Label,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.language import language
from marketplace.foundation.money import Money, money_column
from marketplace.foundation.quantity import base_content
from marketplace.foundation.tenancy import Kind
from marketplace.foundation.validity import Standing, standing_on
from marketplace.sellers.catalogue.lifecycle import PRODUCT, ProductState

# GS1 General Specifications 7.9: the digits of a GTIN-14, weighted 3, 1, 3, 1 …, add up to a multiple of ten.
_SUM = " + ".join(f"{3 if i % 2 else 1} * substr(lpad(gtin, 14, '0'), {i}, 1)::int" for i in range(1, 15))
GTIN_CHECK = (
    "gtin IS NULL OR CASE WHEN gtin ~ '^([0-9]{8}|[0-9]{12,14})$'"
    f" THEN mod({_SUM}, 10) = 0 ELSE false END"
)


def _key_index(name: str, column: str) -> Index:
    """Article or part numbers as the search compares them: capitals and digits, without zeros in front."""
    bare = f"upper(regexp_replace({column}, '[^A-Za-z0-9]', '', 'g'))"
    key: Label[str] = literal_column(f"(regexp_replace({bare}, '^0+(?=.)', ''))").label("key")
    return Index(name, key, postgresql_ops={"key": "text_pattern_ops"})


# For which circle of buyers a product is: none for everybody, else a buyer's id, a group's, or the supplier's own for
# all who have an agreement with it. The door says which of them the actor belongs to.
CIRCLE = (
    "coalesce(visible_to_id, group_id, CASE WHEN needs_agreement THEN organisation_id ELSE NULL::uuid END)"
)
# In a form whose statistics the planner knows: most offers have neither day.
IN_TERM = (
    "(starts_on IS NULL OR starts_on <= (SELECT present_day()))"
    " AND (ends_on IS NULL OR ends_on >= (SELECT present_day()))"
)
WITHIN_CIRCLES = "(circle_id IS NULL OR circle_id = ANY ((SELECT doors.circles())::uuid[]))"
VISIBLE = f"status = 'published' AND {IN_TERM} AND {WITHIN_CIRCLES}"


# Whose day has come or gone can differ from what was counted.
HAS_TERM = "starts_on IS NOT NULL OR ends_on IS NOT NULL OR NOT is_current"
LONGEST_REASON = 500
# What a buyer judges a product by, by name; attributes by their id.
Content = dict[str, Any]


# The currency of a price stays: a product in another currency is another product.
CHANGEABLE = (
    "sku, name, description, cpv_code, division, gtin, maker, maker_part_number, unit_code, price_amount, pack_size,"
    " content_unit_code, minimum_quantity, step_quantity, lead_time_days, is_stocked, status, visible_to_id,"
    " group_id, needs_agreement, image_file_id, starts_on, ends_on, changed_at"
)


class Product(Base):
    """Something that can be ordered from one supplier (UBL CatalogueLine).

    Prices are per `unit_code` (UN/ECE Rec 20), of which one holds `pack_size` of `content_unit_code`; quantities are
    multiples of `step_quantity`, from `minimum_quantity` on. One buyer, a group of customers or those with an
    agreement may be the only ones who see it; `number` stands for it in the search index. It is offered from its first
    day to its last, where it has them (UBL LineValidityPeriod); `is_current` is how the shelves were last counted.
    """

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("organisation_id", "sku"),
        UniqueConstraint("id", "organisation_id", "price_currency"),
        CheckConstraint("char_length(sku) BETWEEN 1 AND 60", name="sku_length"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 250", name="name_length"),
        CheckConstraint("char_length(description) <= 8000", name="description_length"),
        CheckConstraint("cpv_code ~ '^[0-9]{8}$'", name="cpv_code_form"),
        CheckConstraint("division = left(cpv_code, 2)", name="division_of_cpv_code"),
        CheckConstraint(GTIN_CHECK, name="gtin_check_digit"),
        CheckConstraint("unit_code ~ '^[A-Z0-9]{2,3}$'", name="unit_code_form"),
        CheckConstraint("price_amount > 0 AND price_amount < 1000000000000", name="price_positive"),
        CheckConstraint("pack_size > 0", name="pack_size_positive"),
        CheckConstraint("content_unit_code ~ '^[A-Z0-9]{2,3}$'", name="content_unit_code_form"),
        CheckConstraint("step_quantity > 0", name="step_quantity_positive"),
        CheckConstraint(
            "minimum_quantity > 0 AND mod(minimum_quantity, step_quantity) = 0",
            name="minimum_quantity_in_steps",
        ),
        CheckConstraint("lead_time_days BETWEEN 0 AND 365", name="lead_time_days_in_range"),
        CheckConstraint("ends_on >= starts_on", name="term"),
        CheckConstraint("visible_to_id <> organisation_id", name="visible_to_a_buyer"),
        CheckConstraint(
            "num_nonnulls(visible_to_id, group_id, nullif(needs_agreement, false)) <= 1", name="one_audience"
        ),
        ForeignKeyConstraint(
            ["group_id", "organisation_id"], ["customer_groups.id", "customer_groups.organisation_id"]
        ),
        Index("ix_products_shelf", "division", "id", postgresql_where="status = 'published'"),
        Index("ix_products_term", "id", postgresql_where=HAS_TERM),
        Index("ix_products_of_seller", "organisation_id", "id"),
        _key_index("ix_products_sku_key", "sku"),
        _key_index("ix_products_part_number_key", "maker_part_number"),
        Index("ix_products_gtin_key", text("lpad(gtin, 14, '0')")),
        {"postgresql_with": {"toast_tuple_target": 256}},
    )
    tenancy = replace(Kind.published(VISIBLE), grants=("SELECT", "INSERT", f"UPDATE ({CHANGEABLE})"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[int] = mapped_column(Integer, Identity(always=True), unique=True)
    sku: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    cpv_code: Mapped[str]
    division: Mapped[str]
    gtin: Mapped[str | None]
    maker: Mapped[str | None]
    maker_part_number: Mapped[str | None]
    unit_code: Mapped[str] = mapped_column(default="C62")
    price: Mapped[Money] = money_column("price")
    pack_size: Mapped[Decimal] = mapped_column(default=Decimal(1))
    content_unit_code: Mapped[str] = mapped_column(default="C62")
    minimum_quantity: Mapped[Decimal] = mapped_column(default=Decimal(1))
    step_quantity: Mapped[Decimal] = mapped_column(default=Decimal(1))
    lead_time_days: Mapped[int] = mapped_column(default=2)
    is_stocked: Mapped[bool] = mapped_column(default=True)
    status: Mapped[ProductState] = PRODUCT.column()
    visible_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    group_id: Mapped[UUID | None]
    needs_agreement: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    circle_id: Mapped[UUID | None] = mapped_column(Computed(CIRCLE, persisted=True))
    image_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    is_current: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    changed_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    @property
    def base_content(self) -> tuple[Decimal, str]:
        """How much one unit is in a base unit, to compare what comes in different packages."""
        return base_content(self.unit_code, self.pack_size, self.content_unit_code)

    @property
    def standing(self) -> Standing:
        """How it stands today: whether its first day has come, and its last one has not gone."""
        return standing_on(clock.today(), self.starts_on, self.ends_on)

    @validates("cpv_code")
    def _keep_division(self, _name: str, code: str) -> str:
        """A column of its own, because row-level security lets no index serve an expression."""
        self.division = code[:2]
        return code


class ProductReview(Base):
    """What the operator said of a product that was looked at before buyers see it.

    Each content is what a buyer judges by, as `product_content` of the database says it: `shown` until it was held,
    `let_through`, or `refused` with a reason. `held_at`: since when it waits to be looked at. Triggers write a row as
    soon as a product is held; whatever else is written is held until it is `let_through`.
    """

    __tablename__ = "product_reviews"
    __table_args__ = (
        CheckConstraint(f"char_length(reason) <= {LONGEST_REASON}", name="reason_length"),
        CheckConstraint("refused IS NULL OR reason <> ''", name="refused_with_reason"),
        Index("ix_product_reviews_waiting", "held_at", "id", postgresql_where="held_at IS NOT NULL"),
    )
    tenancy = Kind.private().read_only()

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    shown: Mapped[Content | None]
    let_through: Mapped[Content | None]
    refused: Mapped[Content | None]
    reason: Mapped[str] = mapped_column(default="")
    held_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]


class PriceTier(Base):
    """A lower price per unit from a quantity on, in the product's own currency."""

    __tablename__ = "price_tiers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["product_id", "organisation_id", "price_currency"],
            ["products.id", "products.organisation_id", "products.price_currency"],
        ),
        UniqueConstraint("product_id", "from_quantity"),
        CheckConstraint("from_quantity > 0", name="from_quantity_positive"),
        CheckConstraint("price_amount > 0", name="price_positive"),
    )
    tenancy = Kind.published("EXISTS (SELECT FROM products p WHERE p.id = product_id)").deletable()

    product_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    from_quantity: Mapped[Decimal]
    price: Mapped[Money] = money_column("price")


def _folded(column: str) -> str:
    lower = f"replace(replace(lower({column}), 'œ'::text, 'oe'::text), 'æ'::text, 'ae'::text)"
    return f"regexp_replace(normalize({lower}, NFD), '[\\u0300-\\u036f]'::text, ''::text, 'g'::text)"


class CpvCode(Base):
    """A category of the Common Procurement Vocabulary 2008 (Regulation (EC) 213/2008), in two languages.

    `words` are both labels as the search compares them: without capitals and accents, with a blank before each word.
    """

    __tablename__ = "cpv_codes"
    __table_args__ = (CheckConstraint("code ~ '^[0-9]{8}$'", name="code_form"),)
    tenancy = Kind.REFERENCE

    code: Mapped[str] = mapped_column(unique=True)
    label_en: Mapped[str]
    label_fr: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(index=True)
    words: Mapped[str] = mapped_column(
        Computed(f"' '::text || {_folded('label_en')} || ' '::text || {_folded('label_fr')}", persisted=True)
    )

    @property
    def label(self) -> str:
        """What it is called in the present language."""
        return self.label_fr if language() == "fr" else self.label_en


class ShelfCount(Base):
    """How many published products one supplier has on one shelf, for all members or for one circle.

    A shelf is a division (two digits) or a category (eight). A trigger of `products` keeps it, so that the shelves are
    counted without counting a million products.
    """

    __tablename__ = "shelf_counts"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code", "circle_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("products >= 0", name="products_not_negative"),
        Index("ix_shelf_counts_code", "code", postgresql_ops={"code": "text_pattern_ops"}),
        Index("ix_shelf_counts_divisions", "code", postgresql_where="char_length(code) = 2"),
    )
    tenancy = Kind.PLATFORM

    organisation_id: Mapped[UUID]
    code: Mapped[str]
    circle_id: Mapped[UUID | None]
    products: Mapped[int]


class CatalogueImport(Base):
    """A file that a supplier brings in: how its columns are read, how far it has come and what came of it.

    `withdrawn`: the products that a complete file does not have any more; `version_id`: the version of the catalogue
    that it goes into, rather than into the catalogue itself.
    """

    __tablename__ = "catalogue_imports"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        CheckConstraint(
            "created + changed + unchanged + rejected <= rows_read", name="every_row_counted_once"
        ),
    )
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    file_name: Mapped[str]
    titles: Mapped[list[str]] = mapped_column(JSONB, default=list)
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version_id: Mapped[UUID | None]
    task_id: Mapped[UUID | None]
    rows_read: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)
    uploaded_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]


class ImportRejection(Base):
    """Why a row of a file did not land: its line, the column, what stood there, and a key of cells.REASONS."""

    __tablename__ = "import_rejections"
    __table_args__ = (
        ForeignKeyConstraint(
            ["import_id", "organisation_id"], ["catalogue_imports.id", "catalogue_imports.organisation_id"]
        ),
        UniqueConstraint("import_id", "line", "column"),
    )
    tenancy = Kind.private().append_only()

    import_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    line: Mapped[int]
    column: Mapped[str]
    value: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[str]
