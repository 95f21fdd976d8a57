"""What do we remember of a supplier's price lists?

A list is in one currency and meant for everybody, for a group of customers or for one buyer. A line is one version of
one product's price: it is written once and can only be ended, and no other line of the list holds for the product on
the same day (the database excludes it). Buyers read none of it: they learn their own price through a door.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money, money_column
from marketplace.foundation.tenancy import Kind
from marketplace.foundation.validity import Validity, term


class Audience(StrEnum):
    """For whom a list is meant; the narrower circle comes first."""

    BUYER = "buyer"
    GROUP = "group"
    EVERYBODY = "everybody"


class TierKind(StrEnum):
    """What a tier prices: the whole quantity that reaches it, or only what lies beyond it."""

    ALL_UNITS = "all_units"
    INCREMENTAL = "incremental"


class Tier(NamedTuple):
    """A lower price per unit from a quantity on."""

    from_quantity: Decimal
    price: Money


class PriceList(Validity, Base):
    """Prices in one currency for one circle of buyers (UBL PriceList)."""

    __tablename__ = "price_lists"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id", "currency"),
        UniqueConstraint("organisation_id", "name"),
        ForeignKeyConstraint(
            ["group_id", "organisation_id"], ["customer_groups.id", "customer_groups.organisation_id"]
        ),
        CheckConstraint("char_length(name) BETWEEN 1 AND 120", name="name_length"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        CheckConstraint("group_id IS NULL OR buyer_id IS NULL", name="one_audience"),
        CheckConstraint("buyer_id <> organisation_id", name="another_organisation"),
        term(),
        Index(
            "ix_price_lists_for_everybody",
            "organisation_id",
            postgresql_where="group_id IS NULL AND buyer_id IS NULL",
        ),
    )
    tenancy = replace(Kind.private(), grants=("SELECT", "INSERT", "UPDATE (name, ends_on)"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[int] = mapped_column(Integer, Identity(always=True), unique=True)
    name: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))
    group_id: Mapped[UUID | None] = mapped_column(index=True)
    buyer_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def audience(self) -> Audience:
        """For whom it is meant."""
        if self.buyer_id is not None:
            return Audience.BUYER
        return Audience.GROUP if self.group_id is not None else Audience.EVERYBODY


class PriceListLine(Validity, Base):
    """One version of the price of one product on one list, per unit of the product.

    `tiers` are kept as texts ({"from": …, "price": …}), each from more on and cheaper than the one before. Where a pack
    holds `pack_quantity` units, each pack that is begun costs `per_pack` more, and a last one that is not full
    `broken_pack`. A trigger fills in the numbers of list and product, by which overlaps are excluded.
    """

    __tablename__ = "price_list_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["list_id", "organisation_id", "price_currency"],
            ["price_lists.id", "price_lists.organisation_id", "price_lists.currency"],
        ),
        CheckConstraint("price_amount > 0", name="price_positive"),
        CheckConstraint("kind IN ('all_units', 'incremental')", name="kind"),
        CheckConstraint("price_tiers_descend(price_amount, tiers)", name="tiers_descend"),
        CheckConstraint("pack_quantity > 0", name="pack_quantity_positive"),
        CheckConstraint("per_pack >= 0 AND broken_pack >= 0", name="surcharges_not_negative"),
        CheckConstraint("(pack_quantity IS NULL) = (per_pack + broken_pack = 0)", name="surcharge_of_a_pack"),
        term(),
        ExcludeConstraint(
            (text("int4range(product_number, product_number, '[]')"), "&&"),
            (text("int4range(list_number, list_number, '[]')"), "&&"),
            (text("daterange(starts_on, ends_on + 1)"), "&&"),
            name="ex_price_list_lines_one_price_a_day",
        ),
        Index("ix_price_list_lines_list_product", "list_id", "product_id"),
    )
    tenancy = replace(Kind.private(), grants=("SELECT", "INSERT", "UPDATE (ends_on)"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    list_id: Mapped[UUID]
    list_number: Mapped[int]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    product_number: Mapped[int]
    price: Mapped[Money] = money_column("price")
    kind: Mapped[TierKind] = mapped_column(String, default=TierKind.ALL_UNITS)
    tiers: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    pack_quantity: Mapped[Decimal | None]
    per_pack: Mapped[Decimal] = mapped_column(default=Decimal(0))
    broken_pack: Mapped[Decimal] = mapped_column(default=Decimal(0))
    written_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def steps(self) -> list[Tier]:
        """Its tiers, from the smallest quantity up."""
        currency = self.price.currency
        return [Tier(Decimal(kept["from"]), Money(Decimal(kept["price"]), currency)) for kept in self.tiers]

    @property
    def pack_price(self) -> Money:
        """What each pack that is begun costs beside the goods."""
        return Money(self.per_pack, self.price.currency)

    @property
    def broken_price(self) -> Money:
        """What a last pack that is not full costs beside the goods."""
        return Money(self.broken_pack, self.price.currency)


class PriceImport(Base):
    """A file of prices that a supplier brings into a list: how it is read, how far it has come, what came of it.

    All counts are of articles; `problems` are the cells that were refused, as catalogue.columns.Problem.
    """

    __tablename__ = "price_imports"
    __table_args__ = (
        CheckConstraint(
            "written + unchanged <= done AND done <= articles", name="every_article_counted_once"
        ),
    )
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("price_lists.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"))
    file_name: Mapped[str]
    reading: Mapped[dict[str, Any]]
    task_id: Mapped[UUID | None]
    articles: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    written: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    uploaded_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]


def kept_tiers(tiers: Mapping[Decimal, Decimal]) -> list[dict[str, Any]]:
    """Prices by the quantity they begin at, as a line keeps them: plain texts, from the smallest quantity up."""
    return [{"from": plain(start), "price": plain(amount)} for start, amount in sorted(tiers.items())]


def plain(value: Decimal) -> str:
    """The number without an exponent and without zeros at its end, so that equal numbers are equal texts."""
    return f"{value.normalize():f}"


explain("uq_price_lists_organisation_id_name", _l("Another list has this name."), field="name")
explain("ck_price_list_lines_price_positive", _l("The price must be more than zero."), field="price")
explain(
    "ck_price_list_lines_tiers_descend",
    _l("Each tier must begin at a larger quantity and be cheaper than the one before."),
    field="tiers",
)
explain(
    "ex_price_list_lines_one_price_a_day",
    _l("Another price of this product already holds on some of these days."),
    field="starts_on",
)
explain(
    "ck_price_list_lines_surcharge_of_a_pack",
    _l("A surcharge needs the quantity of a pack, and a pack needs a surcharge."),
    field="pack_quantity",
)
explain("price_line_product", _l("You sell no such product."), field="sku")
