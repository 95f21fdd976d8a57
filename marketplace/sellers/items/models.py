"""What do we remember of the things that suppliers offer?

Nobody but the platform reads it: an item has no name of its own, it is called what the offers that one may see call it.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import Kind

LONGEST_REASON = 500


class Item(Base):
    """One thing, whoever sells it (UBL Item).

    `key` is what its offers have in common: a GTIN-14, a maker with a part number, or one offer alone. A person may
    have joined it to another item, under which its offers stand then.
    """

    __tablename__ = "items"
    __table_args__ = (CheckConstraint("joined_to_id <> id", name="joined_to_another"),)
    tenancy = Kind.PLATFORM

    key: Mapped[str] = mapped_column(unique=True)
    joined_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("items.id"), index=True)
    found_at: Mapped[datetime] = mapped_column(default=clock.now)


class ItemOffer(Base):
    """Of which item a published product is, and by which numbers.

    `key` is the item that its numbers name, `item_id` the one it stands under, which a person may have decided; it is
    empty only until the transaction has found it. `title` stands for what it is called; `is_compared`: whether others
    that look alike were looked for since any of this has changed.
    """

    __tablename__ = "item_offers"
    __table_args__ = (
        Index("ix_item_offers_to_compare", "product_id", postgresql_where="NOT is_compared AND is_public"),
    )
    tenancy = Kind.PLATFORM

    id = None  # type: ignore[assignment]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("items.id"), index=True)
    key: Mapped[str] = mapped_column(index=True)
    gtin: Mapped[str | None] = mapped_column(index=True)
    maker: Mapped[str | None]
    part: Mapped[str | None] = mapped_column(index=True)
    is_public: Mapped[bool]
    title: Mapped[int] = mapped_column(BigInteger)
    is_compared: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class ItemParting(Base):
    """That a person said: this offer is not of the thing that the other one is. It is the first one that yields."""

    __tablename__ = "item_partings"
    __table_args__ = (
        UniqueConstraint("product_id", "from_product_id"),
        CheckConstraint("product_id <> from_product_id", name="two_offers"),
    )
    tenancy = Kind.PLATFORM

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    from_product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    parted_at: Mapped[datetime] = mapped_column(default=clock.now)


class Basis(StrEnum):
    """Why it is asked whether two items are one."""

    GTIN = "gtin"
    PART = "part"
    ALIKE = "alike"


class ItemSuggestion(Base):
    """The question whether two items are one thing, asked of a person; only offers that everybody may see ask it.

    `product_id` and `other_product_id` stand for the two; `likeness` of their titles goes from 0 to 1. `is_same` is
    what the person said.
    """

    __tablename__ = "item_suggestions"
    __table_args__ = (
        UniqueConstraint("item_id", "other_item_id"),
        CheckConstraint("item_id < other_item_id", name="asked_once"),
        CheckConstraint("likeness BETWEEN 0 AND 1", name="likeness_in_range"),
        CheckConstraint("basis IN ('gtin', 'part', 'alike')", name="basis_known"),
        CheckConstraint("num_nulls(is_same, decided_at, person_id) IN (0, 3)", name="decided_by_somebody"),
        CheckConstraint(f"char_length(reason) <= {LONGEST_REASON}", name="reason_length"),
        Index("ix_item_suggestions_open", "id", postgresql_where="is_same IS NULL"),
    )
    tenancy = Kind.PLATFORM

    item_id: Mapped[UUID] = mapped_column(ForeignKey("items.id"))
    other_item_id: Mapped[UUID] = mapped_column(ForeignKey("items.id"), index=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    other_product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    basis: Mapped[str]
    likeness: Mapped[Decimal] = mapped_column(default=Decimal(0))
    is_same: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(default="")
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    found_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]


explain("ck_items_joined_to_another", _l("An item cannot be joined to itself."))
