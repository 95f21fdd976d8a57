"""What do we remember of whose products the operator looks at first?"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.tenancy import Kind


class Moderation(Base):
    """Whether what a supplier writes is looked at before buyers see it; without a supplier, what all others write.

    `from_number`: the number of the first product that can have been written since.
    """

    __tablename__ = "moderations"
    __table_args__ = (UniqueConstraint("organisation_id", postgresql_nulls_not_distinct=True),)
    tenancy = Kind.PLATFORM

    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    is_on: Mapped[bool]
    since: Mapped[datetime] = mapped_column(default=clock.now)
    from_number: Mapped[int]
