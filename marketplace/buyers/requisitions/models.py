"""What do we remember of what somebody asks to be bought?

While it is a draft it is its requester's cart, unless it is drawn up and handed in at once (`is_cart`). Submitting
freezes it: the database computes total and hash from the lines, refuses every later change of content, and lets it be
approved only by a granted approval of that very hash.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.buyers.requisitions.lifecycle import REQUISITION, RequisitionState
from marketplace.contracts.prices.wording import Step, kept_steps
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import UNIT_PRICE, Money, money_column
from marketplace.foundation.tenancy import Kind


class Requisition(Base):
    """What one person asks for, of one or several suppliers, for one cost centre and site (UBL Requisition).

    `reasons` is what they say to buying rules, by rule: the version it is said to, and the text.
    """

    __tablename__ = "requisitions"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"], ["cost_centres.id", "cost_centres.organisation_id"]
        ),
        Index(
            "uq_requisitions_cart",
            "organisation_id",
            "requester_id",
            unique=True,
            postgresql_where="status = 'draft' and is_cart",
        ),
        Index(
            "uq_requisitions_number",
            "organisation_id",
            "number",
            unique=True,
            postgresql_where="number <> ''",
        ),
        CheckConstraint(
            "status = 'draft' or (content_hash is not null and number <> '' and cost_centre_id is not null"
            " and site_id is not null and needed_on is not null)",
            name="complete",
        ),
    )
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[str] = mapped_column(default="")
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    cost_centre_id: Mapped[UUID | None]
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id"))
    needed_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[RequisitionState] = REQUISITION.column()
    version: Mapped[int] = mapped_column(default=1)
    total: Mapped[Money] = money_column("total")
    content_hash: Mapped[str | None]
    approval_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("approval_runs.id"))
    priced_on: Mapped[date | None]
    copied_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("requisitions.id"))
    is_cart: Mapped[bool] = mapped_column(default=True)
    started_at: Mapped[datetime] = mapped_column(default=clock.now)
    submitted_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]

    @property
    def is_held(self) -> bool:
        """Whether price, stock and budget are still held for it."""
        return self.held_until is not None and self.held_until > clock.now()


class RequisitionLine(Base):
    """So much of one product, at the price that was found for it and the reasons of that price."""

    __tablename__ = "requisition_lines"
    __table_args__ = (
        UniqueConstraint("requisition_id", "product_id"),
        Index("ix_requisition_lines_product", "organisation_id", "product_id"),
        ForeignKeyConstraint(
            ["requisition_id", "organisation_id"], ["requisitions.id", "requisitions.organisation_id"]
        ),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price_amount >= 0", name="unit_price"),
        CheckConstraint("unit_price_currency = line_total_currency", name="one_currency"),
        CheckConstraint("abs(line_total_amount - quantity * unit_price_amount) <= 0.5", name="arithmetic"),
        CheckConstraint("line_total_amount > 0 OR unit_price_amount = 0", name="costs_something"),
    )
    tenancy = Kind.private().deletable()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    requisition_id: Mapped[UUID] = mapped_column(index=True)
    position: Mapped[int]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    sku: Mapped[str]
    name: Mapped[str]
    cpv_code: Mapped[str]
    unit_code: Mapped[str] = mapped_column(String(3))
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    unit_price: Mapped[Money] = money_column("unit_price", kept=UNIT_PRICE)
    line_total: Mapped[Money] = money_column("line_total")
    agreement_id: Mapped[UUID | None]
    agreement_line_id: Mapped[UUID | None]
    price_steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)

    @property
    def steps(self) -> list[Step]:
        """Why it is that price, in the present language."""
        return kept_steps(self.price_steps, self.unit_price.currency, self.unit_code)


explain(
    "requisition_frozen",
    _l("This has been submitted and stays as it is. Copy it to ask for something else."),
)
explain("requisition_own", _l("A cart is changed only by the one who fills it."))
explain("requisition_lines_missing", _l("The cart is empty."))
explain("requisition_currency", _l("All prices must be in the currency of your organisation."))
explain("requisition_prices", _l("A price or a product has just changed. Please look at your cart again."))
explain("ck_requisition_lines_costs_something", _l("So little would cost nothing: please ask for more."))
explain("requisition_unapproved", _l("There is no granted approval of exactly what this says."))
explain("requisition_hold_is_over", _l("The time for which price, stock and budget were held is over."))
explain("requisition_is_not_held", _l("Stock and budget are not held for exactly what this says."))
explain("requisition_move", _l("You are not allowed to do this."))
