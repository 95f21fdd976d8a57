"""What do we remember of a supplier's circles of customers?

Who is in which circle is the supplier's secret: a buyer reads neither the circles nor its own place in them.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import Kind


class CustomerGroup(Base):
    """Buyers that a supplier treats alike."""

    __tablename__ = "customer_groups"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 120", name="name_length"),
    )
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    formed_at: Mapped[datetime] = mapped_column(default=clock.now)


class CustomerGroupMember(Base):
    """That a buyer belongs to a group."""

    __tablename__ = "customer_group_members"
    __table_args__ = (
        ForeignKeyConstraint(
            ["group_id", "organisation_id"], ["customer_groups.id", "customer_groups.organisation_id"]
        ),
        UniqueConstraint("group_id", "buyer_id"),
        CheckConstraint("buyer_id <> organisation_id", name="another_organisation"),
    )
    tenancy = Kind.private().deletable()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    group_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    joined_at: Mapped[datetime] = mapped_column(default=clock.now)


explain("uq_customer_groups_organisation_id_name", _l("Another group has this name."), field="name")
explain(
    "uq_customer_group_members_group_id_buyer_id", _l("This buyer is in the group already."), field="buyer_id"
)
