"""What do we remember of the orders that a company brings from its old system?"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.money import Money, money_column, optional_money_column
from marketplace.foundation.tenancy import HERE, Kind, Tenancy

BROUGHT_BY_BUYER = Tenancy(Kind.shared().readers, f"buyer_id = {HERE}").append_only()


class PastOrder(Base):
    """An order of the old system: nothing happens to it any more, its deliveries are evidence."""

    __tablename__ = "past_orders"
    __table_args__ = (UniqueConstraint("buyer_id", "seller_id", "number"),)
    tenancy = BROUGHT_BY_BUYER

    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[str]
    ordered_on: Mapped[date | None]
    brought_at: Mapped[datetime] = mapped_column(default=clock.now)


class PastDelivery(Base):
    """A delivered line of a past order, with the date it was promised for and the date it came."""

    __tablename__ = "past_deliveries"
    __table_args__ = (
        UniqueConstraint("buyer_id", "reference"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
    )
    tenancy = BROUGHT_BY_BUYER

    past_order_id: Mapped[UUID] = mapped_column(ForeignKey("past_orders.id"), index=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID] = mapped_column(index=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    reference: Mapped[str]
    quantity: Mapped[Decimal]
    unit_price: Mapped[Money] = money_column("unit_price")
    freight: Mapped[Money | None] = optional_money_column("freight")
    promised_on: Mapped[date]
    delivered_on: Mapped[date]
