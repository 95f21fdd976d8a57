"""What do we remember of a supplier's promotions?"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.money import Money, optional_money_column
from marketplace.foundation.tenancy import Kind
from marketplace.foundation.validity import Validity, term


class Promotion(Validity, Base):
    """For some days everybody may pay less than the public price: a share less, or a price of its own.

    Without a product it holds for all that the supplier sells; with a minimum only for that quantity or more.
    """

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 120", name="title_length"),
        CheckConstraint("(percentage IS NULL) <> (price_amount IS NULL)", name="percentage_or_price"),
        CheckConstraint("(price_amount IS NULL) = (price_currency IS NULL)", name="price_whole"),
        CheckConstraint("percentage > 0 AND percentage < 100", name="percentage_in_range"),
        CheckConstraint("price_amount > 0", name="price_positive"),
        CheckConstraint("price_amount IS NULL OR product_id IS NOT NULL", name="price_of_a_product"),
        CheckConstraint("minimum_quantity > 0", name="minimum_quantity_positive"),
        CheckConstraint("ends_on IS NOT NULL", name="ends"),
        term(),
        Index("ix_promotions_of_everything", "organisation_id", postgresql_where="product_id IS NULL"),
    )
    tenancy = replace(Kind.private(), grants=("SELECT", "INSERT", "UPDATE (ends_on)"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    title: Mapped[str]
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.id"), index=True)
    percentage: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    price: Mapped[Money | None] = optional_money_column("price")
    minimum_quantity: Mapped[Decimal | None]
    planned_at: Mapped[datetime] = mapped_column(default=clock.now)
